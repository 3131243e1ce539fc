import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceFile } from '../source-tree.ts';
import { listingOf, type Texts } from '../source-fixture.ts';
import { plainLayout } from './plain.ts';
import { divide } from './plain-sections.ts';

const decode = async (bytes: Promise<Uint8Array> | undefined): Promise<string | undefined> =>
  bytes === undefined ? undefined : Buffer.from(await bytes).toString();

/** What is there of the text, its rollback's with their sections. */
async function partsOf({ read, check, verify, rollback }: SourceFile): Promise<object> {
  const parts = {
    text: await decode(read()),
    check: await decode(check?.read()),
    verify: await decode(verify?.read()),
    down: await decode(rollback?.read()),
    downCheck: await decode(rollback?.check?.read()),
    downVerify: await decode(rollback?.verify?.read()),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

const arrange = async (texts: Texts): Promise<readonly object[]> =>
  Promise.all((await plainLayout.arrange(listingOf(texts))).map(partsOf));

describe('the plain layout divides a file into sections', () => {
  it.each<{ why: string; texts: Texts; parts: object }>([
    { why: 'one', texts: { '1.sql': '-- +up\na;\n' }, parts: { text: '\na;\n' } },
    {
      why: 'all of them, each on its lines',
      texts: { '1.sql': '-- +check\nc;\n-- +up\na;\n\n-- +verify\nv;\n-- +down\n-a;' },
      parts: { text: '\n\n\na;\n\n', check: '\nc;\n', verify: '\n\n\n\n\n\nv;\n', down: '\n\n\n\n\n\n\n\n-a;' },
    },
    {
      why: 'the way back before what must be true',
      texts: { '1.sql': '-- +up\na;\n-- +down\nb;\n-- +verify\nv;\n' },
      parts: { text: '\na;\n', down: '\n\n\nb;\n', verify: '\n\n\n\n\nv;\n' },
    },
    {
      why: 'comments above the first are those of both ways, and of no query',
      texts: { '1.sql': '-- squizzle: lock_timeout=1s\n\n-- +check\nc;\n-- +up\na;\n-- +down\nb;' },
      parts: {
        check: '\n\n\nc;\n',
        text: '-- squizzle: lock_timeout=1s\n\n\n\n\na;\n',
        down: '-- squizzle: lock_timeout=1s\n\n\n\n\n\n\nb;',
      },
    },
    {
      why: 'a check above them, where there is no way back',
      texts: { '1.sql': '-- squizzle: check "select 1"\n-- +up\na;' },
      parts: { text: '-- squizzle: check "select 1"\n\na;' },
    },
    {
      why: 'a rollback file has its own',
      texts: { '1.sql': 'a;', '1.down.sql': '-- +check\nc;\n-- +down\nb;\n-- +verify\nv;' },
      parts: { text: 'a;', down: '\n\n\nb;\n', downCheck: '\nc;\n', downVerify: '\n\n\n\n\nv;' },
    },
    {
      why: 'bytes beyond ASCII stay as they are',
      texts: { '1.sql': "-- größe\n-- +check\nselect '😀';\n-- +up\nselect 'é';" },
      parts: { check: "\n\nselect '😀';\n", text: "-- größe\n\n\n\nselect 'é';" },
    },
    {
      why: 'none where there is no marker',
      texts: { '1.sql': '-- + up\n-- +1 column\n-- +up the counter\na; -- +down\r\n' },
      parts: { text: '-- + up\n-- +1 column\n-- +up the counter\na; -- +down\r\n' },
    },
    {
      why: 'nor where a word is far from one',
      texts: { '1.sql': '-- +done\n-- +op\nb;' },
      parts: { text: '-- +done\n-- +op\nb;' },
    },
  ])('$why', async ({ texts, parts }) => expect(await arrange(texts)).toEqual([parts]));

  it('whose parts lie on their lines and are nowhere else', () => {
    const body = fc.array(fc.constantFrom('select 1;', '', '-- remark', 'é', '  x'), { maxLength: 6 });
    const some = body.map((lines) => ['select true;', ...lines]);
    fc.assert(
      fc.property(
        body.map((lines) => lines.map(() => '-- h')),
        some,
        some,
        some,
        some,
        (head, check, up, verify, down) => {
          const lines = [...head, '-- +check', ...check, '-- +up', ...up, '-- +verify', ...verify, '-- +down', ...down];
          const found = divide(lines.join('\n'), 'f.sql', 'up');
          const starts = { check: head.length + 1, up: 0, verify: 0, down: 0 };
          starts.up = starts.check + check.length + 1;
          starts.verify = starts.up + up.length + 1;
          starts.down = starts.verify + verify.length + 1;
          for (const [name, section] of Object.entries({ check, up, verify, down })) {
            const start = starts[name as keyof typeof starts];
            const part = (found[name as keyof typeof found] ?? '').split('\n').slice(0, start + section.length);
            const above = name === 'up' || name === 'down' ? head : [];
            expect(part.slice(start)).toEqual(section);
            expect(part.slice(0, start).filter((line) => line !== '')).toEqual(above);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    { edit: '-- +check\nother;\n-- +up\na;\n-- +down\nb;\n-- +verify\nv;', why: 'a query before it' },
    { edit: '-- +check\nc;\n-- +up\na;\n-- +down\nlonger;\nmuch;\n-- +verify\nw;\nw;', why: 'all that follows' },
  ])('and keeps the text that runs when the edit is of $why', ({ edit }) => {
    const text = '-- +check\nc;\n-- +up\na;\n-- +down\nb;\n-- +verify\nv;';
    expect(divide(edit, 'f.sql', 'up').up).toBe(divide(text, 'f.sql', 'up').up);
  });
});

describe('the plain layout refuses', () => {
  it.each<{ why: string; text: string; line: number | null; says: string }>([
    { why: 'SQL in no section', text: '\na;\n-- +up\nb;', line: 2, says: "SQL stands before '-- +up'" },
    { why: 'sections without SQL to run', text: '-- +check\nc;\n', line: null, says: "none '-- +up'" },
    { why: 'a second section of a kind', text: '-- +up\na;\n-- +up\nb;', line: 3, says: 'a second' },
    { why: 'what must be true first, behind', text: '-- +up\na;\n-- +check\nc;', line: 3, says: 'move it before' },
    { why: 'what must be true then, before', text: '-- +verify\nv;\n-- +up\na;', line: 1, says: 'move it behind' },
    { why: 'the way back first', text: '-- +down\na;\n-- +up\nb;', line: 1, says: 'move it behind' },
    { why: 'an unknown section', text: '-- +up\na;\n-- +revert\nb;', line: 3, says: "sections begin with '-- +check'" },
    { why: 'a mistyped one', text: '-- +up\na;\n-- +donw\nb;', line: 3, says: "did you mean '-- +down'?" },
    { why: 'one that is indented', text: '-- +up\na;\n -- +down\nb;', line: 3, says: 'begins its line' },
    { why: 'one with options', text: '-- +up transaction:false\n-- +down\nb;', line: 1, says: 'nothing behind it' },
    { why: 'annotations of goose', text: '-- +up\n-- +goose StatementBegin\na;', line: 2, says: 'is no section' },
    { why: 'an empty query', text: '-- +check\n\n-- +up\na;', line: 1, says: 'write a query, or take the line out' },
    { why: 'an empty way back', text: '-- +up\na;\n-- +down\n \n', line: 3, says: 'nothing to undo' },
    {
      why: 'a check that would stop the way back',
      text: '-- h\n-- squizzle: lock_timeout=1s check "select 1"\n-- +up\na;\n-- +down\nb;',
      line: 2,
      says: "move it behind '-- +up'",
    },
    { why: 'a byte order mark', text: '\ufeff-- +up\na;', line: 1, says: 'byte order mark' },
    { why: 'a mistyped marker as the only one', text: 'a;\n-- +donw\nb;', line: 2, says: "looks like '-- +down'" },
    { why: 'an indented marker as the only one', text: 'a;\n  -- +down\nb;', line: 2, says: "looks like '-- +down'" },
    {
      why: 'a section that begins too late to be seen',
      text: `${'-- x\n'.repeat(4_000)}-- +up\na;`,
      line: 4_001,
      says: 'comes too late',
    },
  ])('$why', async ({ text, line, says }) => {
    const path = 'db/migrations/1.sql';
    await expect(arrange({ '1.sql': text })).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path, line, reason: expect.stringContaining(says) as string },
    });
  });

  it.each<{ why: string; texts: Texts; path: string; says: string }>([
    {
      why: 'a way back in two places',
      texts: { '1.sql': '-- +up\na;\n-- +down\nb;', '1.down.sql': 'b;' },
      path: '1.sql',
      says: 'db/migrations/1.down.sql is there too',
    },
    {
      why: 'a way forth in a rollback file',
      texts: { '1.sql': 'a;', '1.down.sql': '-- +up\nb;' },
      path: '1.down.sql',
      says: 'stands in a rollback file',
    },
    {
      why: 'a rollback file without a way back',
      texts: { '1.sql': 'a;', '1.down.sql': '-- +check\nb;' },
      path: '1.down.sql',
      says: "none '-- +down'",
    },
  ])('$why', async ({ texts, path, says }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: `db/migrations/${path}`, reason: expect.stringContaining(says) as string },
    });
  });
});
