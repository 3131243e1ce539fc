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
