/**
 * No password of a key, token of an identity or of Vault appears in any output or file.
 *
 * Each is planted where the program takes it; services answer failures by repeating what they were sent, as real ones
 * do. Then everything that was said and written is searched for each.
 */
import { constants, generateKeyPairSync, privateEncrypt } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalSigstore, type LocalSigstore } from '../../packages/security/test/local-sigstore/local-sigstore.ts';
import { listen } from '../oci/support/registries.ts';
import type { Runner } from '../oci/support/runner.ts';
import { createSecret, leaksIn } from '../oci/support/secrets.ts';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { createSignedRunner, jobOf } from './support/signed-runner.ts';

const PLAIN: [string, string] = ['-', '-'];
const PASSWORD = createSecret('the password of the key');
const WRONG = createSecret('a password that is wrong');
const VAULT = createSecret('the token of Vault', PLAIN);
const REFUSED = createSecret('a token that Vault refuses', PLAIN);
const BEARER = createSecret('the token that asks for tokens', PLAIN);
const FORGED = createSecret('an identity token that is none', PLAIN);
const ALL = [PASSWORD, WRONG, VAULT, REFUSED, BEARER, FORGED];

const cleanup = createCleanup();
const said: { readonly command: string; readonly text: string }[] = [];
let sigstore: LocalSigstore;
let runner: Runner;
let vault: string;
let echo: string;
/** Of a valid token every part but the header, which all have. */
let token: string;

beforeAll(async () => {
  sigstore = cleanup.add(await startLocalSigstore(), ({ close }) => close());
  ({ runner } = await createSignedRunner(sigstore));
  cleanup.add(runner, ({ remove }) => remove());
  token = await sigstore.mint('sigstore');
  const open = async (answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => answer(request, body, response));
    });
    return cleanup.add(await listen(server), ({ close }) => close()).host;
  };
  vault = await open(answerAsVault);
  echo = await open(repeat);
});
afterAll(cleanup.run);

/** As careless services do: all that came goes back. */
function repeat({ headers, url }: IncomingMessage, body: string, response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [`denied: ${JSON.stringify({ url, headers, body })}`] }));
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** DigestInfo of SHA-256, before the digest (RFC 8017 section 9.2). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function answerAsVault(request: IncomingMessage, body: string, response: ServerResponse): void {
  if (request.headers['x-vault-token'] !== VAULT.value) return repeat(request, body, response);
  const public_key = publicKey.export({ format: 'pem', type: 'spki' });
  if (request.method === 'GET')
    return void response.end(
      JSON.stringify({ data: { type: 'rsa-2048', latest_version: 1, keys: { 1: { public_key } } } }),
    );
  const { input } = JSON.parse(body) as { input: string };
  response.end(JSON.stringify({ data: { signature: `vault:v1:${signPrehashed(input)}` } }));
}

/** Vault is given the digest alone. */
function signPrehashed(digest: string): string {
  const padded = Buffer.concat([DIGEST_INFO, Buffer.from(digest, 'base64')]);
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, padded).toString('base64');
}

type Row = readonly [code: number | null, args: readonly string[], env: Readonly<Record<string, string>>];

async function expectAll(rows: readonly Row[]): Promise<void> {
  for (const [code, args, env] of rows) {
    const forms = code === 0 ? [['--json']] : [['--json'], ['--verbose']];
    const results = await Promise.all(forms.map((form) => runner.run([...args, ...form], { env })));
    for (const { stdout, stderr, code: actual } of results) {
      said.push({ command: `squizzle ${args.join(' ')}`, text: stdout + stderr });
      expect(actual, `squizzle ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(code);
    }
  }
}

const SIGN = ['sign', '1.0.0'];

it('a key under a password', async () => {
  const right = { SQUIZZLE_KEY_PASSWORD: PASSWORD.value };
  const withKey = ['--key', 'ci.key'];
  await expectAll([
    [0, ['key', 'generate', '--output', 'ci'], right],
    [0, ['build', '1.0.0', '--sign', ...withKey], right],
    [0, ['approve', '1.0.0', '-e', 'production', '--reason', 'yes', ...withKey], { COSIGN_PASSWORD: PASSWORD.value }],
    [0, ['trust', 'sign', ...withKey], right],
    [2, [...SIGN, ...withKey], { SQUIZZLE_KEY_PASSWORD: WRONG.value }],
    [4, ['verify', '-e', 'production', '--explain'], right],
  ]);
});

it('Vault', async () => {
  await runner.write({ 'alone.yaml': 'name: shop\n' }); // a key without witnesses
  const withVault = [...SIGN, '--config', 'alone.yaml', '--key', 'hashivault://squizzle'];
  await expectAll([
    [0, withVault, { VAULT_ADDR: `http://${vault}`, VAULT_TOKEN: VAULT.value }],
    [7, withVault, { VAULT_ADDR: `http://${vault}`, VAULT_TOKEN: REFUSED.value }],
    [2, withVault, { VAULT_ADDR: `http://user:${REFUSED.value}@${vault}`, VAULT_TOKEN: VAULT.value }],
  ]);
});

it('an identity', async () => {
  await writeFile(join(runner.root, 'token'), token);
  const file = ['--identity-token-file', join(runner.root, 'token')];
  const job = jobOf(sigstore);
  await expectAll([
    [0, [...SIGN, ...file], {}],
    [0, SIGN, { SIGSTORE_ID_TOKEN: token }],
    [0, SIGN, job],
    [2, SIGN, { SIGSTORE_ID_TOKEN: FORGED.value }],
    [
      7,
      SIGN,
      { ...job, ACTIONS_ID_TOKEN_REQUEST_URL: `http://${echo}/?x=1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: BEARER.value },
    ],
  ]);
  for (const service of ['fulcio', 'rekor', 'tsa'] as const) {
    sigstore.setFaults({ [service]: 400 });
    await expectAll([[7, SIGN, { SIGSTORE_ID_TOKEN: token }]]);
  }
  sigstore.setFaults({});
});

it('is in nothing that was said', () => {
  expect(said.length).toBeGreaterThan(20);
  const [, claims = '', signature = ''] = token.split('.');
  expect([...new Set(said.flatMap(({ command, text }) => leaksIn(command, text, ALL)))]).toEqual([]);
  for (const { command, text } of said) {
    expect(text, command).not.toContain(signature.slice(0, 24));
    expect(text, command).not.toContain(claims.slice(-24));
  }
});

it('is in no file but those that the test wrote', async () => {
  const entries = await readdir(runner.root, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  expect(files.length).toBeGreaterThan(20);
  const [, , signature = ''] = token.split('.');
  for (const file of files.filter((each) => each !== join(runner.root, 'token'))) {
    const content = await readFile(file);
    expect(leaksIn(file, content, ALL)).toEqual([]);
    expect(content.includes(signature.slice(0, 24)), file).toBe(false);
  }
});

it('would be found: the search knows each', () => {
  for (const secret of ALL) expect(leaksIn('', JSON.stringify({ value: secret.value }), [secret])).toHaveLength(1);
});
