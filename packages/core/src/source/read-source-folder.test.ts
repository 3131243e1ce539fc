import { describe, expect, it } from 'vitest';
import { readSourceFolder, type SourceFolders } from './read-source-folder.ts';
import { withFolder, type Texts } from './source-fixture.ts';
import type { LayoutName } from './layouts/layout.ts';

const at = (root: string): SourceFolders => ({
  root,
  migrations: 'db/migrations',
  repeatable: 'db/repeatable',
  seeds: 'db/seeds',
});

const read = async (texts: Texts, layout?: LayoutName | 'auto') =>
  withFolder(texts, async (root) => (await readSourceFolder(at(root), layout)).files);

describe('readSourceFolder', () => {
  it('gives migrations, then repeatables, then seeds, each in natural order, with rollbacks and environments', async () => {
    const files = await read({
      'db/migrations/10.sql': 'x',
      'db/migrations/2.sql': 'x',
      'db/migrations/2.down.sql': 'x',
      'db/repeatable/views/b.sql': 'x',
      'db/seeds/plans.sql': 'x',
      'db/seeds/dev/users.sql': 'x',
      'db/seeds/dev/users.down.sql': 'x',
    });
    expect(
      files.map(({ kind, path, environment, origin, rollback }) => [
        kind,
        path,
        environment,
        origin,
        rollback?.path ?? null,
      ]),
    ).toEqual([
      ['migration', 'migrations/2.sql', null, 'db/migrations/2.sql', 'rollback/migrations/2.sql'],
      ['migration', 'migrations/10.sql', null, 'db/migrations/10.sql', null],
      ['repeatable', 'repeatable/views/b.sql', null, 'db/repeatable/views/b.sql', null],
      ['seed', 'seeds/dev/users.sql', 'dev', 'db/seeds/dev/users.sql', 'rollback/seeds/dev/users.sql'],
      ['seed', 'seeds/plans.sql', null, 'db/seeds/plans.sql', null],
    ]);
  });

  it('needs a folder of migrations, and no other', async () => {
    await expect(read({})).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', details: { path: 'db/migrations' } });
    expect(await read({ 'db/migrations/README.md': '' })).toEqual([]);
  });

  it('finds out the layout, or takes the one it is told', async () => {
    const texts = { 'db/migrations/V2__b.sql': 'x', 'db/migrations/V10__a.sql': 'x', 'db/migrations/R__v.sql': 'x' };
    expect((await read(texts)).map(({ path }) => path)).toEqual([
      'migrations/V2__b.sql',
      'migrations/V10__a.sql',
      'repeatable/R__v.sql',
    ]);
    expect((await read(texts, 'plain')).map(({ kind }) => kind)).toEqual(['migration', 'migration', 'migration']);
  });

  it('divides migrations, repeatables and seeds into sections alike', async () => {
    const sql = '-- +check\nselect 1;\n-- +up\nx;\n-- +verify\nselect 2;\n-- +down\ny;';
    const texts = { 'db/migrations/1.sql': sql, 'db/repeatable/v.sql': sql, 'db/seeds/dev/a.sql': sql };
    const files = await withFolder(texts, async (root) => {
      const { files: found } = await readSourceFolder(at(root));
      return Promise.all(
        found.map(async ({ path, read: readText, check, verify, rollback }) => {
          const parts = await Promise.all([readText(), check?.read(), verify?.read(), rollback?.read()]);
          return [
            path,
            rollback?.path,
            ...parts.map((part) =>
              Buffer.from(part ?? [])
                .toString()
                .trim(),
            ),
          ];
        }),
      );
    });
    expect(files).toEqual(
      ['migrations/1.sql', 'repeatable/v.sql', 'seeds/dev/a.sql'].map((path) => [
        path,
        `rollback/${path}`,
        'x;',
        'select 1;',
        'select 2;',
        'y;',
      ]),
    );
  });

  it('refuses two files that would be one in the release', async () => {
    const texts = { 'db/migrations/R__v.sql': 'x', 'db/repeatable/r__V.sql': 'x' };
    await expect(read(texts)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringContaining('as db/migrations/R__v.sql is') as string,
    });
  });

  it('refuses a layout that is none', async () => {
    await expect(read({ 'db/migrations/1.sql': 'x' }, 'flywy' as LayoutName)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
