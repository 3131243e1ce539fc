/**
 * Private keys from files: cosign's, PKCS#8, SEC1 and PKCS#1, encrypted or not.
 *
 * @module
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { checkSigningKey } from './key-kind.ts';
import { keyUnusable } from './key-unusable.ts';
import { findPrivateKey, type PrivateKeyBlock } from './private-key-block.ts';
import { openSecretBox, parseSealedBox } from './secret-box.ts';

const PASSWORD_ADVICE = 'set SQUIZZLE_KEY_PASSWORD or COSIGN_PASSWORD, or type it when asked';
const WRONG = 'cannot be opened with this password, or was changed: see that it is the right one for this file';

/**
 * Whether the key of a file takes a password.
 *
 * @throws {SquizzleError} `KEY_UNUSABLE` for a file without one private key.
 */
export function isEncryptedKey(pem: string, origin: string): boolean {
  return findPrivateKey(pem, origin).encrypted;
}

/**
 * Reads a private key that can sign. Making a key of a password takes about a tenth of a second and 64 MiB, off the
 * main thread.
 *
 * @param password `null`: there is none. Not looked at for a key that is not encrypted.
 * @param origin where the key lies, for messages.
 * @throws {SquizzleError} `KEY_UNUSABLE` for a file that is empty, too large, malformed or of a kind that is not used
 *   here, and for a password that is missing or wrong.
 */
export async function readPrivateKey(pem: string, password: string | null, origin: string): Promise<KeyObject> {
  const block = findPrivateKey(pem, origin);
  if (block.encrypted && password === null) throw keyUnusable(origin, `is encrypted: ${PASSWORD_ADVICE}`);
  const key =
    block.form === 'cosign' ? await openCosignKey(block, password ?? '', origin) : openSslKey(block, password, origin);
  return checkSigningKey(key, origin);
}

async function openCosignKey(block: PrivateKeyBlock, password: string, origin: string): Promise<KeyObject> {
  const box = parseSealedBox(Buffer.from(block.base64, 'base64'));
  if (box === undefined) {
    throw keyUnusable(origin, 'is damaged, or encrypted in a way that cosign does not use: make a new key');
  }
  const plain = await openSecretBox(box, password);
  if (plain === undefined) throw keyUnusable(origin, WRONG);
  try {
    return readDer(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength), origin);
  } finally {
    plain.fill(0);
  }
}

/** Cosign seals PKCS#8; what it imports from elsewhere may be of the older forms. */
function readDer(der: Buffer, origin: string): KeyObject {
  for (const type of ['pkcs8', 'sec1', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch {
      // the next form is tried
    }
  }
  throw keyUnusable(origin, 'was opened, and what was in it is no private key: make a new key');
}

function openSslKey({ pem, encrypted }: PrivateKeyBlock, password: string | null, origin: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase: password ?? '' } : {}) });
  } catch {
    throw keyUnusable(origin, encrypted ? WRONG : 'is damaged: no private key could be read of it');
  }
}
