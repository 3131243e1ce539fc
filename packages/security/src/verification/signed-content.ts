/**
 * What a bundle signs, as the checks of it and the library ask for it: by digest, so that the artifact is not needed.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { bundleFault } from '../bundle/bundle-fault.ts';
import type { BundleContent } from '../bundle/parsed-bundle.ts';
import { preAuthEncoding } from '../witnesses/pre-auth-encoding.ts';
import type { SubjectDigest } from './verified-bundle.ts';
import { equalBytes, hashBytes, verifiesBytes, verifiesDigest } from './verify-signature.ts';

export type HashName = 'sha256' | 'sha384' | 'sha512';

export interface SignedContent {
  readonly kind: BundleContent['kind'];
  readonly signature: Buffer;
  /** Whether this is the digest of what the signature is over: of an envelope, its type and payload together. */
  isSignedDigest(hash: HashName, digest: Uint8Array): boolean;
  /** Whether this is the digest of the payload alone: what logs keep of envelopes. */
  isPayloadDigest(hash: HashName, digest: Uint8Array): boolean;
  isSignedBy(key: KeyObject): boolean;
}

const DIGEST_BYTES: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * @throws {SquizzleError} `ARTIFACT_MISMATCH` when the message that was signed is another; `SIGNATURE_INVALID` for a
 *   digest that is not known of the artifact.
 */
export function createSignedContent(content: BundleContent, subject: SubjectDigest): SignedContent {
  return content.kind === 'envelope' ? createEnvelope(content) : createMessage(content, subject);
}

function createEnvelope(content: BundleContent & { readonly kind: 'envelope' }): SignedContent {
  const { payloadType, payload, signature } = content;
  const signed = preAuthEncoding(payloadType, payload);
  return {
    kind: 'envelope',
    signature,
    isSignedDigest: (hash, digest) => equalBytes(hashBytes(hash, signed), digest),
    isPayloadDigest: (hash, digest) => equalBytes(hashBytes(hash, payload), digest),
    isSignedBy: (key) => verifiesBytes(signed, key, signature),
  };
}

function createMessage(content: BundleContent & { readonly kind: 'message' }, subject: SubjectDigest): SignedContent {
  const { algorithm, digest, signature } = content;
  const hash = hashOfMessage(algorithm);
  const known = subject[hash];
  if (known === undefined) {
    throw bundleFault(
      'SIGNATURE_INVALID',
      `the signature is over a ${algorithm} and of the artifact only the SHA-256 is known`,
    );
  }
  if (digest.toString('hex') !== known) {
    throw bundleFault(
      'ARTIFACT_MISMATCH',
      `the signature is about ${hash}:${digest.toString('hex')} and not about ${hash}:${known}`,
    );
  }
  const isDigest = (name: HashName, other: Uint8Array): boolean => name === hash && equalBytes(digest, other);
  return {
    kind: 'message',
    signature,
    isSignedDigest: isDigest,
    isPayloadDigest: isDigest,
    isSignedBy: (key) => digest.length === DIGEST_BYTES[hash] && verifiesDigest(digest, key, signature),
  };
}

function hashOfMessage(algorithm: string): 'sha256' | 'sha512' {
  if (algorithm === 'SHA2_256') return 'sha256';
  if (algorithm === 'SHA2_512') return 'sha512';
  throw bundleFault(
    'SIGNATURE_INVALID',
    `the signature is over a digest of kind ${JSON.stringify(algorithm)}: sign with SHA-256`,
  );
}
