import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerEvent } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, withoutDigests, type Cli } from '../../test/cli-fixture.ts';

async function createApplied(): Promise<Cli> {
  const cli = await createCli(SHOP);
  await cli.json('build');
  await cli.json('apply');
  return cli;
}

/** Times and durations as a test can expect them. */
function settled<T>(value: T): T {
  const text = JSON.stringify(withoutDigests(value))
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, '<time>')
    .replaceAll(/ +TOOK/g, '  TOOK')
    .replaceAll(/ +\d+ ms/g, '  <n> ms')
    .replaceAll(/"durationMs":\d+/g, '"durationMs":0')
    .replaceAll(/squizzle \d\S* \(run [0-9a-f]{8}\)/g, 'squizzle <version> (run <id>)');
  return JSON.parse(text) as T;
}

describe('status', () => {
  it('shows what is applied and what is pending', async () => {
    const cli = await createApplied();
    await cli.write(ORDERS);
    await cli.json('build');
    const { stdout, stderr } = await cli.squizzle('status');
    expect(settled(stdout)).toMatchInlineSnapshot(`
      "development (memory) is at 1.0.0

      VERSION  STATE    FILES  APPLIED               DIGEST
      1.0.0    applied      1  <time>  sha256:<short>
      1.0.1    pending      1  -                     sha256:<short>

      1 release pending; 'squizzle apply' brings it
      "
    `);
    expect(stderr).toContain('an embedded database is for development only');
  });

  it('prints JSON', async () => {
    expect(settled(await (await createApplied()).json('status'))).toMatchInlineSnapshot(`
      {
        "current": "1.0.0",
        "database": "memory",
        "digest": "sha256:<hash>",
        "diverged": false,
        "embedded": true,
        "environment": "development",
        "initialized": true,
        "pending": 0,
        "release": {
          "digest": "sha256:<hash>",
          "version": "1.0.0",
        },
        "releases": [
          {
            "appliedAt": "<time>",
            "digest": "sha256:<hash>",
            "state": "applied",
            "steps": 1,
            "version": "1.0.0",
          },
        ],
        "schemaDigest": "sha256:<hash>",
        "unfinished": null,
      }
    `);
  });

  it('is a beginning where there is neither store nor ledger', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.json('status')).toMatchObject({ current: null, initialized: false, release: null, pending: 0 });
    expect((await cli.squizzle('status -q')).stdout).toBe('development (memory) has no release yet\n');
    expect(await cli.failure('status 1.0.0')).toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('says nothing of development for a server', async () => {
    const cli = await createApplied();
    const { stderr } = await cli.squizzle('status', { env: { SQUIZZLE_DATABASE_URL: 'postgres://db/shop' } });
    expect(stderr).toBe('');
  });

  it('says that releases differ from the store’s', async () => {
    const cli = await createApplied();
    const other = { env: { SQUIZZLE_STORE: '/other' } };
    await rm(join(cli.folder, 'squizzle.lock'));
    await cli.json('build --notes other', other);
    expect(await cli.json('status', other)).toMatchObject({ diverged: true, releases: [{ state: 'diverged' }] });
    expect((await cli.squizzle('status', other)).stdout).toContain(
      "the database has releases that differ from the store's",
    );
  });

  it('says that a release was interrupted, and what goes on with it', async () => {
    const cli = await createApplied();
    await cli.write({ 'db/migrations/0002_vacuum.sql': 'CREATE TABLE t (id int);\nVACUUM t;\nFAIL 57014;\n' });
    await cli.json('build');
    expect((await cli.squizzle('apply')).exitCode).toBe(6);
    expect(await cli.json('status')).toMatchObject({ unfinished: { version: '1.0.1', direction: 'up' } });
    expect((await cli.squizzle('status')).stdout).toContain("1.0.1 was interrupted; 'squizzle apply' goes on with it");
  });

  it('is no reason to roll back the release before it, unless that is named', async () => {
    const cli = await createApplied();
    await cli.write({ 'db/migrations/0002_fails.sql': 'FAIL 57014;\nVACUUM;\n' });
    await cli.json('build');
    expect((await cli.squizzle('apply')).exitCode).toBe(6);
    expect(await cli.failure('rollback')).toMatchObject({
      code: 'RELEASE_UNFINISHED',
      message: expect.stringMatching(/squizzle rollback --all --env development$/) as unknown,
    });
    expect(await cli.json('status')).toMatchObject({ current: '1.0.0' });
    await cli.json('rollback --all');
    expect(await cli.json('status')).toMatchObject({ current: null, unfinished: null });
  });

  it('colours states on a terminal, and only there', async () => {
    const cli = await createApplied();
    expect((await cli.squizzle('status', { isTTY: true })).stdout).toContain('\u001b[32mapplied');
    expect((await cli.squizzle('status --no-color', { isTTY: true })).stdout).not.toContain('\u001b');
    expect((await cli.squizzle('status', { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
    expect((await cli.squizzle('status', { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[32m');
  });
});

describe('history', () => {
  it('shows events, newest first', async () => {
    const cli = await createApplied();
    await cli.json('rollback');
    const { stdout } = await cli.squizzle('history');
    expect(settled(stdout)).toMatchInlineSnapshot(`
      "#  WHEN                  EVENT     VERSION  TOOK  BY             DIGEST               DETAILS
      2  <time>  reverted  1.0.0  <n> ms  tester@laptop  sha256:<short>  unsigned: local development
      1  <time>  applied   1.0.0  <n> ms  tester@laptop  sha256:<short>  unsigned: local development
      "
    `);
    const limited = await cli.squizzle('history --limit 1');
    expect(limited.stdout.split('\n')).toHaveLength(3);
    expect(limited.stderr).toBe('1 of 2 events; --limit 0 shows all\n');
  });

  it('shows what a person took as done', async () => {
    const cli = await createApplied();
    const index = 'CREATE INDEX CONCURRENTLY i ON t (id);\n';
    await cli.write({ 'db/migrations/0002_index.sql': `CREATE TABLE t (id int);\n${index}${index}` });
    await cli.json('build');
    expect((await cli.squizzle('apply')).stderr).toContain("'--interrupted skip' takes the statement as done");
    await cli.json('apply --interrupted skip');
    expect((await cli.squizzle('history')).stdout).toContain(
      'taken as done, not run: migrations/0002_index.sql:3; unsigned: local development\n',
    );
    expect((await cli.squizzle('doctor')).stdout).toContain('migrations/0002_index.sql:3 was not run');
  });

  it('prints JSON', async () => {
    expect(settled(await (await createApplied()).json('history --limit 0'))).toMatchInlineSnapshot(`
      {
        "database": "memory",
        "environment": "development",
        "events": [
          {
            "actor": "tester@laptop",
            "artifactDigest": "sha256:<hash>",
            "checksum": "<hash>",
            "client": "squizzle <version> (run <id>)",
            "details": {
              "direction": "up",
              "name": "shop",
              "server": "18.0",
              "steps": 1,
              "unsignedReason": "local development",
            },
            "durationMs": 0,
            "environment": "development",
            "event": "applied",
            "finishedAt": "<time>",
            "hash": "<hash>",
            "previousHash": null,
            "schemaDigest": "sha256:<hash>",
            "seq": 1,
            "signer": null,
            "startedAt": "<time>",
            "version": "1.0.0",
          },
        ],
        "total": 1,
      }
    `);
  });

  it('shows failures with their place', async () => {
    const cli = await createCli({ ...SHOP, 'db/migrations/0002_bad.sql': 'FAIL 23505;\n' });
    await cli.json('build');
    await cli.squizzle('apply');
    expect((await cli.squizzle('history')).stdout).toContain('STEP_FAILED at migrations/0002_bad.sql:1');
  });

  it('says so when there is none', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.squizzle('history')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'development (memory) has no history yet\n',
    });
  });

  it.each(['-1', '1.5', 'all'])('refuses --limit %s', async (limit) => {
    expect(await (await createCli(SHOP)).failure(`history --limit=${limit}`)).toMatchObject({ exitCode: 2 });
  });
});

describe('verify', () => {
  it('says what it checked', async () => {
    const cli = await createApplied();
    expect(withoutDigests((await cli.squizzle('verify --ledger')).stdout)).toMatchInlineSnapshot(`
      "ok  manifest and config of shop 1.0.0 match sha256:<hash>
      ok  its chain of 1 release is what was published before
      ok  1 layer with 2 files (47 bytes) match their digests and checksums
      ok  policy of development: unsigned releases are allowed: local development
      ok  ledger of memory: 1 event, hash chain whole
      "
    `);
    expect(withoutDigests(await cli.json('verify --ledger'))).toMatchInlineSnapshot(`
      {
        "digest": "sha256:<hash>",
        "layers": [
          {
            "bytes": 47,
            "checksum": "<hash>",
            "files": 2,
            "version": "1.0.0",
          },
        ],
        "ledger": {
          "database": "memory",
          "events": 1,
          "head": "<hash>",
        },
        "name": "shop",
        "policy": {
          "attestations": [],
          "environment": "development",
          "explanation": null,
          "policyDigest": null,
          "signer": null,
          "unsignedReason": "local development",
        },
        "version": "1.0.0",
      }
    `);
    expect(await cli.json('verify')).toMatchObject({ ledger: null });
  });

  it('finds a ledger that was edited', async () => {
    const cli = await createApplied();
    const events = [...cli.databases.values()][0]?.state.events as LedgerEvent[];
    events.push({ ...(events.pop() as LedgerEvent), actor: 'nobody' });
    expect(await cli.failure('verify --ledger')).toMatchObject({ exitCode: 4, code: 'LEDGER_INVALID' });
    expect(await cli.json('verify')).toMatchObject({ version: '1.0.0' });
  });

  it('finds a layer that is not what its digest says', async () => {
    const cli = await createApplied();
    const [store] = [...cli.stores.values()];
    if (store === undefined) throw new TypeError('no store');
    const rotten = {
      ...store,
      fetch: (...args: Parameters<typeof store.fetch>) => rot(store.fetch(...args), args[0].mediaType),
    };
    const failure = await cli.failure('verify', { adapters: { openStore: async () => rotten } });
    expect(failure.exitCode).toBe(4);
    expect(['DIGEST_MISMATCH', 'ARTIFACT_INVALID']).toContain(failure.code);
  });

  it('asks the policy', async () => {
    const cli = await createApplied();
    expect(await cli.failure('verify -e staging')).toMatchObject({
      exitCode: 4,
      code: 'POLICY_MISSING',
      details: { environment: 'staging' },
    });
    expect(await cli.failure('verify -e production')).toMatchObject({ exitCode: 4, code: 'SIGNATURE_MISSING' });
  });
});

async function* rot(source: AsyncIterable<Uint8Array>, mediaType: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of source)
    yield mediaType.includes('layer') ? chunk.map((byte, at) => (at === 20 ? byte ^ 1 : byte)) : chunk;
}
