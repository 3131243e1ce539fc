/**
 * Signing without a key, from a pipeline to a database: a Sigstore over HTTP, the registry of this repository, two
 * machines, a person who approves, and whoever is not meant.
 */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  emailClaims,
  githubClaims,
  startLocalSigstore,
  type LocalSigstore,
} from '../../packages/security/test/local-sigstore/local-sigstore.ts';
import { failureOf, type Runner } from '../oci/support/runner.ts';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { startRegistry, type RegistryProcess } from '../support/registry.ts';
import { createSignedRunner, DBA, jobOf, WARM, WORKFLOW } from './support/signed-runner.ts';

const cleanup = createCleanup();
let sigstore: LocalSigstore;
let registry: RegistryProcess;

beforeAll(async () => {
  sigstore = cleanup.add(await startLocalSigstore(), ({ close }) => close());
  registry = cleanup.add(await startRegistry(), (each) => each[Symbol.asyncDispose]());
});
afterAll(cleanup.run);

async function machine(
  repository: string,
  rekor: 1 | 2 = 2,
): Promise<{ readonly runner: Runner; readonly commit: string }> {
  const env = { SQUIZZLE_REGISTRY: registry.host, SQUIZZLE_REPOSITORY: repository };
  const made = await createSignedRunner(sigstore, { rekor, env });
  cleanup.add(made.runner, ({ remove }) => remove());
  return made;
}

/** The file with the token of somebody who signed in elsewhere. */
async function tokenFile(runner: Runner, who: ReturnType<typeof emailClaims>): Promise<string> {
  const before = githubClaims();
  sigstore.setClaims(who);
  const token = await sigstore.mint('sigstore');
  sigstore.setClaims(before);
  const path = join(runner.root, 'token');
  await writeFile(path, token);
  return path;
}

describe('from the pipeline to the database', () => {
  const repository = 'acme/shop';
  let ci: Runner;
  let commit: string;

  beforeAll(async () => {
    ({ runner: ci, commit } = await machine(repository));
  });

  it('the pipeline builds, signs, pushes and says how it built', async () => {
    const job = { env: jobOf(sigstore) };
    const built = await ci.json<Record<string, unknown>>(['build', commit, '--sign', '--push'], job);
    expect(built).toMatchObject({
      outcome: 'built',
      signature: { signer: 'GitHub Actions', stores: [`registry ${registry.host}/${repository}`, expect.any(String)] },
    });
    expect(await ci.json(['attest', commit, '--type', 'provenance'], job)).toMatchObject({
      predicate: {
        buildDefinition: { externalParameters: { workflow: { repository: 'https://github.com/acme/db' } } },
      },
    });
  });

  it('nothing runs before somebody else has approved it', async () => {
    const job = { env: jobOf(sigstore) };
    expect(failureOf(await ci.expectExit(4, ['verify', '-e', 'production', '--json']))).toMatchObject({
      code: 'ATTESTATION_MISSING',
    });
    await ci.expectExit(0, ['approve', commit, '-e', 'production', '--reason', 'my own work'], job);
    expect(failureOf(await ci.expectExit(4, ['apply', '-e', 'production', '--json']))).toMatchObject({
      code: 'ATTESTATION_REFUSED',
    });
  });

  it('a fresh machine verifies and applies it once it was approved, and the ledger says by whose word', async () => {
    const token = await tokenFile(ci, emailClaims(DBA));
    await ci.expectExit(0, [
      'approve',
      commit,
      '-e',
      'production',
      '--reason',
      'reviewed',
      '--identity-token-file',
      token,
    ]);
    const production = cleanup.add(await ci.clone(WARM), ({ remove }) => remove());
    const { stdout } = await production.expectExit(0, ['verify', commit, '-e', 'production', '--explain']);
    expect(stdout).toContain(`signed by ci: ${WORKFLOW} (${sigstore.url})`);
    expect(stdout).toContain('https://squizzle.dev/attestations/approval/v1 by dba');
    expect(stdout.trimEnd()).toMatch(/\nallowed$/);
    await production.expectExit(0, ['apply', commit, '-e', 'production']);
    const { events } = await production.json<{ events: readonly Record<string, unknown>[] }>([
      'history',
      '-e',
      'production',
    ]);
    expect(events).toMatchObject([
      {
        event: 'applied',
        signer: { ci: `${WORKFLOW} (${sigstore.url})` },
        details: { policyDigest: expect.stringMatching(/^sha256:/) as unknown },
      },
    ]);
    const receipt = await production.json<{ predicate: unknown }>(
      ['attest', commit, '--type', 'apply', '-e', 'production'],
      {
        env: jobOf(sigstore),
      },
    );
    expect(receipt.predicate).toMatchObject({ environment: 'production', release: '1.0.0' });
  });
});

it('Rekor 1 is a log as good as Rekor 2', async () => {
  const { runner, commit } = await machine('acme/rekor-1', 1);
  await runner.expectExit(0, ['build', commit, '--sign'], { env: jobOf(sigstore) });
  expect(await runner.json(['verify', '-e', 'staging', '--offline'])).toMatchObject({
    policy: { signer: { ci: `${WORKFLOW} (${sigstore.url})` } },
  });
});

it('a workflow that is not meant signs validly, and is told apart', async () => {
  const { runner, commit } = await machine('acme/foreign');
  sigstore.setClaims(githubClaims({ repository: 'mallory/db', repositoryId: '666' }));
  try {
    await runner.expectExit(0, ['build', commit, '--sign', '--push'], { env: jobOf(sigstore) });
  } finally {
    sigstore.setClaims(githubClaims());
  }
  const failure = failureOf(await runner.expectExit(4, ['verify', '-e', 'production', '--json']));
  expect(failure).toMatchObject({ code: 'SIGNATURE_REFUSED' });
  expect(JSON.stringify(failure.details)).toContain('https://github.com/mallory/db/.github/workflows/release.yml');
});

it('a Sigstore that fails leaves the release published and says what is left to do', async () => {
  const { runner, commit } = await machine('acme/failing');
  sigstore.setFaults({ rekor: 503 });
  const failure = failureOf(
    await runner.expectExit(7, ['build', commit, '--sign', '--push', '--json'], { env: jobOf(sigstore) }),
  );
  sigstore.setFaults({});
  expect(failure.code).toBe('SIGNING_FAILED');
  expect(failure.message).toContain("1.0.0 is published, and not signed yet: 'squizzle sign 1.0.0' does what is left");
  await runner.expectExit(0, ['sign', '1.0.0'], { env: jobOf(sigstore) });
  expect(failureOf(await runner.expectExit(4, ['verify', '-e', 'production', '--json']))).toMatchObject({
    code: 'ATTESTATION_MISSING',
  });
});

it('a trusted root comes by TUF, and its digest is what is printed to be pinned', async () => {
  const { runner } = await machine('acme/tuf');
  await runner.write({ 'tuf-root.json': sigstore.tufRootJson });
  const args = ['trust', 'fetch', '--mirror', sigstore.urls.tuf, '--root', 'tuf-root.json', '-o', 'fetched.json'];
  const fetched = await runner.json<{ sha256: string }>(args);
  const shown = await runner.json<{ roots: readonly unknown[] }>(['trust', 'show']);
  expect(shown.roots).toContainEqual(expect.objectContaining({ name: 'corp', digest: `sha256:${fetched.sha256}` }));
});
