/**
 * Keys of the local services.
 *
 * @module
 */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const createP256KeyPair = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const createEd25519KeyPair = (): KeyPair => generateKeyPairSync('ed25519');

/** SubjectPublicKeyInfo, DER. */
export const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

export const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
