import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { compareFlywayVersions, parseFlywayVersion } from './flyway-name.ts';
import { flywayLayout } from './flyway.ts';

const arrange = async (texts: Texts) => textsOf(await flywayLayout.arrange(listingOf(texts)));

describe('the flyway layout reads', () => {
  it.each<{ why: string; texts: Texts; files: unknown[] }>([
    {
      why: 'versions by value, part by part',
      texts: { 'V10__d.sql': 'd', 'V2__b.sql': 'b', 'V2.1__c.sql': 'c', 'V1_1__a.sql': 'a' },
      files: [
        ['migrations/V1_1__a.sql', 'a', null],
        ['migrations/V2__b.sql', 'b', null],
        ['migrations/V2.1__c.sql', 'c', null],
        ['migrations/V10__d.sql', 'd', null],
      ],
    },
    {
      why: 'leading zeros and timestamps',
      texts: { 'V20250101120000__b.sql': 'b', 'V001__a.sql': 'a' },
      files: [
        ['migrations/V001__a.sql', 'a', null],
        ['migrations/V20250101120000__b.sql', 'b', null],
      ],
    },
    {
      why: 'an undo script of the same version, however written',
      texts: { 'V1.0__a.sql': 'a', 'U1__anything.sql': '-a' },
      files: [['migrations/V1.0__a.sql', 'a', '-a']],
    },
    {
      why: 'subfolders as if there were none',
      texts: { 'b/V1__a.sql': 'a', 'a/V2__b.sql': 'b', 'undo/U1__a.sql': '-a' },
      files: [
        ['migrations/b/V1__a.sql', 'a', '-a'],
        ['migrations/a/V2__b.sql', 'b', null],
      ],
    },
    {
      why: 'repeatables behind all versions, by description',
      texts: { 'R__b_view.sql': 'b', 'R__a_view.sql': 'a', 'V1__x.sql': 'x' },
      files: [
        ['migrations/V1__x.sql', 'x', null],
        ['repeatable/R__a_view.sql', 'a', null],
        ['repeatable/R__b_view.sql', 'b', null],
      ],
    },
    {
      why: 'no other file',
      texts: { 'README.md': '', 'flyway.toml': '', 'V1__x.sql': 'x' },
      files: [['migrations/V1__x.sql', 'x', null]],
    },
    {
      why: 'what only looks like a placeholder',
      texts: { 'V1__x.sql': "SELECT '$', '{x}', $1, $$ {x} $$" },
      files: [['migrations/V1__x.sql', "SELECT '$', '{x}', $1, $$ {x} $$", null]],
    },
  ])('$why', async ({ texts, files }) => expect(await arrange(texts)).toEqual(files));

  it('the kinds: migrations and repeatables', async () => {
    const files = await flywayLayout.arrange(listingOf({ 'V1__x.sql': 'x', 'R__y.sql': 'y' }));
    expect(files.map(({ kind, environment }) => [kind, environment])).toEqual([
      ['migration', null],
      ['repeatable', null],
    ]);
  });
});

describe('the flyway layout refuses', () => {
  it.each<{ why: string; texts: Texts; path: string; says: string; line?: number }>([
    {
      why: 'a version twice',
      texts: { 'V1__a.sql': 'x', 'V1__b.sql': 'y' },
      path: 'V1__b.sql',
      says: 'same version as db/migrations/V1__a.sql',
    },
    {
      why: 'a version twice, written in two ways',
      texts: { 'V1.0__a.sql': 'x', 'V01__b.sql': 'y' },
      path: 'V01__b.sql',
      says: 'same version',
    },
    {
      why: 'a version undone twice',
      texts: { 'V1__a.sql': 'x', 'U1__a.sql': 'y', 'U1.0__b.sql': 'y' },
      path: 'U1__a.sql',
      says: 'same version',
    },
    {
      why: 'an undo script of nothing',
      texts: { 'U2.1__a.sql': 'y' },
      path: 'U2.1__a.sql',
      says: 'there is no V2.1__….sql',
    },
    {
      why: 'one description twice',
      texts: { 'a/R__x.sql': 'x', 'b/R__x.sql': 'y' },
      path: 'b/R__x.sql',
      says: 'same description',
    },
    { why: 'a baseline', texts: { 'B5__x.sql': 'x' }, path: 'B5__x.sql', says: 'is a baseline' },
    {
      why: 'one underscore',
      texts: { 'V1_x.sql': 'x' },
      path: 'V1_x.sql',
      says: 'is not named V<version>__<description>.sql',
    },
    {
      why: 'a small prefix, which Flyway passes over',
      texts: { 'v1__x.sql': 'x' },
      path: 'v1__x.sql',
      says: 'Flyway would pass it over',
    },
    { why: 'a version with letters', texts: { 'V1a__x.sql': 'x' }, path: 'V1a__x.sql', says: 'is not named' },
    { why: 'a version that ends in a dot', texts: { 'V1.__x.sql': 'x' }, path: 'V1.__x.sql', says: 'is not named' },
    { why: 'no description', texts: { 'V1__.sql': 'x' }, path: 'V1__.sql', says: 'is not named' },
    {
      why: 'any other SQL',
      texts: { 'V1__x.sql': 'x', 'fix.sql': 'y' },
      path: 'fix.sql',
      says: 'Flyway would pass it over',
    },
    { why: 'a callback', texts: { 'afterMigrate.sql': 'x' }, path: 'afterMigrate.sql', says: 'is a callback' },
    {
      why: 'a callback with a description',
      texts: { 'beforeEachMigrate__grants.sql': 'x' },
      path: 'beforeEachMigrate__grants.sql',
      says: 'is a callback',
    },
    {
      why: 'settings of a script',
      texts: { 'V1__x.sql': 'x', 'V1__x.sql.conf': 'executeInTransaction=false' },
      path: 'V1__x.sql.conf',
      says: 'transaction=off',
    },
    { why: 'a migration in Java', texts: { 'V1__X.java': 'x' }, path: 'V1__X.java', says: 'another language' },
    { why: 'a repeatable in Python', texts: { 'R__x.py': 'x' }, path: 'R__x.py', says: 'another language' },
    { why: 'an extension in capitals', texts: { 'V1__x.SQL': 'x' }, path: 'V1__x.SQL', says: 'lower case' },
    {
      why: 'a placeholder',
      texts: { 'V1__x.sql': 'SELECT 1;\nGRANT ALL ON t TO ${role};' },
      path: 'V1__x.sql',
      line: 2,
      says: 'placeholder ${role}',
    },
    {
      why: 'a placeholder in a comment, which Flyway fills all the same',
      texts: { 'V1__x.sql': '-- ${flyway:user}\nx' },
      path: 'V1__x.sql',
      line: 1,
      says: 'placeholder',
    },
    {
      why: 'a placeholder that does not end',
      texts: { 'V1__x.sql': 'x ${a' },
      path: 'V1__x.sql',
      line: 1,
      says: 'placeholder',
    },
    {
      why: 'a placeholder in an undo script',
      texts: { 'V1__x.sql': 'x', 'U1__x.sql': '${a}' },
      path: 'U1__x.sql',
      line: 1,
      says: 'placeholder',
    },
    {
      why: 'a placeholder in a repeatable',
      texts: { 'R__x.sql': '\n\n${a}' },
      path: 'R__x.sql',
      line: 3,
      says: 'placeholder',
    },
  ])('$why', async ({ texts, path, says, line = null }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: `db/migrations/${path}`, line, reason: expect.stringContaining(says) as string },
    });
  });
});

describe('versions of Flyway', () => {
  it.each([
    { a: '1', b: '1.0', order: 0, why: 'zeros at the end say nothing' },
    { a: '1_1', b: '1.1', order: 0, why: 'both separators are one' },
    { a: '1.9', b: '1.10', order: -1, why: 'by value' },
    { a: '2', b: '1.99.99', order: 1, why: 'the first part first' },
    { a: '0', b: '0.0.1', order: -1, why: 'zero is a version' },
    { a: '20250101120000000001', b: '20250101120000000002', order: -1, why: 'beyond doubles' },
  ])('$a and $b: $why', ({ a, b, order }) => {
    expect(compareFlywayVersions(parseFlywayVersion(a), parseFlywayVersion(b))).toBe(order);
    expect(compareFlywayVersions(parseFlywayVersion(b), parseFlywayVersion(a)) + order).toBe(0);
  });

  it('are in one order, and equal exactly when written alike', () => {
    const version = fc
      .array(fc.constantFrom(0, 0, 1, 2, 10), { minLength: 1, maxLength: 4 })
      .map((parts) => parseFlywayVersion(parts.join('.')));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareFlywayVersions(a, b) === 0).toBe(a.join('.') === b.join('.'));
        if (compareFlywayVersions(a, b) <= 0 && compareFlywayVersions(b, c) <= 0)
          expect(compareFlywayVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
