import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { LAYOUT_NAMES, layoutFor, type LayoutName } from './layouts.ts';

const GOOSE = '-- +goose Up\nSELECT 1;\n';
const DBMATE = '-- migrate:up\nSELECT 1;\n';

describe('layoutFor with auto finds', () => {
  it.each<{ name: LayoutName; texts: Texts; why: string }>([
    { name: 'plain', texts: {}, why: 'an empty folder' },
    { name: 'plain', texts: { '0001_users.sql': 'x', '0001_users.down.sql': 'y' }, why: 'files and rollbacks' },
    { name: 'plain', texts: { 'V1_x.sql': 'x' }, why: 'one underscore is not Flyway' },
    { name: 'plain', texts: { 'README.md': GOOSE }, why: 'only SQL has sections' },
    { name: 'plain', texts: { '1_a.up.sql': 'x', 'b.sql': 'y' }, why: 'pairs among others' },
    { name: 'plain', texts: { 'one/migration.sql': 'x' }, why: 'a folder that no tool has named' },
    { name: 'golang-migrate', texts: { '1_a.up.sql': 'x', '1_a.down.sql': 'y' }, why: 'nothing but numbered pairs' },
    { name: 'drizzle-kit', texts: { '0000_a.sql': 'x', 'meta/_journal.json': '{}' }, why: 'a journal' },
    {
      name: 'drizzle-kit',
      texts: { '2025_a/migration.sql': 'x', '2025_a/snapshot.json': '{}' },
      why: 'a snapshot in each folder',
    },
    { name: 'prisma', texts: { 'migration_lock.toml': '' }, why: 'a lock file' },
    { name: 'prisma', texts: { '20250101_a/migration.sql': 'x' }, why: 'a folder with a timestamp' },
    { name: 'flyway', texts: { 'V1.2__x.sql': 'x' }, why: 'a version' },
    { name: 'flyway', texts: { 'sub/R__x.sql': 'x' }, why: 'a repeatable, in a subfolder' },
    { name: 'flyway', texts: { 'B7__x.sql': 'x' }, why: 'a baseline, to be refused by name' },
    { name: 'dbmate', texts: { '1_a.sql': DBMATE }, why: 'a section of dbmate' },
    {
      name: 'goose',
      texts: { '1_a.sql': `-- ${'x'.repeat(9_000)}\n\n${GOOSE}` },
      why: 'a section of goose behind long comments',
    },
  ])('$name: $why', async ({ name, texts }) => {
    expect((await layoutFor(listingOf(texts), 'auto')).name).toBe(name);
  });

  it('nothing where two layouts claim the folder, and says what to write', async () => {
    const listing = listingOf({ '1_a.sql': GOOSE, '2_b.sql': DBMATE });
    await expect(layoutFor(listing, 'auto')).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message:
        "db/migrations: looks like dbmate and like goose; write 'layout: dbmate' or 'layout: goose' in squizzle.yaml",
    });
    expect((await layoutFor(listing, 'goose')).name).toBe('goose');
  });

  it('the layout without reading more than the beginnings of files', async () => {
    const sizes: number[] = [];
    const [file] = listingOf({ '1_a.sql': 'x'.repeat(1_000_000) }).files;
    const spied = {
      path: '1_a.sql',
      origin: '1_a.sql',
      read: async () => Promise.reject(new RangeError('read whole')),
      readHead: async (sizeBytes: number) => {
        sizes.push(sizeBytes);
        return (await file?.readHead(sizeBytes)) ?? new Uint8Array(0);
      },
    };
    expect((await layoutFor({ label: 'db', files: [spied] }, 'auto')).name).toBe('plain');
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16_384);
  });
});

describe('layoutFor with a name', () => {
  it.each(LAYOUT_NAMES.map((name) => ({ name })))('takes $name, whatever the folder looks like', async ({ name }) => {
    expect((await layoutFor(listingOf({}), name)).name).toBe(name);
  });

  it.each([{ name: 'flywy' }, { name: '' }, { name: 'Plain' }, { name: 'toString' }])(
    "refuses '$name', naming all",
    async ({ name }) => {
      const failure: unknown = await layoutFor(listingOf({}), name).catch((cause: unknown) => cause);
      expect(failure).toMatchObject({ code: 'CONFIG_INVALID', details: { file: 'squizzle.yaml', key: 'layout' } });
      for (const known of ['auto', ...LAYOUT_NAMES]) expect(String(failure)).toContain(known);
    },
  );
});

describe('a project that comes from another tool', () => {
  it.each<{ from: LayoutName; texts: Texts }>([
    { from: 'golang-migrate', texts: { '1_a.up.sql': 'x', '1_a.down.sql': 'y', '10_b.up.sql': 'z' } },
    {
      from: 'drizzle-kit',
      texts: {
        '0000_a.sql': 'x;',
        '0000_a.down.sql': 'y',
        'meta/_journal.json': '{"dialect":"postgresql","entries":[{"idx":0,"tag":"0000_a"}]}',
      },
    },
  ])('may go from $from to plain: its releases keep their paths', async ({ from, texts }) => {
    const arrange = async (name: LayoutName) =>
      textsOf(await (await layoutFor(listingOf(texts), name)).arrange(listingOf(texts)));
    expect(await arrange('plain')).toEqual(await arrange(from));
  });
});

describe('sections of the plain layout in files of another tool', () => {
  it.each<{ layout: LayoutName; texts: Texts; place: string }>([
    { layout: 'golang-migrate', texts: { '1_a.up.sql': 'a;\n-- +down\nb;' }, place: '1_a.up.sql:2' },
    {
      layout: 'golang-migrate',
      texts: { '1_a.up.sql': 'a;', '1_a.down.sql': '-- +check\nb;' },
      place: '1_a.down.sql:1',
    },
    { layout: 'flyway', texts: { 'V1__a.sql': '-- +check\nselect true;\n-- +up\na;' }, place: 'V1__a.sql:1' },
    { layout: 'flyway', texts: { 'R__a.sql': 'a;\n-- +verify\nselect true;' }, place: 'R__a.sql:2' },
    { layout: 'dbmate', texts: { '1_a.sql': '-- migrate:up\na;\n-- +verify\nselect true;' }, place: '1_a.sql:3' },
  ])('are refused ($layout, $place): they would be comments, or run', async ({ layout, texts, place }) => {
    const arrange = async () => textsOf(await (await layoutFor(listingOf(texts), layout)).arrange(listingOf(texts)));
    await expect(arrange()).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringMatching(new RegExp(`^db/migrations/${place}: .*'layout: plain'`)) as string,
    });
  });
});
