/**
 * What witnesses are shown: one envelope with one signature, and who can check it.
 *
 * @module
 */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { SignatureBundle } from '@sigstore/sign';
import { keyKindOf, type KeyKind } from '../keys/key-kind.ts';
import { preAuthEncoding } from './pre-auth-encoding.ts';

export interface SignedEnvelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly keyid: string;
  readonly signature: Buffer;
}

/** @throws {TypeError} for anything else than an envelope with one signature: only such are made here. */
export function toSignedEnvelope(content: SignatureBundle): SignedEnvelope {
  const envelope = content.$case === 'dsseEnvelope' ? content.dsseEnvelope : undefined;
  const [signature] = envelope?.signatures ?? [];
  if (envelope === undefined || signature === undefined) throw new TypeError('not an envelope with a signature');
  const { payloadType, payload } = envelope;
  return { payloadType, payload, keyid: signature.keyid, signature: signature.sig };
}

/** SHA-256 of what was signed. */
export function signedDigest({ payloadType, payload }: SignedEnvelope): Buffer {
  return sha256(preAuthEncoding(payloadType, payload));
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export interface EnvelopeVerifier {
  readonly form: 'publicKey' | 'x509Certificate';
  readonly der: Buffer;
  readonly kind: KeyKind;
}

/**
 * @param pem a certificate or a public key.
 * @throws {TypeError} for a key of a kind that no signer here has.
 */
export function toEnvelopeVerifier(pem: string): EnvelopeVerifier {
  const certificate = pem.includes('-----BEGIN CERTIFICATE-----') ? new X509Certificate(pem) : undefined;
  const key = certificate?.publicKey ?? createPublicKey(pem);
  const kind = keyKindOf(key);
  if (kind === undefined) throw new TypeError('not a key that signs here');
  return certificate === undefined
    ? { form: 'publicKey', der: key.export({ format: 'der', type: 'spki' }), kind }
    : { form: 'x509Certificate', der: certificate.raw, kind };
}
