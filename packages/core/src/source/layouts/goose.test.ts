import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { gooseLayout } from './goose.ts';

const arrange = async (texts: Texts) => textsOf(await gooseLayout.arrange(listingOf(texts)));
const sections = async (text: string) => (await arrange({ '1_x.sql': text })).map(([, up, down]) => [up, down])[0];

describe('the goose layout reads', () => {
  it.each<{ why: string; text: string; up: string; down: string | null }>([
    {
      why: 'both sections, each on its lines',
      text: '-- +goose Up\na;\n\n-- +goose Down\n-a;\n',
      up: '\na;\n\n',
      down: '\n\n\n\n-a;\n',
    },
    { why: 'no way back', text: '-- +goose Up\na;\n', up: '\na;\n', down: null },
    {
      why: 'annotations in any case and spacing',
      text: '--  +GOOSE  up \na;\n--+goose DOWN\n-a;',
      up: '\na;\n',
      down: '\n\n\n-a;',
    },
    {
      why: 'no transaction for the whole file, said at the top',
      text: '-- +goose NO TRANSACTION\n-- +goose Up\na;\n-- +goose Down\n-a;',
      up: '\n-- squizzle: transaction=off\na;\n',
      down: '\n\n\n-- squizzle: transaction=off\n-a;',
    },
    {
      why: 'and said further down',
      text: '-- +goose Up\na;\n-- +goose Down\n-- +goose no transaction\n-a;',
      up: '-- squizzle: transaction=off\na;\n',
      down: '\n\n-- squizzle: transaction=off\n\n-a;',
    },
    {
      why: 'a way back that only says NO TRANSACTION as none',
      text: '-- +goose Up\na;\n-- +goose Down\n-- +goose NO TRANSACTION\n',
      up: '-- squizzle: transaction=off\na;\n',
      down: null,
    },
    {
      why: 'statements with an end of their own, ended for PostgreSQL too',
      text: '-- +goose Up\n-- +goose StatementBegin\nCREATE SCHEMA s\n-- +goose StatementEnd\nCREATE TABLE t ();',
      up: '\n-- +goose StatementBegin\nCREATE SCHEMA s\n; -- +goose StatementEnd\nCREATE TABLE t ();',
      down: null,
    },
    {
      why: 'an environment that is off',
      text: '-- +goose Up\n-- +goose ENVSUB OFF\na;',
      up: '\n-- +goose ENVSUB OFF\na;',
      down: null,
    },
    {
      why: 'remarks on goose',
      text: '-- +gooseberry\n-- goose Down\n-- +goose Up\na; -- +goose Down',
      up: '-- +gooseberry\n-- goose Down\n\na; -- +goose Down',
      down: null,
    },
  ])('$why', async ({ text, up, down }) => expect(await sections(text)).toEqual([up, down]));

  it('files by number, not by name', async () => {
    const up = '-- +goose Up\nx;';
    const files = await arrange({ '10_b.sql': up, '9_a.sql': up, '00011_c.sql': up, '20250101120000_d.sql': up });
    expect(files.map(([path]) => path)).toEqual([
      'migrations/9_a.sql',
      'migrations/10_b.sql',
      'migrations/00011_c.sql',
      'migrations/20250101120000_d.sql',
    ]);
  });

  it('no Go that is not a migration', async () => {
    const texts = { 'embed.go': 'package m', '1_a_test.go': 'package m', '1_a.sql': '-- +goose Up\nx;' };
    expect(await arrange(texts)).toHaveLength(1);
  });
});

describe('the goose layout refuses', () => {
  it.each<{ why: string; text: string; line: number | null; says: string }>([
    { why: 'a file without sections', text: 'a;', line: 1, says: "SQL stands before '-- +goose Up'" },
    {
      why: 'values from the environment',
      text: '-- +goose Up\n-- +goose ENVSUB ON\na;',
      line: 2,
      says: 'takes values from the environment',
    },
    {
      why: 'the same in capitals and above the sections',
      text: '-- +GOOSE envsub on\n-- +goose Up\na;',
      line: 1,
      says: 'takes values from the environment',
    },
    {
      why: 'an annotation that goose does not know',
      text: '-- +goose Up\n-- +goose NOTRANSACTION\na;',
      line: 2,
      says: 'is no annotation of goose',
    },
    { why: 'an indented annotation', text: '-- +goose Up\na;\n  -- +goose Down\nb;', line: 3, says: 'is indented' },
    {
      why: 'a check that would stop the way back',
      text: '-- squizzle: check "select 1"\n-- +goose Up\na;\n-- +goose Down\nb;',
      line: 1,
      says: "move it behind '-- +goose Up'",
    },
    { why: 'the way back first', text: '-- +goose Down\na;', line: 1, says: 'stands before' },
    { why: 'a second way forth', text: '-- +goose Up\na;\n-- +goose Up\nb;', line: 3, says: 'second section' },
    { why: 'a second way back', text: '-- +goose Up\n-- +goose Down\n-- +goose Down\n', line: 3, says: 'second' },
    {
      why: 'the end of a statement before the first section',
      text: '-- +goose StatementEnd\n-- +goose Up\n',
      line: 1,
      says: 'ends a statement',
    },
  ])('$why', async ({ text, line, says }) => {
    await expect(sections(text)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: 'db/migrations/1_x.sql', line, reason: expect.stringContaining(says) as string },
    });
  });

  it.each<{ why: string; texts: Texts; path: string; says: string }>([
    { why: 'a migration in Go', texts: { '2_b.go': 'package m' }, path: '2_b.go', says: 'is a migration in Go' },
    { why: 'a name without number', texts: { 'a.sql': '' }, path: 'a.sql', says: 'goose would not run it' },
    { why: 'a name without underscore', texts: { '1.sql': '' }, path: '1.sql', says: 'goose would not run it' },
    {
      why: 'number zero, which goose keeps for itself',
      texts: { '0_a.sql': '' },
      path: '0_a.sql',
      says: 'number from 1',
    },
    { why: 'a subfolder', texts: { 'old/1_a.sql': '' }, path: 'old/1_a.sql', says: 'subfolder' },
    {
      why: 'a number twice, written in two ways',
      texts: { '1_a.sql': '', '001_b.sql': '' },
      path: '001_b.sql',
      says: 'same number as db/migrations/1_a.sql',
    },
  ])('$why', async ({ texts, path, says }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      details: { path: `db/migrations/${path}`, reason: expect.stringContaining(says) as string },
    });
  });
});
