/**
 * Names of keys: the SHA-256 of the public key's DER (SPKI). Of a private key, that of its public half.
 *
 * @module
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** As hex, for people and policies. */
export function keyFingerprint(key: KeyObject): string {
  return spkiDigest(key).toString('hex');
}

/** As base64: what cosign writes into a bundle, so that a verifier finds the key. */
export function keyHint(key: KeyObject): string {
  return spkiDigest(key).toString('base64');
}

function spkiDigest(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest();
}
