/**
 * How cosign encrypts a key: scrypt makes a key of the password, NaCl's secretbox seals the PKCS#8 with it, JSON keeps
 * both with their parameters.
 *
 * @see https://github.com/secure-systems-lab/go-securesystemslib/blob/main/encrypted/encrypted.go
 * @module
 */
import { randomBytes, scrypt } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import * as v from 'valibot';
import { parseJson } from '../http/read-json.ts';

/** The costs that go-securesystemslib takes: its first, its standard and OWASP's. Others could be a trap for memory. */
const COSTS = [32_768, 65_536, 131_072] as const;
export type ScryptCost = (typeof COSTS)[number];
const STANDARD_COST: ScryptCost = 65_536;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

const base64 = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text) => Buffer.from(text, 'base64')),
);
const SEALED = v.object({
  kdf: v.object({
    name: v.literal('scrypt'),
    params: v.object({ N: v.picklist(COSTS), r: v.literal(BLOCK_SIZE), p: v.literal(PARALLELISM) }),
    salt: v.pipe(
      base64,
      v.check((salt) => salt.length === SALT_BYTES),
    ),
  }),
  cipher: v.object({
    name: v.literal('nacl/secretbox'),
    nonce: v.pipe(
      base64,
      v.check((nonce) => nonce.length === NONCE_BYTES),
    ),
  }),
  ciphertext: v.pipe(
    base64,
    v.check((sealed) => sealed.length > TAG_BYTES),
  ),
});
export type SealedBox = v.InferOutput<typeof SEALED>;

/** `undefined` for anything else than go-securesystemslib writes. */
export function parseSealedBox(json: Uint8Array): SealedBox | undefined {
  const result = v.safeParse(SEALED, parseJson(json));
  return result.success ? result.output : undefined;
}

/** `undefined` with the wrong password, and for a box that was changed: the two cannot be told apart. */
export async function openSecretBox(box: SealedBox, password: string): Promise<Uint8Array | undefined> {
  const key = await deriveKey(password, box.kdf.salt, box.kdf.params.N);
  try {
    return xsalsa20poly1305(key, box.cipher.nonce).decrypt(box.ciphertext);
  } catch {
    return undefined;
  } finally {
    key.fill(0);
  }
}

/** @returns the box as JSON, its members in the order in which go-securesystemslib writes them. */
export async function sealSecretBox(
  plain: Uint8Array,
  password: string,
  cost: ScryptCost = STANDARD_COST,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const key = await deriveKey(password, salt, cost);
  const ciphertext = Buffer.from(xsalsa20poly1305(key, nonce).encrypt(plain));
  key.fill(0);
  return JSON.stringify({
    kdf: {
      name: 'scrypt',
      params: { N: cost, r: BLOCK_SIZE, p: PARALLELISM },
      salt: salt.toString('base64'),
    },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: ciphertext.toString('base64'),
  });
}

async function deriveKey(password: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  // Node's own limit of 32 MiB is less than any of these costs needs.
  const maxmem = 128 * BLOCK_SIZE * (cost + PARALLELISM) + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N: cost, r: BLOCK_SIZE, p: PARALLELISM, maxmem }, (thrown, key) => {
      if (thrown === null) resolve(key);
      else reject(thrown);
    });
  });
}
