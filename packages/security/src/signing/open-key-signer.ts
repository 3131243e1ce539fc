/**
 * Keys by reference: `hashivault://name`, `exec:program and arguments`, otherwise the path of a file.
 *
 * @module
 */
import { keyUnusable } from '../keys/key-unusable.ts';
import { isEncryptedKey } from '../keys/read-private-key.ts';
import { createFileKeySigner } from './file-key-signer.ts';
import type { KeySigner } from './key-signer.ts';
import type { Variables } from './program/program-environment.ts';
import { createProgramKeySigner } from './program/program-key-signer.ts';
import { createVaultKeySigner } from './vault/vault-key-signer.ts';

export interface OpenKeyOptions {
  /** Throws what `node:fs` throws. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Asked for an encrypted key alone. `null`: there is none. */
  readonly password: () => Promise<string | null>;
  readonly env: Variables;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SCHEME = /^([a-z0-9-]+):\/\//i;
const PROGRAM = 'exec:';
const VAULT = 'hashivault://';
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,40}$/;
const MAX_FILE_BYTES = 64 * 1024;

/**
 * Opens a key and sees that it is usable: its public key was read when this returns.
 *
 * Vault is found as cosign finds it: `VAULT_ADDR`, `VAULT_TOKEN` or the file `~/.vault-token`, `VAULT_NAMESPACE`,
 * `TRANSIT_SECRET_ENGINE_PATH`.
 *
 * @throws {SquizzleError} `KEY_UNUSABLE`; `SIGNING_FAILED` of Vault.
 */
export async function openKeySigner(reference: string, options: OpenKeyOptions): Promise<KeySigner> {
  const signer = await findSigner(reference, options);
  await signer.publicKey({ signal: options.signal });
  return signer;
}

async function findSigner(reference: string, options: OpenKeyOptions): Promise<KeySigner> {
  if (reference.includes('-----BEGIN') || /[\r\n]/.test(reference)) {
    // Nothing of it is told: it may be the key.
    throw keyUnusable('key reference', 'is a key or a text of several lines: give the path of the file instead');
  }
  const { env } = options;
  if (reference.startsWith(PROGRAM)) return createProgramKeySigner({ command: reference.slice(PROGRAM.length), env });
  if (reference.startsWith(VAULT)) return openVaultKey(reference.slice(VAULT.length), options);
  const scheme = SCHEME.exec(reference)?.[1];
  if (scheme !== undefined) {
    throw keyUnusable(
      `${scheme}://…`,
      "keys there cannot be used directly yet: write 'exec:' and a program that signs",
    );
  }
  return openFileKey(reference, options);
}

async function openFileKey(path: string, { readFile, password }: OpenKeyOptions): Promise<KeySigner> {
  if (path === '') throw keyUnusable('key reference', 'is empty: give the path of a key file');
  const content = await readKeyFile(path, readFile);
  if (content.byteLength > MAX_FILE_BYTES) throw keyUnusable(path, 'is over 64 KiB: give a file with one private key');
  const pem = Buffer.from(content).toString('utf8');
  return createFileKeySigner({ pem, password: isEncryptedKey(pem, path) ? await password() : null, origin: path });
}

async function readKeyFile(path: string, readFile: OpenKeyOptions['readFile']): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
    if (code === 'ENOENT') throw keyUnusable(path, "there is no such file: 'squizzle key generate' makes one");
    throw keyUnusable(path, `cannot be read${SYSTEM_CODE.test(code) ? ` (${code})` : ''}: see who may read it`);
  }
}

async function openVaultKey(key: string, { env, readFile, fetch }: OpenKeyOptions): Promise<KeySigner> {
  const address = env['VAULT_ADDR'] ?? '';
  if (address === '') throw keyUnusable(VAULT, 'there is no address of Vault: set VAULT_ADDR');
  return createVaultKeySigner({
    key,
    address,
    token: await vaultToken(env, readFile),
    namespace: env['VAULT_NAMESPACE'] || undefined,
    mount: env['TRANSIT_SECRET_ENGINE_PATH'] || undefined,
    fetch,
  });
}

/** Empty when there is none: the signer says so. */
async function vaultToken(env: Variables, readFile: OpenKeyOptions['readFile']): Promise<string> {
  const token = env['VAULT_TOKEN'] ?? '';
  const home = env['HOME'] ?? '';
  if (token !== '' || home === '') return token;
  try {
    return Buffer.from(await readFile(`${home}/.vault-token`))
      .toString('utf8')
      .trim();
  } catch {
    return '';
  }
}
