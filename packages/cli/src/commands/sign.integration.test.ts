import { join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { expect, it } from 'vitest';
import { createSignedShop } from '../../test/signed-shop.ts';

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

it('signs a release where it is: in the remote store and in the own one, with one document', async () => {
  const cli = await createSignedShop();
  await cli.json('build');
  const local = await cli.json('sign 1.0.0 --key ci.key');
  expect(local).toMatchObject({
    version: '1.0.0',
    predicateType: SIGNATURE,
    signer: expect.stringMatching(/^key file ci\.key \(sha256:[0-9a-f]{64}\)$/) as unknown,
    stores: [`memory ${join(cli.folder, '.squizzle/store')}`],
    compat: [],
  });
  expect(await cli.json('push')).toMatchObject({ referrers: 1 });
  expect(await cli.json('sign 1.0.0 --key ci.key')).toMatchObject({
    referrer: expect.not.stringMatching(String(local['referrer'])) as unknown, // ECDSA: each is another
    stores: [`memory ${join(cli.folder, '../releases')}`, `memory ${join(cli.folder, '.squizzle/store')}`],
  });
  expect(await cli.json('sign latest --key ci.key --registry')).toMatchObject({
    stores: [`memory ${join(cli.folder, '../releases')}`],
  });
  expect(await cli.json('sign 1.0.0 --key ci.key --local')).toMatchObject({
    stores: [`memory ${join(cli.folder, '.squizzle/store')}`],
  });
});

it('finds a signature that was made elsewhere since the release was pulled', async () => {
  const cli = await createSignedShop();
  await cli.json('build --push');
  expect(await cli.failure('verify')).toMatchObject({ code: 'SIGNATURE_MISSING', exitCode: 4 });
  await cli.json('sign 1.0.0 --key ci.key --registry');
  expect(await cli.json('verify')).toMatchObject({ policy: { environment: 'development' } });
  expect(await cli.failure('verify --offline')).toMatchObject({ code: 'SIGNATURE_MISSING' });
});

it('builds and signs, in each store that it publishes to', async () => {
  const cli = await createSignedShop();
  expect(await cli.json('build --sign --push --key ci.key')).toMatchObject({
    outcome: 'built',
    signature: {
      version: '1.0.0',
      stores: [expect.stringContaining('releases'), expect.stringContaining('.squizzle')],
    },
  });
  expect(await cli.json('verify')).toMatchObject({ version: '1.0.0' });
  const again = await cli.json('build 1.0.0 --sign --push --key ci.key');
  expect(again).toMatchObject({ outcome: 'already-built', signature: { version: '1.0.0' } });
});

it('publishes nothing when it cannot sign', async () => {
  const cli = await createSignedShop();
  expect(await cli.failure('build --sign --key no.key')).toMatchObject({ code: 'KEY_UNUSABLE', exitCode: 2 });
  expect(await cli.failure('build --sign')).toMatchObject({ code: 'IDENTITY_UNAVAILABLE', exitCode: 2 });
  expect(await cli.failure('build --key ci.key')).toMatchObject({ code: 'USAGE_INVALID' });
  expect(await cli.json('list')).toMatchObject({ releases: [] });
});

it('says what is left to do when signing fails after publishing', async () => {
  const cli = await createSignedShop();
  const { openKeySigner, ...tools } = await import('@squizzle/security');
  const loadSecurity = async () => ({
    ...tools,
    openKeySigner: async (...args: Parameters<typeof openKeySigner>) => ({
      ...(await openKeySigner(...args)),
      sign: async () => {
        const details = { service: 'Vault', status: 503, hint: 'try again' };
        throw new SquizzleError('SIGNING_FAILED', 'Vault: it is sealed', details);
      },
    }),
  });
  const failure = await cli.failure('build --sign --key ci.key', { adapters: { loadSecurity } });
  expect(failure).toMatchObject({ code: 'SIGNING_FAILED', exitCode: 7, details: { service: 'Vault' } });
  expect(failure.message).toBe(
    "Vault: it is sealed\n1.0.0 is published, and not signed yet: 'squizzle sign 1.0.0' does what is left",
  );
  await cli.json('sign 1.0.0 --key ci.key');
  expect(await cli.json('verify')).toMatchObject({ version: '1.0.0' });
});

it("writes cosign's older form, too, when asked by flag or configuration", async () => {
  const cli = await createSignedShop();
  const { release } = (await cli.json('build')) as { release: { digest: string } };
  const tag = `${release.digest.replace(':', '-')}.sig`;
  expect(await cli.json('sign 1.0.0 --key ci.key --compat sig')).toMatchObject({ compat: [tag] });
  await cli.write({ 'squizzle.yaml': `${await cli.read('squizzle.yaml')}signing: { key: ci.key, compat: [sig] }\n` });
  expect(await cli.json('sign 1.0.0')).toMatchObject({ compat: [tag] });
  const failure = await cli.failure('sign 1.0.0 --identity-token-file token', await withToken(cli));
  expect(failure).toMatchObject({ code: 'SIGNING_CONFIG_INVALID', exitCode: 2 });
});

async function withToken(cli: Awaited<ReturnType<typeof createSignedShop>>) {
  await cli.write({ token: 'e30.e30.e30' });
  return {};
}

it.each([
  { why: 'a key that is not there', args: '--key no.key', code: 'KEY_UNUSABLE', says: 'there is no such file' },
  { why: 'a public key', args: '--key ci.pub', code: 'KEY_UNUSABLE', says: 'ci.pub' },
  { why: 'a cloud without program', args: '--key awskms://x', code: 'KEY_UNUSABLE', says: 'exec:' },
  { why: 'Vault without address', args: '--key hashivault://x', code: 'KEY_UNUSABLE', says: 'VAULT_ADDR' },
  {
    why: 'key and token at once',
    args: '--key ci.key --identity-token-file t',
    code: 'USAGE_INVALID',
    says: 'cannot be used with',
  },
  {
    why: 'a token file that is empty',
    args: '--identity-token-file empty',
    code: 'USAGE_INVALID',
    says: 'it is empty',
  },
  { why: 'no token file', args: '--identity-token-file none', code: 'USAGE_INVALID', says: 'there is no such file' },
  {
    why: 'what is no token',
    args: '--identity-token-file ci.pub',
    code: 'IDENTITY_UNAVAILABLE',
    says: 'is no OIDC token',
  },
  { why: 'nobody', args: '', code: 'IDENTITY_UNAVAILABLE', says: 'there is nobody to sign as' },
  { why: 'another form', args: '--key ci.key --compat rpm', code: 'USAGE_INVALID', says: 'Allowed choices are sig' },
  {
    why: 'a release that is not there',
    args: '--key ci.key',
    selector: '2.0.0',
    code: 'ARTIFACT_NOT_FOUND',
    says: '2.0.0',
  },
])('refuses $why', async ({ args, code, says, selector = '1.0.0' }) => {
  const cli = await createSignedShop({ empty: '\n' });
  await cli.json('build');
  const failure = await cli.failure(['sign', selector, ...args.split(' ').filter(Boolean)]);
  expect(failure).toMatchObject({ code });
  expect(failure.message).toContain(says);
});

it.each([
  { why: 'a key and an identity', signing: '{ key: ci.key, identity: github }', says: 'signing.key: a key signs' },
  { why: 'a Sigstore without root', signing: '{ fulcio: "https://x" }', says: 'signing.trustedRoot: is missing' },
])('refuses settings that do not fit together: $why', async ({ signing, says }) => {
  const cli = await createSignedShop();
  await cli.json('build');
  await cli.write({ 'squizzle.yaml': `${await cli.read('squizzle.yaml')}signing: ${signing}\n` });
  const failure = await cli.failure('sign 1.0.0');
  expect(failure).toMatchObject({ code: 'SIGNING_CONFIG_INVALID', exitCode: 2 });
  expect(failure.message).toContain(says);
  expect(await cli.json('show 1.0.0')).toMatchObject({ release: { version: '1.0.0' } });
});

it('takes the password of a key from a variable or a terminal, and shows it nowhere', async () => {
  const cli = await createSignedShop();
  const password = 'correct horse';
  const env = { SQUIZZLE_KEY_PASSWORD: password };
  await cli.json('key generate -o sealed', { env });
  await cli.json('build');
  expect(await cli.failure('sign 1.0.0 --key sealed.key')).toMatchObject({ code: 'KEY_UNUSABLE' });
  await cli.json('sign 1.0.0 --key sealed.key', { env: { COSIGN_PASSWORD: password } });
  const typed = await cli.squizzle('sign 1.0.0 --key sealed.key', { isTTY: true, typed: [password] });
  expect(typed.exitCode).toBe(0);
  expect(typed.stderr).toContain('password of sealed.key: ');
  for (const { stdout, stderr } of [
    typed,
    await cli.squizzle('sign 1.0.0 --key sealed.key --verbose', { env: { COSIGN_PASSWORD: 'another horse' } }),
  ])
    expect(stdout + stderr).not.toMatch(/correct horse|another horse/);
});
