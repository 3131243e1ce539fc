/**
 * No signature leaves a signer before its own public key confirmed it: a wrong key must not produce a bundle.
 *
 * @module
 */
import { verify, type KeyObject } from 'node:crypto';
import { keyUnusable } from '../keys/key-unusable.ts';

/**
 * @param origin of the key, for messages.
 * @returns the signature.
 * @throws {SquizzleError} `KEY_UNUSABLE`.
 */
export function checkSignature(
  publicKey: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  origin: string,
): Uint8Array {
  if (!isSignatureOf(publicKey, bytes, signature)) {
    throw keyUnusable(origin, 'made a signature that does not fit its public key: see that both are of the same key');
  }
  return signature;
}

/** Over SHA-256 of the bytes; ECDSA as ASN.1 DER, RSA as PKCS#1 v1.5. */
export function isSignatureOf(publicKey: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, publicKey, signature);
  } catch {
    return false;
  }
}
