import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, withoutDigests, type Cli } from '../../test/cli-fixture.ts';

const EPOCH = { SOURCE_DATE_EPOCH: '1767323045' };

async function commitAll({ folder }: Cli, message = 'a commit'): Promise<string> {
  const identity = ['-c', 'user.name=Anna', '-c', 'user.email=anna@acme.test', '-c', 'commit.gpgsign=false'];
  const env = { ...process.env, GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z', GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: folder, env })).stdout.trim();
  await git('init', '-q');
  await git('add', '-A');
  await git(...identity, 'commit', '-q', '--allow-empty', '-m', message);
  return git('rev-parse', 'HEAD');
}

describe('build', () => {
  it('makes 1.0.0 first, of every file, and says what is in it', async () => {
    const cli = await createCli(SHOP);
    const { exitCode, stdout } = await cli.squizzle('build --notes first', { env: EPOCH });
    expect(exitCode).toBe(0);
    expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
      "built shop 1.0.0: 1 file, 1 with rollback, 47 bytes
      sha256:<hash>

      FILE                       KIND       TRANSACTION  ROLLBACK  HAZARDS
      migrations/0001_users.sql  migration  yes          yes       -
      "
    `);
  });

  it('prints the release as JSON', async () => {
    const cli = await createCli(SHOP);
    expect(withoutDigests(await cli.json('build', { env: EPOCH }))).toMatchInlineSnapshot(`
      {
        "outcome": "built",
        "pushed": null,
        "release": {
          "author": null,
          "checksum": "<hash>",
          "created": "2026-01-02T03:04:05Z",
          "digest": "sha256:<hash>",
          "name": "shop",
          "notes": "",
          "previous": null,
          "requires": {
            "extensions": [],
            "postgres": null,
          },
          "revision": null,
          "schemaDigest": null,
          "source": null,
          "steps": [
            {
              "checksum": "<hash>",
              "environment": null,
              "hazards": [],
              "irreversible": false,
              "kind": "migration",
              "path": "migrations/0001_users.sql",
              "rollback": "rollback/migrations/0001_users.sql",
              "sizeBytes": 29,
              "transaction": true,
            },
          ],
          "version": "1.0.0",
        },
        "signature": null,
        "tags": [
          "v1.0.0",
          "v1.0",
          "v1",
          "latest",
        ],
      }
    `);
  });

  it.each([
    { args: 'build', version: '1.0.1', why: 'a patch unless told otherwise' },
    { args: 'build --bump minor', version: '1.1.0', why: 'the part that is asked for' },
    { args: 'build --bump major', version: '2.0.0', why: 'the part that is asked for' },
    { args: 'build 3.0.0-rc.1', version: '3.0.0-rc.1', why: 'the version that is given' },
    { args: 'build v1.4.0', version: '1.4.0', why: 'with the v of a tag' },
    { args: 'build abcdef1', version: '1.0.1', why: 'a commit makes the next version' },
  ])('$args after 1.0.0 makes $version: $why', async ({ args, version }) => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.write(ORDERS);
    expect(await cli.json(args)).toMatchObject({
      outcome: 'built',
      release: { version, previous: { version: '1.0.0' } },
    });
  });

  it.each([
    { args: 'build', code: 'NOTHING_TO_RELEASE', why: 'nothing is new, and no commit says it is the same' },
    { args: 'build 0.9.0', code: 'VERSION_INVALID', why: 'not after the last', files: ORDERS },
    { args: 'build 1.0.0', code: 'TAG_IMMUTABLE', why: 'the version holds other files', files: ORDERS },
    { args: 'build 1.0.0 --dry-run', code: 'TAG_IMMUTABLE', why: 'a dry run says so too', files: ORDERS },
    { args: 'build nonsense', code: 'USAGE_INVALID', why: 'neither version nor commit' },
    { args: 'build 2.0.0 --bump minor', code: 'USAGE_INVALID', why: 'two answers to one question' },
    { args: 'build --bump huge', code: 'USAGE_INVALID', why: 'no such part' },
    { args: 'build --after 7.0.0', code: 'ARTIFACT_NOT_FOUND', why: 'no such predecessor' },
  ])('$args is $code: $why', async ({ args, code, files }) => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.write(files ?? {});
    expect(await cli.failure(args)).toMatchObject({ code });
  });

  it('says that a version is already built when its files are the same', async () => {
    const cli = await createCli(SHOP);
    const first = await cli.json('build');
    expect(await cli.json('build 1.0.0')).toMatchObject({ outcome: 'already-built', release: first['release'] });
    await cli.write(ORDERS);
    await cli.json('build 1.1.0');
    const again = await cli.squizzle('build 1.1.0');
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.1\.0 is already built: sha256:/) as string,
    });
  });

  it.each([
    { why: 'a check', changed: '-- +check\nSELECT false;\n-- +up\nCREATE TABLE t (id int);\n' },
    { why: 'a verify', changed: '-- +up\nCREATE TABLE t (id int);\n-- +verify\nSELECT true;\n' },
  ])('does not take a release for the same where $why changed alone', async ({ changed }) => {
    const path = 'db/migrations/0001_t.sql';
    const text = '-- +check\nSELECT true;\n-- +up\nCREATE TABLE t (id int);\n';
    const cli = await createCli({ 'squizzle.yaml': SHOP['squizzle.yaml'], [path]: text });
    await cli.json('build 1.0.0');
    expect(await cli.json('build 1.0.0')).toMatchObject({ outcome: 'already-built' });
    await cli.write({ [path]: changed });
    for (const args of ['build 1.0.0', 'build 1.0.0 --dry-run']) {
      expect(await cli.failure(args)).toMatchObject({ exitCode: 5, code: 'TAG_IMMUTABLE' });
    }
  });

  it('keeps nothing on a dry run', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.json('build --dry-run')).toMatchObject({ outcome: 'dry-run', tags: [] });
    expect((await cli.squizzle('build --dry-run')).stdout).toMatch(/^would build shop 1\.0\.0/);
    expect(await cli.json('list')).toMatchObject({ releases: [] });
  });

  it('refuses a released file that changed, naming it', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.write({ 'db/migrations/0001_users.sql': 'CREATE TABLE people (id int);\n' });
    const failure = await cli.failure('build');
    expect(failure).toMatchObject({ exitCode: 5, code: 'HISTORY_REWRITTEN' });
    expect(failure.message).toContain('db/migrations/0001_users.sql');
  });

  it('builds upon another predecessor, to replace a release that never ran', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.write({ 'db/migrations/0002_wrong.sql': 'CREATE TABLE wrong (id int);\n' });
    await cli.json('build');
    await cli.write({ 'db/migrations/0002_wrong.sql': 'CREATE TABLE right (id int);\n' });
    expect(await cli.json('build --after 1.0.0')).toMatchObject({
      release: { version: '1.0.2', previous: { version: '1.0.0' } },
    });
  });

  it('warns of hazards by the names the files have in the project', async () => {
    const cli = await createCli({ ...SHOP, 'db/migrations/0002_path.sql': 'SET search_path = shop;\n' });
    const { stderr } = await cli.squizzle('build');
    expect(stderr).toBe('warning: db/migrations/0002_path.sql: session-settings\n');
    expect((await cli.squizzle('build --dry-run -q')).stderr).not.toContain('warning');
  });

  it('needs a folder of migrations with something in it', async () => {
    const cli = await createCli({ 'squizzle.yaml': SHOP['squizzle.yaml'] });
    expect(await cli.failure('build')).toMatchObject({ exitCode: 3, code: 'SOURCE_NOT_FOUND' });
    await cli.write({ 'db/migrations/.gitkeep': '' });
    expect(await cli.failure('build')).toMatchObject({ exitCode: 2, code: 'NOTHING_TO_RELEASE' });
  });

  it.each(['soon', '1.5', '-1', '999999999999999'])('refuses SOURCE_DATE_EPOCH=%s', async (epoch) => {
    const cli = await createCli(SHOP);
    expect(await cli.failure('build', { env: { SOURCE_DATE_EPOCH: epoch } })).toMatchObject({ code: 'USAGE_INVALID' });
  });
});

describe('build in a git repository', () => {
  it('records commit, author and time of clean sources, and finds the release by its commit', async () => {
    const cli = await createCli(SHOP);
    const commit = await commitAll(cli);
    const facts = { revision: commit, author: 'Anna <anna@acme.test>', created: '2026-01-02T03:04:05Z' };
    expect(await cli.json(`build ${commit.slice(0, 7)}`)).toMatchObject({ release: { version: '1.0.0', ...facts } });
    expect(await cli.json(`show ${commit}`)).toMatchObject({ release: { version: '1.0.0' } });
    expect(await cli.json(`push ${commit}`)).toMatchObject({ outcome: 'copied' });
  });

  it.each(['build', 'build COMMIT', 'build --bump minor'])(
    '%s again from the same commit is already built',
    async (args) => {
      const cli = await createCli(SHOP);
      const commit = await commitAll(cli);
      await cli.json(`build ${commit}`);
      const again = await cli.squizzle(args.replace('COMMIT', commit));
      expect(again.stdout).toMatch(/^1\.0\.0 is already built: sha256:/);
      expect(again.exitCode).toBe(0);
    },
  );

  it('is NOTHING_TO_RELEASE from a later commit without new migrations', async () => {
    const cli = await createCli(SHOP);
    await commitAll(cli);
    await cli.json('build');
    await commitAll(cli, 'nothing for the database');
    expect(await cli.failure('build')).toMatchObject({ exitCode: 2, code: 'NOTHING_TO_RELEASE' });
  });

  it('refuses a commit that is not checked out, or that the sources differ from', async () => {
    const cli = await createCli(SHOP);
    const commit = await commitAll(cli);
    expect(await cli.failure('build 1234567')).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    await cli.write(ORDERS);
    const failure = await cli.failure(`build ${commit}`);
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain('db/migrations/0002_orders');
  });

  it('records no commit when the sources are not committed', async () => {
    const cli = await createCli(SHOP);
    await commitAll(cli);
    await cli.write(ORDERS);
    expect(await cli.json('build')).toMatchObject({
      release: { revision: null, author: null, created: '1970-01-01T00:00:00Z' },
    });
  });

  it('does without git, taking the commit as given', async () => {
    const cli = await createCli(SHOP);
    const { stderr, exitCode } = await cli.squizzle('build 0123456789abcdef', { env: { PATH: '/nowhere' } });
    expect({ stderr, exitCode }).toEqual({
      exitCode: 0,
      stderr: 'the commit is taken as given: git is not installed\n',
    });
    expect(await cli.json('show')).toMatchObject({ release: { revision: '0123456789abcdef' } });
  });
});

describe('build --declare-schema', () => {
  it('writes down the digest of the schema that a scratch database shows, the same each time', async () => {
    const cli = await createCli(SHOP);
    const plain = (await cli.json('build --dry-run'))['release'];
    expect(plain).toMatchObject({ schemaDigest: null });
    expect(cli.scratchTargets).toEqual([]);
    const { release } = await cli.json('build --dry-run --declare-schema', { env: EPOCH });
    expect(release).toMatchObject({ schemaDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string });
    const built = await cli.json('build --declare-schema', { env: EPOCH });
    expect(built['release']).toEqual(release);
    expect(cli.scratchDatabases.map(({ removed }) => removed)).toEqual([true, true]);
    const { schemaDigest } = release as { readonly schemaDigest: string };
    await cli.json('apply');
    expect(await cli.json('status')).toMatchObject({ schemaDigest });
    expect((await cli.squizzle('show')).stdout).toContain(`schema:   ${schemaDigest}\n`);
  });

  it('tries the chain out, seeds of no environment among it, on the server that is named', async () => {
    const cli = await createCli({
      ...SHOP,
      'db/seeds/all.sql': 'INSERT INTO users;\n',
      'db/seeds/development/d.sql': 'INSERT INTO development;\n',
    });
    await cli.json('build');
    await cli.write(ORDERS);
    const { stdout } = await cli.squizzle('build --declare-schema --scratch postgres://db/scratch -q');
    expect(stdout).toMatch(/\ndeclares the schema sha256:/);
    expect(cli.scratchTargets).toEqual([
      { kind: 'server', connectionString: 'postgres://db/scratch', ledgerSchema: 'squizzle' },
    ]);
    expect(cli.scratchDatabases[0]?.database.state.executed).toEqual([
      'CREATE TABLE users (id int)',
      'INSERT INTO users',
      'CREATE TABLE orders (id int)',
    ]);
  });

  it('keeps nothing of a release that cannot be applied', async () => {
    const cli = await createCli({ ...SHOP, 'db/migrations/0002_bad.sql': 'FAIL 23505;\n' });
    const failure = await cli.failure('build --declare-schema');
    expect(failure).toMatchObject({ exitCode: 6, code: 'STEP_FAILED' });
    expect(failure.message).toMatch(/^tried out on memory: migrations\/0002_bad\.sql:1:1/);
    expect(await cli.json('list')).toMatchObject({ releases: [] });
  });

  it('says that a release which is built already declares none', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build 1.0.0');
    const { exitCode, stderr } = await cli.squizzle('build 1.0.0 --declare-schema');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: no schema was declared: 1\.0\.0 is built already/);
    await cli.write(ORDERS);
    await cli.json('build 1.1.0 --declare-schema');
    expect(await cli.squizzle('build 1.1.0 --declare-schema')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('refuses a scratch database that nothing is tried out on', async () => {
    const failure = await (await createCli(SHOP)).failure('build --scratch postgres://a/b');
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID', details: { argument: '--scratch' } });
  });
});
