/**
 * Public keys from files: one block of PEM.
 *
 * @module
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { toCanonicalKey } from './canonical-key.ts';
import { checkVerifyingKey } from './key-kind.ts';
import { keyUnusable } from './key-unusable.ts';

const MAX_FILE_CHARACTERS = 64 * 1024;
const BLOCK = /-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]*-----END (?:RSA )?PUBLIC KEY-----/g;

/**
 * @param origin where the key lies, for messages.
 * @returns the key in its one form, however it is written.
 * @throws {SquizzleError} `KEY_UNUSABLE` for a file that is empty, too large, malformed, has a private key or several
 *   keys, or one of a kind that is not used here.
 */
export function readPublicKey(pem: string, origin: string): KeyObject {
  if (pem.length > MAX_FILE_CHARACTERS) throw keyUnusable(origin, 'is over 64 KiB: give a file with one public key');
  if (pem.includes('PRIVATE KEY-----')) {
    throw keyUnusable(origin, 'has a private key: give the public one, and see who could read this file');
  }
  const [block, another] = pem.match(BLOCK) ?? [];
  if (block === undefined) throw keyUnusable(origin, 'has no public key in PEM: give the file that ends with .pub');
  if (another !== undefined) throw keyUnusable(origin, 'has several public keys: give a file with one');
  return toCanonicalKey(checkVerifyingKey(publicKeyOf(block, origin), origin));
}

function publicKeyOf(pem: string, origin: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw keyUnusable(origin, 'is damaged: no public key could be read of it');
  }
}
