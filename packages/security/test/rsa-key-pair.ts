/**
 * One RSA key for all tests: making one takes long.
 *
 * @module
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';

let made: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | undefined;

/** Of 2048 bits. */
export const rsaKeyPair = (): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =>
  (made ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));
