import { beforeEach, describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, withoutDigests, type Cli } from '../../test/cli-fixture.ts';

let cli: Cli;

beforeEach(async () => {
  cli = await createCli(SHOP);
  await cli.json('build');
  await cli.write({
    ...ORDERS,
    'db/seeds/demo/a.sql': 'INSERT INTO users;\n',
    'db/repeatable/v.sql': 'CREATE VIEW v;\n',
  });
  await cli.json('build --bump minor');
});

describe('list', () => {
  it('shows versions, lowest first', async () => {
    const { stdout, stderr } = await cli.squizzle('list');
    expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
      "VERSION  FILES  CREATED               DIGEST               COMMIT  TAGS
      1.0.0        1  1970-01-01 00:00:00Z  sha256:<short>  -       v1.0
      1.1.0        3  1970-01-01 00:00:00Z  sha256:<short>  -       latest, v1, v1.1
      "
    `);
    expect(stderr).toBe('2 releases\n');
  });

  it('prints JSON', async () => {
    const { releases } = withoutDigests(await cli.json('list'));
    expect(releases).toMatchInlineSnapshot(`
      [
        {
          "created": "1970-01-01T00:00:00Z",
          "digest": "sha256:<hash>",
          "revision": null,
          "steps": 1,
          "tags": [
            "v1.0",
          ],
          "version": "1.0.0",
        },
        {
          "created": "1970-01-01T00:00:00Z",
          "digest": "sha256:<hash>",
          "revision": null,
          "steps": 3,
          "tags": [
            "latest",
            "v1",
            "v1.1",
          ],
          "version": "1.1.0",
        },
      ]
    `);
  });

  it('shows a release that was replaced by its own documents', async () => {
    await cli.json('build 1.2.0 --after 1.0.0');
    expect(await cli.json('list')).toMatchObject({
      releases: [
        { version: '1.0.0' },
        { version: '1.1.0', steps: 3 },
        { version: '1.2.0', steps: 3, tags: ['latest', 'v1', 'v1.2'] },
      ],
    });
  });

  it('says so when there is nothing', async () => {
    const empty = await createCli(SHOP);
    expect(await empty.squizzle('list')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('holds no release') as string,
    });
  });
});

describe('show', () => {
  it('shows a release, its files and its chain', async () => {
    const { stdout } = await cli.squizzle('show');
    expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
      "shop 1.1.0
      digest:   sha256:<hash>
      created:  1970-01-01T00:00:00Z

      FILE                        KIND         TRANSACTION  ROLLBACK  HAZARDS
      migrations/0002_orders.sql  migration    yes          yes       -
      repeatable/v.sql            repeatable   yes          none      -
      seeds/demo/a.sql            seed (demo)  yes          none      -

      CHAIN  DIGEST
      1.0.0  sha256:<short>
      1.1.0  sha256:<short>
      "
    `);
  });

  it.each(['1.1.0', 'v1.1.0', '1.1', '1', 'latest', '^1.0.0', '>=1.1'])('finds 1.1.0 as %s', async (selector) => {
    expect(await cli.json(`show ${selector}`)).toMatchObject({
      release: { version: '1.1.0' },
      chain: [{ version: '1.0.0' }, { version: '1.1.0' }],
    });
  });

  it('shows all that is known of a release', async () => {
    const rich = await createCli({
      ...SHOP,
      'squizzle.yaml':
        'name: shop\nsource: https://github.com/acme/db\nrequires: { postgres: ">=14", extensions: [btree_gin] }\n',
    });
    await rich.squizzle(['build', '--notes', 'first\u001b[8m']);
    const { stdout } = await rich.squizzle('show');
    expect(stdout).toContain(
      'source:   https://github.com/acme/db\nrequires: PostgreSQL >=14, btree_gin\nnotes:    first\\x1b[8m\n',
    );
  });

  it.each([
    { args: 'show --sql 0002_orders.sql', code: 'USAGE_INVALID', why: 'two files end so' },
    { args: 'show --sql migrations/0002_order.sql', code: 'USAGE_INVALID', why: 'a slip' },
    { args: 'show --sql nothing-like-it', code: 'USAGE_INVALID', why: 'no such file' },
    { args: 'show not/a/selector', code: 'SELECTOR_INVALID', why: 'no selector' },
    { args: 'show 9.0.0', code: 'ARTIFACT_NOT_FOUND', why: 'no such release' },
    { args: 'show sha256:zz', code: 'SELECTOR_INVALID', why: 'no digest' },
  ])('$args is $code: $why', async ({ args, code }) => {
    expect(await cli.failure(args)).toMatchObject({ code });
  });

  it('prints one file untouched', async () => {
    expect(await cli.squizzle('show 1.0.0 --sql migrations/0001_users.sql')).toMatchObject({
      exitCode: 0,
      stdout: 'CREATE TABLE users (id int);\n',
      stderr: '',
    });
    expect(await cli.squizzle('show --sql v.sql')).toMatchObject({ stdout: 'CREATE VIEW v;\n' });
  });

  it('prints all files, each under its name', async () => {
    const { stdout } = await cli.squizzle('show 1.0.0 --sql');
    expect(stdout).toMatchInlineSnapshot(`
      "-- migrations/0001_users.sql
      CREATE TABLE users (id int);
      -- rollback/migrations/0001_users.sql
      DROP TABLE users;
      "
    `);
    expect(await cli.json('show 1.0.0 --sql')).toMatchObject({
      files: [{ path: 'migrations/0001_users.sql' }, { path: 'rollback/migrations/0001_users.sql' }],
    });
  });
});
