/**
 * What pipelines do, each job on a machine that has nothing but the checkout: build, push, and, where production is,
 * apply straight from the registry.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { appliedVersions, isWhole, readHistory } from '../support/ledger.ts';
import { startRegistry, type RegistryProcess } from '../support/registry.ts';
import { createDatabase, newest, query } from '../support/servers.ts';
import { createRunner, failureOf, type Runner } from './support/runner.ts';
import { freeHost, rawRepository, variablesOf } from './support/registries.ts';
import { passwordFile } from './support/password-file.ts';

const FIRST = { 'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n' };
const SECOND = { 'db/migrations/0002_orders.sql': 'CREATE TABLE orders (id int);\n' };

interface Listed {
  readonly releases: readonly {
    readonly version: string;
    readonly digest: string;
    readonly revision: string | null;
    readonly tags: readonly string[];
    readonly local?: boolean;
  }[];
}
interface Built {
  readonly outcome: string;
  readonly release: { readonly version: string; readonly digest: string };
  readonly pushed: { readonly to: string; readonly tags: readonly string[] } | null;
}
interface Copied {
  readonly outcome: string;
  readonly version: string;
  readonly digest: string;
  readonly tags: readonly string[];
}

const cleanup = createCleanup();
let registry: RegistryProcess;
let unchanging: RegistryProcess;
let repositories = 0;

beforeAll(async () => {
  const htpasswd = cleanup.add(await passwordFile(), ({ remove }) => remove()).path;
  const args = ['--auth', 'basic', '--htpasswd', htpasswd];
  const start = async (...more: string[]) =>
    cleanup.add(await startRegistry({ args: [...args, ...more] }), (each) => each[Symbol.asyncDispose]());
  [registry, unchanging] = await Promise.all([start(), start('--no-delete')]);
});
afterAll(cleanup.run);

/** A checkout, and a repository of its own that the variables name. */
async function pipeline(host = registry.host): Promise<{ runner: Runner; repository: string }> {
  const repository = `acme/shop-${(repositories += 1)}/migrations`;
  const runner = cleanup.add(await createRunner(variablesOf(host, repository)), ({ remove }) => remove());
  return { runner, repository };
}
const cloneOf = async (runner: Runner, env?: Readonly<Record<string, string>>) =>
  cleanup.add(await runner.clone(env), ({ remove }) => remove());

async function published(): Promise<{ runner: Runner; repository: string; digests: readonly string[] }> {
  const { runner, repository } = await pipeline();
  const digests: string[] = [];
  for (const files of [FIRST, SECOND]) {
    await runner.commit(files);
    digests.push((await runner.json<Built>(['build', '--push'])).release.digest);
  }
  return { runner, repository, digests };
}

describe('GitHub Actions and GitLab CI', () => {
  it.each([
    { why: 'as it is named', change: (repository: string) => repository },
    { why: 'with the capitals of an organisation', change: (repository: string) => repository.replace('acme', 'ACME') },
  ])('build and push a commit with four variables and no other setting, the repository $why', async ({ change }) => {
    const { runner, repository } = await pipeline();
    runner.env['SQUIZZLE_REPOSITORY'] = change(repository);
    const commit = await runner.commit(FIRST);
    await runner.expectExit(0, ['build', commit]);
    expect(await rawRepository(registry.host, repository).tags()).toEqual([]);
    const pushed = await runner.json<Copied>(['push', commit]);
    expect(pushed).toMatchObject({ outcome: 'copied', version: '1.0.0', tags: ['v1.0.0', 'v1.0', 'v1', 'latest'] });
    const there = rawRepository(registry.host, repository);
    expect(await there.tags()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
    for (const tag of await there.tags()) expect(await there.digestOf(tag)).toBe(pushed.digest);
    expect(await runner.json<Copied>(['push', commit])).toMatchObject({ outcome: 'already-there' });
  });

  it('a job that runs again on a machine without the release says that it is there', async () => {
    const { runner } = await pipeline();
    const commit = await runner.commit(FIRST);
    const { release } = await runner.json<Built>(['build', commit, '--push']);
    const other = await cloneOf(runner);
    expect(await other.json<Built>(['build', commit])).toMatchObject({ outcome: 'already-built', release });
    expect(await other.json<Copied>(['push', commit])).toMatchObject({ outcome: 'already-there', version: '1.0.0' });
  });

  it('the next commit on a fresh machine is the next version, and its chain is whole', async () => {
    const { runner, repository } = await pipeline();
    const first = await runner.commit(FIRST);
    await runner.expectExit(0, ['build', first]);
    await runner.expectExit(0, ['push', first]);
    const other = await cloneOf(runner);
    const second = await other.commit(SECOND);
    expect(await other.json<Built>(['build', second])).toMatchObject({ release: { version: '1.0.1' } });
    await other.expectExit(0, ['push', second]);
    expect((await other.json<Listed>(['list', '--registry'])).releases).toMatchObject([
      { version: '1.0.0', revision: first, tags: [], local: true },
      { version: '1.0.1', revision: second, tags: ['latest', 'v1', 'v1.0'], local: true },
    ]);
    const third = await cloneOf(other);
    const verified = await third.expectExit(0, ['verify', '1.0.1', '--from', `${registry.host}/${repository}`]);
    expect(verified.stdout).toContain('its chain of 2 releases is what was published before');
  });

  it('build --push publishes, and a machine that lost the race for a version says what it lacks', async () => {
    const { runner, repository } = await pipeline();
    await runner.commit(FIRST);
    const first = await runner.json<Built>(['build', '--push']);
    expect(first).toMatchObject({ outcome: 'built', release: { version: '1.0.0' } });
    const machines = await Promise.all([cloneOf(runner), cloneOf(runner)]);
    const names = ['a', 'b'].map((name) => `db/migrations/0002_${name}.sql`);
    for (const [at, each] of machines.entries()) await each.commit({ [names[at] ?? '']: `SELECT ${at};\n` });
    const ended = await Promise.all(machines.map((each) => each.run(['build', '--push', '--json'])));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 5]);
    const winner = ended.findIndex(({ code }) => code === 0);
    const built = JSON.parse(ended[winner]?.stdout ?? '') as Built;
    expect(built.release.version).toBe('1.0.1');
    const there = rawRepository(registry.host, repository);
    expect(await there.digestOf('latest')).toBe(built.release.digest);
    const loser = machines[1 - winner] ?? expect.fail('one of two lost');
    // What the other one released is not in this checkout: a release without it would take it back.
    expect(failureOf(ended[1 - winner] ?? expect.fail('it ended'))).toMatchObject({ code: 'HISTORY_REWRITTEN' });
    await loser.commit({ [names[winner] ?? '']: `SELECT ${winner};\n` });
    const next = await loser.json<Built>(['build', '--push']);
    expect(next).toMatchObject({ outcome: 'built', release: { version: '1.0.2' } });
    expect(await there.digestOf('latest')).toBe(next.release.digest);
  });

  it('a wrong password ends the job with 7, and says which variable it came from', async () => {
    const { runner } = await pipeline();
    await runner.commit(FIRST);
    await runner.expectExit(0, ['build', '--offline']);
    const env = { SQUIZZLE_PASSWORD: 'not-the-password' };
    const refused = await runner.expectExit(7, ['push'], { env });
    expect(refused.stderr).toContain('error[AUTH_REQUIRED]');
    expect(refused.stderr).toContain('SQUIZZLE_PASSWORD');
    expect(refused.stderr).not.toContain('not-the-password');
  });
});

describe.skipIf(newest.url === null)(
  `production on PostgreSQL ${newest.version} (${newest.missing ?? 'real server'})`,
  () => {
    it('plans, verifies, applies and tells the state without a store of its own', async () => {
      const { runner, digests } = await published();
      const url = await createDatabase(newest);
      const production = await cloneOf(runner, { DB_URL: url, SQUIZZLE_ENV: 'production' });
      await production.expectExit(8, ['plan', '1.0.0', '--exit-code']);
      await production.expectExit(0, ['verify', '1.0.0']);
      await production.expectExit(0, ['apply', '1.0.0']);
      const pending = await production.expectExit(8, ['status', '--exit-code']);
      expect(pending.stdout).toMatch(/1\.0\.0\s+applied[\s\S]*1\.0\.1\s+pending/);
      await production.expectExit(0, ['apply']);
      await production.expectExit(0, ['status', '--exit-code']);
      expect((await production.json<Listed>(['list', '--applied'])).releases).toMatchObject([
        { version: '1.0.0', digest: digests[0] },
        { version: '1.0.1', digest: digests[1] },
      ]);
      await production.expectExit(0, ['verify', '--ledger']);
      const history = await readHistory(url);
      expect({ versions: appliedVersions(history), whole: isWhole(history) }).toEqual({
        versions: ['1.0.0', '1.0.1'],
        whole: true,
      });
      expect(await query(url, `SELECT to_regclass('orders')::text AS name`)).toEqual([{ name: 'orders' }]);
    });

    it('carries releases over in a file to where no registry is reached, and takes none that was changed', async () => {
      const { runner, digests } = await published();
      const file = join(runner.root, 'shop.tar');
      await runner.expectExit(0, ['export', '1.0.0', '1.0.1', '--output', file]);
      const url = await createDatabase(newest);
      const island = await cloneOf(runner, {
        DB_URL: url,
        SQUIZZLE_ENV: 'production',
        SQUIZZLE_REGISTRY: await freeHost(),
      });
      const bytes = await readFile(file);
      const at = bytes.indexOf('"1.0.0"'); // a version in a manifest
      bytes[at + 1] = '2'.charCodeAt(0);
      await writeFile(join(island.root, 'changed.tar'), bytes);
      await island.expectExit(4, ['import', join(island.root, 'changed.tar')]);
      expect((await island.json<Listed>(['list', '--local'])).releases).toEqual([]);

      await cp(file, join(island.root, 'shop.tar'));
      const { releases } = await island.json<{ releases: readonly Copied[] }>(['import', '../shop.tar']);
      expect(releases).toMatchObject([
        { version: '1.0.0', digest: digests[0], outcome: 'copied' },
        { version: '1.0.1', digest: digests[1], outcome: 'copied' },
      ]);
      await island.expectExit(0, ['apply', '1.0.1', '--offline']);
      expect(appliedVersions(await readHistory(url))).toEqual(['1.0.0', '1.0.1']);
      expect(failureOf(await island.expectExit(7, ['apply', '--json']))).toMatchObject({ code: 'UNREACHABLE' });
    });
  },
);

describe('tags and deletion', () => {
  it('gives a release a name, and takes a release away with what named it', async () => {
    const { runner, repository, digests } = await published();
    const there = rawRepository(registry.host, repository);
    await runner.expectExit(0, ['tag', '1.0.0', 'stable']);
    await runner.expectExit(0, ['tag', '1.0.1', 'stable']);
    expect(await there.digestOf('stable')).toBe(digests[1]);
    for (const name of ['v9.9.9', 'latest', 'v1']) await runner.expectExit(2, ['tag', '1.0.0', name]);

    const asked = await runner.expectExit(2, ['delete', '1.0.1', '--registry', '--all-tags']);
    expect(asked.stderr).toContain('--yes');
    expect(failureOf(await runner.expectExit(2, ['delete', '1.0.1', '--registry', '--yes', '--json']))).toMatchObject({
      details: { argument: '--all-tags' },
    });
    await runner.expectExit(0, ['delete', '1.0.1', '--registry', '--yes', '--all-tags']);
    expect(await there.tags()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
    for (const tag of await there.tags()) expect(await there.digestOf(tag)).toBe(digests[0]);
    expect(await there.digestOf(digests[1] ?? '')).toBeUndefined();
    expect((await runner.json<Listed>(['list', '--local'])).releases).toHaveLength(2);
    expect((await runner.json<Listed>(['list', '--registry'])).releases).toHaveLength(1);
  });

  it('where the registry deletes nothing it says what to switch on, and everything is still there', async () => {
    const { runner, repository } = await pipeline(unchanging.host);
    await runner.commit(FIRST);
    await runner.expectExit(0, ['build', '--push']);
    const refused = await runner.expectExit(7, ['delete', '1.0.0', '--registry', '--yes', '--json']);
    expect(failureOf(refused)).toMatchObject({
      code: 'UNSUPPORTED',
      details: { hint: expect.stringContaining('delet') as string },
    });
    expect(await rawRepository(unchanging.host, repository).tags()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
  });
});
