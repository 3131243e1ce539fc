/**
 * `verify --offline` without any network: sockets, names and programs are poisoned, and whoever touches one ends the
 * program with a code that nothing else has.
 */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  emailClaims,
  githubClaims,
  startLocalSigstore,
} from '../../packages/security/test/local-sigstore/local-sigstore.ts';
import { failureOf, type Runner } from '../oci/support/runner.ts';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { POISON, POISONED } from './support/poison.ts';
import { createSignedRunner, DBA, jobOf, policyFor } from './support/signed-runner.ts';

const cleanup = createCleanup();
let runner: Runner;

/** A release that two identities vouch for, in the own store and in a file; then the Sigstore is gone. */
beforeAll(async () => {
  const sigstore = await startLocalSigstore();
  let commit: string;
  ({ runner, commit } = await createSignedRunner(sigstore));
  cleanup.add(runner, ({ remove }) => remove());
  const job = { env: jobOf(sigstore) };
  await runner.expectExit(0, ['build', commit, '--sign'], job);
  await runner.expectExit(0, ['attest', commit, '--type', 'provenance'], job);
  sigstore.setClaims(emailClaims(DBA));
  const token = join(runner.root, 'token');
  await writeFile(token, await sigstore.mint('sigstore'));
  sigstore.setClaims(githubClaims());
  await runner.expectExit(0, [
    'approve',
    commit,
    '-e',
    'production',
    '--reason',
    'reviewed',
    '--identity-token-file',
    token,
  ]);
  await runner.expectExit(0, ['export', commit, '--output', 'shop.tar']);
  await runner.write({ 'other.yaml': policyFor(sigstore).replace(DBA, 'mallory@acme.test') });
  await sigstore.close();
});
afterAll(cleanup.run);

const verify = (...args: readonly string[]) => ['verify', '-e', 'production', '--offline', ...args];

it.each([
  { why: 'the own store', args: verify('--explain') },
  { why: 'a folder', args: verify('--from', '.squizzle/store') },
  { why: 'a file', args: verify('1.0.0', '--from', 'shop.tar') },
  { why: 'a remote that is configured, and left out', args: verify(), env: { SQUIZZLE_REGISTRY: 'registry.invalid' } },
])('allows what is vouched for: $why', async ({ args, env = {} }) => {
  const { stdout } = await runner.expectExit(0, args, { env: { ...POISON, ...env } });
  expect(stdout).toContain('policy of production: signed by ci');
});

it('refuses what is not, for that reason', async () => {
  const args = verify('--policy', 'other.yaml', '--json');
  const failure = failureOf(
    await runner.expectExit(4, args, { env: { ...POISON, SQUIZZLE_REGISTRY: 'registry.invalid' } }),
  );
  expect(failure.code).toBe('ATTESTATION_MISSING');
});

it.each([
  { why: 'a registry', args: verify('--from', 'registry.invalid/acme/db') },
  { why: 'a store that is a registry', args: verify(), env: { SQUIZZLE_STORE: 'registry.invalid/acme/db' } },
  {
    why: 'a database that is a server',
    args: verify('--ledger'),
    env: { SQUIZZLE_DATABASE_URL: 'postgres://db.invalid/shop' },
  },
])('refuses, and does not try, $why', async ({ args, env = {} }) => {
  const failure = failureOf(await runner.expectExit(2, [...args, '--json'], { env: { ...POISON, ...env } }));
  expect(failure.code).toBe('USAGE_INVALID');
});

it('is poisoned indeed: who uses the network is found out', async () => {
  const online = ['verify', '2.0.0', '-e', 'production'];
  const { stderr } = await runner.expectExit(POISONED, online, {
    env: { ...POISON, SQUIZZLE_REGISTRY: 'registry.invalid' },
  });
  expect(stderr).toContain('POISONED: ');
});
