/**
 * What both versions of Rekor check before they log: that a signature fits its key.
 *
 * @module
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { ServiceRefusal } from './service-refusal.ts';

const CURVES = { 'P-256': p256, 'P-384': p384 };

/** DSSE's pre-authentication encoding: what is signed of an envelope. */
export function preAuthenticationEncoding(type: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** @param pem a public key or a certificate. */
export function keyOfPem(pem: string): KeyObject {
  return createPublicKey(pem);
}

export function checkSignature(message: Uint8Array, key: KeyObject, signature: Uint8Array): void {
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  if (!verify(algorithm, message, key, signature)) throw new ServiceRefusal(400, 'signature does not fit the envelope');
}

/** Of a digest alone: node:crypto always hashes, so this is done by hand. */
export function checkDigestSignature(digest: Uint8Array, key: KeyObject, signature: Uint8Array): void {
  const { crv, x = '', y = '' } = key.export({ format: 'jwk' });
  const curve = crv === 'P-256' || crv === 'P-384' ? CURVES[crv] : undefined;
  if (curve === undefined) throw new ServiceRefusal(400, `unsupported key ${crv ?? 'without curve'}`);
  const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const options = { prehash: false, lowS: false, format: 'der' } as const;
  if (!curve.verify(signature, digest, point, options))
    throw new ServiceRefusal(400, 'signature does not fit the digest');
}
