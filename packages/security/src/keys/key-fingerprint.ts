/**
 * Names of keys: the SHA-256 of the public key's DER (SPKI), in its one form. Of a private key, that of its public half.
 *
 * @module
 */
import { createHash, type KeyObject } from 'node:crypto';
import { toCanonicalKey } from './canonical-key.ts';

/** As hex, for people and policies. One key has one, however it is written. */
export function keyFingerprint(key: KeyObject): string {
  return spkiDigest(key).toString('hex');
}

/** As base64: what cosign writes into a bundle, so that a verifier finds the key. */
export function keyHint(key: KeyObject): string {
  return spkiDigest(key).toString('base64');
}

/** Keys never change, and a policy's are asked for again and again. */
const digests = new WeakMap<KeyObject, Buffer>();

function spkiDigest(key: KeyObject): Buffer {
  const known = digests.get(key);
  if (known !== undefined) return known;
  const der = toCanonicalKey(key).export({ format: 'der', type: 'spki' });
  const digest = createHash('sha256').update(der).digest();
  digests.set(key, digest);
  return digest;
}
