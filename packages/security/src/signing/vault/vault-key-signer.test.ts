import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  json,
  startScriptedService,
  type ReceivedRequest,
  type Script,
  type ScriptedService,
} from '../../../test/scripted-service.ts';
import { rsaKeyPair } from '../../../test/rsa-key-pair.ts';
import { expectSecretFree, thrownBy } from '../../../test/told-by.ts';
import { keyHint } from '../../keys/key-fingerprint.ts';
import { openKeySigner } from '../open-key-signer.ts';
import { createVaultKeySigner, type VaultKeyOptions } from './vault-key-signer.ts';

const TOKEN = 'hvs.planted-token-4711';
const BYTES = Buffer.from('what is signed');
const pair = (): { privateKey: KeyObject; publicKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'spki' }));
/** Vault is sent digests, and Node signs messages alone. */
const signDigest = (key: KeyObject, digest: Buffer): Buffer =>
  Buffer.from(
    p256.sign(digest, Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'), {
      prehash: false,
      lowS: false,
      format: 'der',
    }),
  );

/** A transit engine with versions of one key, the last of them the latest. */
function transit(versions: readonly { privateKey: KeyObject; publicKey: KeyObject }[]): Script {
  return ({ path, headers, body }) => {
    if (headers['x-vault-token'] !== TOKEN)
      return json({ errors: [`permission denied for ${String(headers['x-vault-token'])}`] }, 403);
    if (path === '/v1/transit/keys/ci') {
      const keys = Object.fromEntries(
        versions.map(({ publicKey }, index) => [index + 1, { public_key: pem(publicKey) }]),
      );
      return json({ data: { type: 'ecdsa-p256', latest_version: versions.length, keys } });
    }
    if (path !== '/v1/transit/sign/ci/sha2-256') return json({ errors: [] }, 404);
    const asked = JSON.parse(body) as {
      input: string;
      prehashed: boolean;
      marshaling_algorithm: string;
      key_version: number;
    };
    const key = versions[asked.key_version - 1]?.privateKey;
    if (!asked.prehashed || asked.marshaling_algorithm !== 'asn1' || key === undefined)
      return json({ errors: ['invalid'] }, 400);
    const signature = signDigest(key, Buffer.from(asked.input, 'base64')).toString('base64');
    return json({ data: { signature: `vault:v${asked.key_version}:${signature}` } });
  };
}

let vault: ScriptedService;
beforeAll(async () => {
  vault = await startScriptedService();
});
afterAll(() => vault[Symbol.asyncDispose]());

describe('createVaultKeySigner', () => {
  const [older, latest] = [pair(), pair()];
  beforeEach(() => vault.answer(transit([older, latest])));
  const signer = (options: Partial<VaultKeyOptions> = {}) =>
    createVaultKeySigner({ key: 'ci', address: vault.url, token: TOKEN, timeoutMs: 20_000, ...options });

  it('signs with the latest version of the key, sending the digest alone', async () => {
    const before = vault.requests.length;
    const key = signer();
    const signature = await key.sign(BYTES);
    expect(verify('sha256', BYTES, latest.publicKey, signature)).toBe(true);
    expect(keyHint(await key.publicKey())).toBe(keyHint(latest.publicKey));
    const asked = vault.requests.slice(before);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/transit/keys/ci',
      'POST /v1/transit/sign/ci/sha2-256',
    ]);
    expect(JSON.stringify(asked)).not.toContain(BYTES.toString('base64'));
    expect(key.description).toBe('hashivault://ci');
  });

  it('stays with its version when the key is rotated meanwhile', async () => {
    const key = signer();
    await key.publicKey();
    vault.answer(transit([older, latest, pair()]));
    expect(verify('sha256', BYTES, latest.publicKey, await key.sign(BYTES))).toBe(true);
  });

  it('signs with an RSA key', async () => {
    const rsa = rsaKeyPair();
    vault.answer(({ path, body }) => {
      if (path.includes('/keys/'))
        return json({ data: { latest_version: 1, keys: { 1: { public_key: pem(rsa.publicKey) } } } });
      expect(JSON.parse(body)).toMatchObject({ signature_algorithm: 'pkcs1v15' });
      return json({ data: { signature: `vault:v1:${sign('sha256', BYTES, rsa.privateKey).toString('base64')}` } });
    });
    expect(verify('sha256', BYTES, rsa.publicKey, await signer().sign(BYTES))).toBe(true);
  });

  it('sends namespace and mount as they are configured', async () => {
    const seen: ReceivedRequest[] = [];
    vault.answer((request) => {
      seen.push(request);
      return json({}, 404);
    });
    await thrownBy(() => signer({ namespace: 'team/db', mount: 'signing/keys' }).publicKey());
    expect(seen[0]).toMatchObject({
      path: '/v1/signing/keys/keys/ci',
      headers: { 'x-vault-namespace': 'team/db', 'x-vault-request': 'true' },
    });
  });

  const keys =
    (data: unknown): Script =>
    () =>
      json({ data });
  const signing =
    (signature: (digest: Buffer) => string): Script =>
    (request) =>
      request.path.includes('/sign/')
        ? json({
            data: {
              signature: signature(Buffer.from((JSON.parse(request.body) as { input: string }).input, 'base64')),
            },
          })
        : transit([latest])(request);
  it.each<{ fault: string; script: Script; code: string; tells: string }>([
    {
      fault: 'a token that is refused',
      script: ({ headers }) => json({ errors: [headers['x-vault-token']] }, 403),
      code: 'SIGNING_FAILED',
      tells: 'HTTP status 403: Vault refused the token',
    },
    {
      fault: 'a key that is not there',
      script: () => json({ errors: [] }, 404),
      code: 'KEY_UNUSABLE',
      tells: 'is not in the transit engine transit',
    },
    {
      fault: 'a sealed Vault',
      script: () => json({ errors: ['sealed'] }, 503),
      code: 'SIGNING_FAILED',
      tells: 'HTTP status 503',
    },
    { fault: 'a Vault that hangs up', script: () => 'drop', code: 'SIGNING_FAILED', tells: 'could not be reached' },
    {
      fault: 'a redirect to another node',
      script: () => ({ status: 307, headers: { location: 'https://other.example' } }),
      code: 'SIGNING_FAILED',
      tells: 'redirects are not followed',
    },
    {
      fault: 'what is no Vault',
      script: () => ({ body: '<html>' }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'a symmetric key',
      script: keys({ latest_version: 1, keys: { 1: 1700000000 } }),
      code: 'KEY_UNUSABLE',
      tells: 'has no public key',
    },
    {
      fault: 'a key without its latest version',
      script: keys({ latest_version: 2, keys: {} }),
      code: 'KEY_UNUSABLE',
      tells: 'has no public key',
    },
    {
      fault: 'a kind of key that does not sign here',
      script: keys({ latest_version: 1, keys: { 1: { public_key: pem(generateKeyPairSync('ed25519').publicKey) } } }),
      code: 'KEY_UNUSABLE',
      tells: 'ed25519',
    },
    {
      fault: 'a signature of another key',
      script: signing((digest) => `vault:v1:${signDigest(older.privateKey, digest).toString('base64')}`),
      code: 'KEY_UNUSABLE',
      tells: 'does not fit its public key',
    },
    {
      fault: 'a signature of another version',
      script: signing((digest) => `vault:v2:${signDigest(latest.privateKey, digest).toString('base64')}`),
      code: 'SIGNING_FAILED',
      tells: 'no signature of the version',
    },
    {
      fault: 'what is no signature',
      script: signing(() => 'vault:v1:!'),
      code: 'SIGNING_FAILED',
      tells: 'no signature of the version',
    },
  ])('tells $fault with $code', async ({ script, code, tells }) => {
    vault.answer(script);
    const error = await thrownBy(() => signer().sign(BYTES));
    expect(error.code).toBe(code);
    expect(error.message).toContain(tells);
    expectSecretFree(error, [TOKEN]);
  });

  it.each([
    {
      fault: 'http over the network, which shows the token',
      options: { address: 'http://vault.example:8200' },
      tells: 'VAULT_ADDR',
    },
    {
      fault: 'a password in the address',
      options: { address: 'https://ann:planted-password@vault.example' },
      tells: 'VAULT_ADDR',
    },
    { fault: 'no token', options: { token: '' }, tells: 'VAULT_TOKEN' },
    { fault: 'a token that breaks the header', options: { token: `${TOKEN}\nx` }, tells: 'VAULT_TOKEN' },
    { fault: 'a name that leads elsewhere', options: { key: '../../sys/seal' }, tells: 'the name of the key' },
    { fault: 'a mount that leads elsewhere', options: { mount: '../sys' }, tells: 'transit engine' },
    { fault: 'a namespace that breaks the header', options: { namespace: 'a\r\nb' }, tells: 'VAULT_NAMESPACE' },
  ])('refuses $fault before anything is sent', async ({ options, tells }) => {
    const before = vault.requests.length;
    const error = await thrownBy(() => signer(options));
    expect(error.code).toBe('KEY_UNUSABLE');
    expect(error.message).toContain(tells);
    expectSecretFree(error, [TOKEN, 'planted-password']);
    expect(vault.requests).toHaveLength(before);
  });

  it('asks again after a failure, and stops when it is told to', async () => {
    const key = signer();
    vault.answer(() => 'drop');
    await thrownBy(() => key.publicKey());
    vault.answer(() => 'hang');
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 30);
    await expect(key.publicKey({ signal: stop.signal })).rejects.toThrow('enough');
    vault.answer(transit([latest]));
    expect(keyHint(await key.publicKey())).toBe(keyHint(latest.publicKey));
  });
});

describe("openKeySigner('hashivault://…')", () => {
  const key = pair();
  const env = (more: object): Record<string, string> => ({ VAULT_ADDR: vault.url, HOME: '/home/ann', ...more });
  const open = (reference: string, variables: Record<string, string>, file = TOKEN) =>
    openKeySigner(reference, {
      env: variables,
      password: () => Promise.reject(new Error('nobody is asked')),
      readFile: (path) =>
        path === '/home/ann/.vault-token' && file !== ''
          ? Promise.resolve(Buffer.from(`${file}\n`))
          : Promise.reject(new Error(path)),
    });

  it.each([
    { from: 'VAULT_TOKEN', variables: { VAULT_TOKEN: TOKEN }, file: 'another' },
    { from: 'the file that vault login writes', variables: {}, file: TOKEN },
  ])('takes the token from $from', async ({ variables, file }) => {
    vault.answer(transit([key]));
    const signer = await open('hashivault://ci', env(variables), file);
    expect(createPublicKey(pem(await signer.publicKey())).equals(key.publicKey)).toBe(true);
  });

  it.each([
    { fault: 'no address', variables: { VAULT_ADDR: '' }, file: TOKEN, tells: 'set VAULT_ADDR' },
    { fault: 'no token anywhere', variables: {}, file: '', tells: 'log in to Vault, or set VAULT_TOKEN' },
    {
      fault: 'an engine that is none',
      variables: { TRANSIT_SECRET_ENGINE_PATH: '../x' },
      file: TOKEN,
      tells: 'transit engine',
    },
  ])('tells of $fault', async ({ variables, file, tells }) => {
    const error = await thrownBy(() => open('hashivault://ci', env(variables), file));
    expect(error.code).toBe('KEY_UNUSABLE');
    expect(error.message).toContain(tells);
  });
});
