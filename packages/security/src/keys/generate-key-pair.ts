/**
 * New keys: ECDSA over P-256, encrypted as cosign does, so that cosign reads them.
 *
 * @module
 */
import { generateKeyPair as generate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { keyUnusable } from './key-unusable.ts';
import { sealSecretBox } from './secret-box.ts';

export interface KeyPairFiles {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
}

const LINE = /.{1,64}/g;

/**
 * @param password `null`: the private key is not encrypted (PKCS#8).
 * @throws {SquizzleError} `KEY_UNUSABLE` for an empty password, which protects nothing.
 */
export async function generateKeyPair(password: string | null): Promise<KeyPairFiles> {
  if (password === '') {
    throw keyUnusable('the new key', 'its password is empty: give one, or ask for a key that is not encrypted');
  }
  const { privateKey, publicKey } = await promisify(generate)('ec', { namedCurve: 'P-256' });
  return {
    privateKeyPem:
      password === null
        ? privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
        : await sealPrivateKey(privateKey, password),
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

async function sealPrivateKey(key: KeyObject, password: string): Promise<string> {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const body = Buffer.from(await sealSecretBox(der, password)).toString('base64');
  der.fill(0);
  const label = 'ENCRYPTED SIGSTORE PRIVATE KEY';
  return [`-----BEGIN ${label}-----`, ...(body.match(LINE) ?? []), `-----END ${label}-----`, ''].join('\n');
}
