import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { drizzleKitLayout } from './drizzle-kit.ts';

const arrange = async (texts: Texts) => textsOf(await drizzleKitLayout.arrange(listingOf(texts)));

/** As drizzle-kit 0.31 writes it. */
const journal = (...tags: readonly (readonly [idx: number, tag: string])[]): string =>
  JSON.stringify({
    version: '7',
    dialect: 'postgresql',
    entries: tags.map(([idx, tag]) => ({ idx, version: '7', when: 1_700_000_000_000 - idx, tag, breakpoints: true })),
  });

const withJournal = (text: string, files: Texts): Texts => ({
  'meta/_journal.json': text,
  'meta/0000_snapshot.json': '{}',
  ...files,
});

const CUT = 'CREATE TABLE "a" ();\n--> statement-breakpoint\nCREATE TABLE "b" ();--> statement-breakpoint\nSELECT 1';

describe('the drizzle-kit layout reads', () => {
  it.each<{ why: string; texts: Texts; files: unknown[] }>([
    { why: 'an empty journal', texts: withJournal(journal(), {}), files: [] },
    {
      why: 'files in the order of the journal, whatever their names and times',
      texts: withJournal(journal([0, 'zeta'], [1, 'alpha'], [5, '0000_late']), {
        'alpha.sql': 'a',
        'zeta.sql': 'z',
        '0000_late.sql': 'l',
      }),
      files: [
        ['migrations/zeta.sql', 'z', null],
        ['migrations/alpha.sql', 'a', null],
        ['migrations/0000_late.sql', 'l', null],
      ],
    },
    {
      why: 'breakpoints as they stand: they are comments',
      texts: withJournal(journal([0, 'a']), { 'a.sql': CUT }),
      files: [['migrations/a.sql', CUT, null]],
    },
    {
      why: 'a breakpoint behind comments',
      texts: withJournal(journal([0, 'a']), {
        'a.sql': '-- Custom\n--> statement-breakpoint\nx; -- y\n\n--> statement-breakpoint\n',
      }),
      files: [['migrations/a.sql', expect.any(String), null]],
    },
    {
      why: 'a rollback that drizzle-kit does not know',
      texts: withJournal(journal([0, 'a']), { 'a.sql': 'x', 'a.down.sql': 'y' }),
      files: [['migrations/a.sql', 'x', 'y']],
    },
    { why: 'the dialect’s older name', texts: withJournal('{"dialect":"pg","entries":[]}', {}), files: [] },
    {
      why: 'the folders of version 1, by name',
      texts: {
        '20250201_b/migration.sql': 'b',
        '20250201_b/snapshot.json': '{}',
        '20250101_a/migration.sql': 'a',
        '20250101_a/snapshot.json': '{}',
        '20250101_a/down.sql': '-a',
      },
      files: [
        ['migrations/20250101_a/migration.sql', 'a', '-a'],
        ['migrations/20250201_b/migration.sql', 'b', null],
      ],
    },
  ])('$why', async ({ texts, files }) => expect(await arrange(texts)).toEqual(files));
});

describe('the drizzle-kit layout refuses', () => {
  const one = (text: string): Texts => withJournal(journal([0, 'a']), { 'a.sql': text });
  it.each<{ why: string; texts: Texts; path: string; says: string }>([
    {
      why: 'a file that is not in the journal',
      texts: { ...one('x'), 'b.sql': 'y' },
      path: '/b.sql',
      says: 'is not in meta/_journal.json',
    },
    {
      why: 'a file in a subfolder',
      texts: { ...one('x'), 'old/a.sql': 'y' },
      path: '/old/a.sql',
      says: 'is not in meta/_journal.json',
    },
    {
      why: 'an entry without its file',
      texts: withJournal(journal([0, 'a']), {}),
      path: '/meta/_journal.json',
      says: "names 'a', but there is no a.sql",
    },
    {
      why: 'an entry that leads elsewhere',
      texts: withJournal(journal([0, '../a']), {}),
      path: '/meta/_journal.json',
      says: 'there is no ../a.sql',
    },
    {
      why: 'one number twice, as merges leave it',
      texts: withJournal(journal([0, 'a'], [0, 'b']), { 'a.sql': 'x', 'b.sql': 'x' }),
      path: '/meta/_journal.json',
      says: "'b' has idx 0 after 0",
    },
    {
      why: 'numbers that go back',
      texts: withJournal(journal([1, 'a'], [0, 'b']), { 'a.sql': 'x', 'b.sql': 'x' }),
      path: '/meta/_journal.json',
      says: 'order is not clear',
    },
    {
      why: 'one tag twice',
      texts: withJournal(journal([0, 'a'], [1, 'a']), { 'a.sql': 'x' }),
      path: '/meta/_journal.json',
      says: "names 'a' twice",
    },
    {
      why: 'another dialect',
      texts: withJournal('{"dialect":"mysql","entries":[]}', {}),
      path: '/meta/_journal.json',
      says: 'dialect: expected',
    },
    {
      why: 'no entries',
      texts: withJournal('{"dialect":"postgresql"}', {}),
      path: '/meta/_journal.json',
      says: 'entries: expected',
    },
    {
      why: 'marks of a merge',
      texts: withJournal('<<<<<<< HEAD', {}),
      path: '/meta/_journal.json',
      says: 'is not JSON',
    },
    { why: 'no journal', texts: { 'a.sql': 'x' }, path: '', says: 'has no meta/_journal.json' },
    {
      why: 'a file beside the folders of version 1',
      texts: { '1_a/migration.sql': 'a', '1_a/snapshot.json': '', 'b.sql': 'b' },
      path: '/b.sql',
      says: 'drizzle-kit would not run it',
    },
  ])('$why', async ({ texts, path, says }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: `db/migrations${path}`, reason: expect.stringContaining(says) as string },
    });
  });

  it('a statement that a breakpoint would end and PostgreSQL would not, with its line', async () => {
    await expect(arrange(one('CREATE SCHEMA s\n\n--> statement-breakpoint\nCREATE TABLE t ();'))).rejects.toMatchObject(
      {
        code: 'SOURCE_INVALID',
        details: {
          path: 'db/migrations/a.sql',
          line: 3,
          reason: expect.stringContaining("does not end with ';'") as string,
        },
      },
    );
  });
});
