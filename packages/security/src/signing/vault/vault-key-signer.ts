/**
 * A signer whose key is in the transit engine of HashiCorp Vault (or OpenBao): only digests go there.
 *
 * The version of the key is the latest when the public key is first asked for, and stays: a rotation in between would
 * sign with another key than the bundle names.
 *
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 * @module
 */
import { createHash, type KeyObject } from 'node:crypto';
import type { CallOptions } from '@squizzle/core';
import { exchange, type ServiceAnswer } from '../../http/exchange.ts';
import { readJson } from '../../http/read-json.ts';
import { endpoint, parseServiceUrl, SERVICE_URL_RULE } from '../../http/service-url.ts';
import { signingFailed } from '../../http/signing-failed.ts';
import { checkSigningKey } from '../../keys/key-kind.ts';
import { keyUnusable } from '../../keys/key-unusable.ts';
import { readPublicKey } from '../../keys/read-public-key.ts';
import { checkSignature } from '../check-signature.ts';
import type { KeySigner } from '../key-signer.ts';
import { KEY_ANSWER, parseVaultSignature, SIGNATURE_ANSWER } from './vault-answers.ts';

export interface VaultKeyOptions {
  /** The name of the key in the engine. */
  readonly key: string;
  /** `https://vault.example:8200`. */
  readonly address: string;
  readonly token: string;
  readonly namespace?: string | undefined;
  /** Path of the engine. Default `transit`. */
  readonly mount?: string | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Of each request. Default 10 s. */
  readonly timeoutMs?: number | undefined;
}

interface VaultKey {
  readonly version: number;
  readonly publicKey: KeyObject;
}

const NAME = /^\w(?:[\w.-]{0,126}\w)?$/;
const MOUNT = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;
/** What a header may hold, so that no library quotes the token when it refuses it. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;
const REFUSED = 'Vault refused the token: see that it is valid, and that its policy allows to read the key and sign';

/** @throws {SquizzleError} `KEY_UNUSABLE` for a name, an address, a namespace or a token that cannot be right. */
export function createVaultKeySigner(options: VaultKeyOptions): KeySigner {
  const vault = openVault(options);
  let found: VaultKey | undefined;
  const key = async (call: CallOptions): Promise<VaultKey> => (found ??= await readKey(vault, call));
  return {
    description: vault.origin,
    publicKey: async (call = {}) => (await key(call)).publicKey,
    sign: async (bytes, call = {}) => {
      const { version, publicKey } = await key(call);
      return checkSignature(publicKey, bytes, await signDigest(vault, version, bytes, call), vault.origin);
    },
  };
}

interface Vault {
  /** `hashivault://name`. */
  readonly origin: string;
  readonly service: string;
  /** A request below the engine: `/keys/name`. */
  readonly ask: (path: string, body: string | undefined, call: CallOptions) => Promise<ServiceAnswer>;
  readonly key: string;
}

function openVault({ key, address, token, namespace, mount = 'transit', fetch, timeoutMs }: VaultKeyOptions): Vault {
  const origin = NAME.test(key) ? `hashivault://${key}` : 'hashivault://';
  if (!NAME.test(key)) throw keyUnusable(origin, 'the name of the key may have letters, digits and . _ - : correct it');
  const url = parseServiceUrl(address);
  if (url === undefined)
    throw keyUnusable(origin, `the address of Vault is not ${SERVICE_URL_RULE}: correct VAULT_ADDR`);
  if (!TOKEN.test(token)) throw keyUnusable(origin, 'there is no usable token: log in to Vault, or set VAULT_TOKEN');
  if (!MOUNT.test(mount)) throw keyUnusable(origin, 'the path of the transit engine is none: correct it');
  if (namespace !== undefined && !MOUNT.test(namespace.replace(/\/$/, ''))) {
    throw keyUnusable(origin, 'the namespace is none: correct VAULT_NAMESPACE');
  }
  const headers = {
    'x-vault-token': token,
    'x-vault-request': 'true', // asked for by agents that guard against forged requests
    ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
  };
  const service = `Vault at ${url.origin}`;
  const ask: Vault['ask'] = async (path, body, { signal }) => {
    const request = { service, url: endpoint(url, `/v1/${mount}${path}`), headers };
    const answer = await exchange(
      body === undefined ? request : { ...request, body, headers: { ...headers, 'content-type': 'application/json' } },
      { fetch, timeoutMs, signal },
    );
    if (answer.ok) return answer;
    if (answer.status === 404) throw keyUnusable(origin, `is not in the transit engine ${mount} of ${service}`);
    throw answer.status === 403 ? signingFailed(service, 403, REFUSED) : signingFailed(service, answer.status);
  };
  return { origin, service, ask, key };
}

async function readKey({ origin, service, ask, key }: Vault, call: CallOptions): Promise<VaultKey> {
  const answer = await ask(`/keys/${key}`, undefined, call);
  const { latest_version: version, keys } = readJson(service, answer, KEY_ANSWER).data;
  const pem = keys[`${version}`]?.public_key;
  if (pem === undefined) throw keyUnusable(origin, 'has no public key: use a transit key of the type ecdsa-p256');
  return { version, publicKey: checkSigningKey(readPublicKey(pem, origin), origin) };
}

async function signDigest(vault: Vault, version: number, bytes: Uint8Array, call: CallOptions): Promise<Buffer> {
  const request = {
    input: createHash('sha256').update(bytes).digest('base64'),
    prehashed: true,
    key_version: version,
    marshaling_algorithm: 'asn1',
    signature_algorithm: 'pkcs1v15', // of RSA keys; the others do not look at it
  };
  const answer = await vault.ask(`/sign/${vault.key}/sha2-256`, JSON.stringify(request), call);
  const signature = parseVaultSignature(readJson(vault.service, answer, SIGNATURE_ANSWER).data.signature, version);
  if (signature === undefined) {
    throw signingFailed(
      vault.service,
      answer.status,
      'its answer has no signature of the version of the key it was asked for',
    );
  }
  return signature;
}
