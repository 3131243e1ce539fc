import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { dbmateLayout } from './dbmate.ts';

const arrange = async (texts: Texts) => textsOf(await dbmateLayout.arrange(listingOf(texts)));
const sections = async (text: string) => (await arrange({ '1_x.sql': text })).map(([, up, down]) => [up, down])[0];

describe('the dbmate layout reads', () => {
  it.each<{ why: string; text: string; up: string; down: string | null }>([
    {
      why: 'both sections, each on its lines',
      text: '-- migrate:up\na;\n\n-- migrate:down\n-a;\n',
      up: '\na;\n\n',
      down: '\n\n\n\n-a;\n',
    },
    { why: 'no way back', text: '-- migrate:up\na;\n', up: '\na;\n', down: null },
    {
      why: 'a blank way back, as dbmate’s template has it',
      text: '-- migrate:up\na;\n-- migrate:down\n\n',
      up: '\na;\n',
      down: null,
    },
    {
      why: 'a way back that says there is nothing to undo',
      text: '-- migrate:up\na;\n-- migrate:down\n-- none',
      up: '\na;\n',
      down: '\n\n\n-- none',
    },
    { why: 'a file that ends at once', text: '-- migrate:up', up: '', down: null },
    {
      why: 'comments above, which belong to both',
      text: '-- squizzle: lock_timeout=1s\n\n-- migrate:up\na;\n-- migrate:down\n-a;',
      up: '-- squizzle: lock_timeout=1s\n\n\na;\n',
      down: '-- squizzle: lock_timeout=1s\n\n\n\n\n-a;',
    },
    {
      why: 'no transaction forth',
      text: '-- migrate:up transaction:false\na;\n-- migrate:down\n-a;',
      up: '-- squizzle: transaction=off\na;\n',
      down: '\n\n\n-a;',
    },
    {
      why: 'no transaction back',
      text: '-- migrate:up\na;\n--migrate:down  transaction:false \n-a;',
      up: '\na;\n',
      down: '\n\n-- squizzle: transaction=off\n-a;',
    },
    { why: 'the default said aloud', text: '-- migrate:up transaction:true\na;', up: '\na;', down: null },
    {
      why: 'letters of several bytes unchanged',
      text: '-- größe 😀\n-- migrate:up\n-- é\na;',
      up: '-- größe 😀\n\n-- é\na;',
      down: null,
    },
    {
      why: 'carriage returns, for the analyzer to refuse with their line',
      text: '-- migrate:up\r\na;\r\n-- migrate:down\r\n-a;\r\n',
      up: '\r\na;\r\n',
      down: '\r\n\r\n\r\n-a;\r\n',
    },
    {
      why: 'remarks on migrations',
      text: '-- migrate:up\n-- see migrate:down\n-- migrates: x\na;',
      up: '\n-- see migrate:down\n-- migrates: x\na;',
      down: null,
    },
  ])('$why', async ({ text, up, down }) => expect(await sections(text)).toEqual([up, down]));

  it('files by name as text, as dbmate sorts them', async () => {
    const files = await arrange({ '9_b.sql': '-- migrate:up\nb', '10_a.sql': '-- migrate:up\na', 'README.md': 'x' });
    expect(files.map(([path]) => path)).toEqual(['migrations/10_a.sql', 'migrations/9_b.sql']);
  });

  it('the same line numbers in both sections as in the file', async () => {
    const text = '-- a\n\n-- migrate:up\nx;\ny;\n-- migrate:down\n\nz;\n';
    const [up, down] = (await sections(text)) ?? [];
    const lineOf = (part: string | null | undefined, what: string): number => (part ?? '').split('\n').indexOf(what);
    for (const statement of ['x;', 'y;']) expect(lineOf(up, statement)).toBe(lineOf(text, statement));
    expect(lineOf(down, 'z;')).toBe(lineOf(text, 'z;'));
  });

  it('an edit of the way back as no edit of the way forth', async () => {
    const [before, after] = [
      await sections('-- migrate:up\na;\n-- migrate:down\nb;'),
      await sections('-- migrate:up\na;\n-- migrate:down\nc;\nd;'),
    ];
    expect(after?.[0]).toBe(before?.[0]);
    expect(after?.[1]).not.toBe(before?.[1]);
  });
});

describe('the dbmate layout refuses', () => {
  it.each<{ why: string; text: string; line: number | null; says: string }>([
    { why: 'a file without sections', text: 'a;', line: 1, says: "SQL stands before '-- migrate:up'" },
    { why: 'comments alone', text: '-- a\n', line: null, says: "has no line '-- migrate:up'" },
    { why: 'an empty file', text: '', line: null, says: "has no line '-- migrate:up'" },
    { why: 'SQL above the sections', text: '-- x\na;\n-- migrate:up\n', line: 2, says: 'SQL stands before' },
    { why: 'the way back first', text: '-- migrate:down\n-- migrate:up\n', line: 1, says: 'stands before' },
    { why: 'a second way forth', text: '-- migrate:up\na;\n-- migrate:up\nb;', line: 3, says: 'second section' },
    {
      why: 'a second way forth behind the way back',
      text: '-- migrate:up\na;\n-- migrate:down\n-- migrate:up\n',
      line: 4,
      says: 'second section',
    },
    {
      why: 'a second way back',
      text: '-- migrate:up\na;\n-- migrate:down\nb;\n-- migrate:down\n',
      line: 5,
      says: 'second',
    },
    {
      why: 'an indented marker, a comment to dbmate',
      text: '-- migrate:up\na;\n  -- migrate:down\nb;',
      line: 3,
      says: 'is no marker to dbmate',
    },
    { why: 'a marker in capitals', text: '-- Migrate:Up\na;', line: 1, says: 'is no marker to dbmate' },
    { why: 'a marker with text behind it', text: '-- migrate:up;\na;', line: 1, says: 'is no marker to dbmate' },
    { why: 'an unknown option', text: '-- migrate:up transaction:fals\na;', line: 1, says: "found 'transaction:fals'" },
    { why: 'a byte order mark', text: '\ufeff-- migrate:up\na;', line: 1, says: 'byte order mark' },
  ])('$why', async ({ text, line, says }) => {
    await expect(sections(text)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringMatching(
        line === null ? /^db\/migrations\/1_x\.sql: / : new RegExp(`^db/migrations/1_x.sql:${line}: `),
      ) as string,
      details: { line, reason: expect.stringContaining(says) as string },
    });
  });

  it.each<{ why: string; texts: Texts; path: string; says: string }>([
    { why: 'a name without number', texts: { 'a.sql': '' }, path: 'a.sql', says: 'dbmate would not run it' },
    { why: 'a subfolder', texts: { 'old/1_a.sql': '' }, path: 'old/1_a.sql', says: 'subfolder' },
    {
      why: 'a number twice',
      texts: { '1_a.sql': '', '1_b.sql': '' },
      path: '1_b.sql',
      says: 'same number as db/migrations/1_a.sql',
    },
    { why: 'an extension in capitals', texts: { '1_a.SQL': '' }, path: '1_a.SQL', says: 'lower case' },
  ])('$why', async ({ texts, path, says }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      details: { path: `db/migrations/${path}`, reason: expect.stringContaining(says) as string },
    });
  });
});
