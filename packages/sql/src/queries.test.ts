import { describe, expect, it } from 'vitest';
import { createSqlAnalyzer } from './analyzer.ts';
import type { SqlCheck } from './model.ts';

const analyzer = createSqlAnalyzer();
const checksOf = async (text: string): Promise<readonly SqlCheck[] | undefined> =>
  (await analyzer.analyze(Buffer.from(text))).directives.checks;
const refusalOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'accepted',
    (cause: unknown) => cause,
  );

describe('check directives', () => {
  it.each([
    {
      text: '-- squizzle: check "select true"',
      checks: [{ sql: 'select true', line: 1 }],
      why: 'one, without statements',
    },
    {
      text: '-- squizzle: check "select ""a b"" > 0 from ""t"""',
      checks: [{ sql: 'select "a b" > 0 from "t"', line: 1 }],
      why: 'quotes are doubled',
    },
    {
      text: 'select 1;\n\n -- squizzle: check "table a;"\n-- squizzle: check "values (true)" check "with a as (select 1) table a"',
      checks: [
        { sql: 'table a', line: 3 },
        { sql: 'values (true)', line: 4 },
        { sql: 'with a as (select 1) table a', line: 4 },
      ],
      why: 'several, in order, without their semicolons',
    },
    {
      text: "-- squizzle: lock_timeout=1s check \"select 'é' = '\u{1f600}' -- why\"\tirreversible=ok",
      checks: [{ sql: "select 'é' = '\u{1f600}'", line: 1 }],
      why: 'among other keys; a comment at its end is no part of it',
    },
    { text: "select '\n-- squizzle: check 1\n'", checks: undefined, why: 'none in a string' },
  ])('$why', async ({ text, checks }) => expect(await checksOf(text)).toEqual(checks));

  it('leaves the other keys of its line as they are', async () => {
    const text = '-- squizzle: lock_timeout=1s check "select true" irreversible=ok';
    expect((await analyzer.analyze(Buffer.from(text))).directives).toEqual({
      lockTimeoutMs: 1000,
      irreversible: 'ok',
      checks: [{ sql: 'select true', line: 1 }],
    });
  });

  it.each([
    { rest: 'check', column: 14, says: 'found check', why: 'nothing follows' },
    { rest: 'check select true', column: 14, says: 'found check select true', why: 'no quotes' },
    { rest: "check 'select true'", column: 14, says: 'expected check "query"', why: 'single quotes' },
    { rest: 'check="select true"', column: 14, says: 'expected check "query"', why: 'it is no key=value' },
    { rest: 'check "select true', column: 14, says: 'no closing "', why: 'not closed' },
    { rest: 'check "select ""a""', column: 14, says: 'no closing "', why: 'closed by half of a doubled quote' },
    { rest: 'check "select "a" > 0"', column: 29, says: 'directly behind', why: 'quotes that were not doubled' },
    { rest: 'chek "select true"', column: 14, says: 'Did you mean check?', why: 'a mistyped key' },
    {
      rest: 'check "select true" lock_timeout',
      column: 34,
      says: 'expected lock_timeout=',
      why: 'what follows is read, too',
    },
    { rest: 'check ""', column: 21, says: 'found nothing', why: 'no query' },
    { rest: 'check "-- select true"', column: 21, says: 'found nothing', why: 'a comment alone' },
    { rest: 'check "select true; select false"', column: 34, says: 'another behind it', why: 'two queries' },
    {
      rest: 'check "select ""x"" frm t"',
      column: 38,
      says: 'syntax error at or near "t"',
      why: 'no SQL; the place is in the file',
    },
    { rest: 'check "select \'a"', column: 28, says: 'unterminated quoted string', why: 'no SQL to our scanner' },
    { rest: 'check "\\q"', column: 21, says: 'expected a SELECT', why: 'a command of psql' },
    { rest: 'check "delete from t"', column: 21, says: 'found: DELETE', why: 'no query' },
  ])('refuses $rest: $why', async ({ rest, column, says }) => {
    const refusal = await refusalOf(checksOf(`select 1;\n-- squizzle: ${rest}`));
    expect(refusal).toMatchObject({ code: 'SQL_DIRECTIVE', details: { line: 2, column } });
    const { message, hint } = refusal as { message: string; hint: string };
    expect(`${message} ${hint}`).toContain(says);
    expect(hint).toMatch(/Write it as a line such as `-- squizzle: .*`\.$/);
  });
});

describe('readQueries', () => {
  const read = async (text: string): Promise<readonly SqlCheck[]> => analyzer.readQueries(Buffer.from(text));

  it('gives each query with its line', async () => {
    const text = '\n\n-- first\nselect count(*) = 0\n  from t; -- é\n\n(select 1) union (select 2);table u';
    expect(await read(text)).toEqual([
      { sql: 'select count(*) = 0\n  from t', line: 4 },
      { sql: '(select 1) union (select 2)', line: 7 },
      { sql: 'table u', line: 7 },
    ]);
  });

  it.each(['', '\n \n', '-- nothing\n/* yet */;'])('gives none for %j', async (text) =>
    expect(await read(text)).toEqual([]),
  );

  it.each([
    { sql: 'insert into t values (1)', found: 'INSERT' },
    { sql: 'create table t (a int)', found: 'CREATE' },
    { sql: 'explain select 1', found: 'EXPLAIN' },
    { sql: 'commit', found: 'COMMIT' },
    { sql: 'select 1 into t union select 2', found: 'SELECT … INTO' },
    { sql: 'with a as (insert into t values (1) returning *) select true from a', found: 'INSERT inside it' },
    { sql: 'with a as (update t set b = 1 returning *) select true from a', found: 'UPDATE inside it' },
    { sql: 'with a as (delete from t returning *) select true from a', found: 'DELETE inside it' },
    {
      sql: 'with a as (merge into t using u on a = b when matched then delete returning *) table a',
      found: 'MERGE inside it',
    },
    { sql: 'select (select true from t for update)', found: 'FOR UPDATE' },
    { sql: 'select true from t for key share', found: 'FOR UPDATE or FOR SHARE' },
    { sql: 'select $1', found: 'a parameter' },
    { sql: `select 1${' union select 1'.repeat(30_000)}`, found: 'nested too deeply' },
  ])('refuses $found', async ({ sql, found }) => {
    expect(await refusalOf(read(`select true;\n ${sql}`))).toMatchObject({
      code: 'SQL_QUERY',
      details: { line: found === 'nested too deeply' ? 1 : 2, reason: expect.stringContaining(found) as string },
      message: expect.stringContaining('expected a SELECT') as string,
    });
  });

  it.each([
    { text: 'select true;\n-- squizzle: lock_timeout=1s', code: 'SQL_DIRECTIVE', why: 'it would hold for nothing' },
    { text: 'select tru e e', code: 'SQL_SYNTAX', why: 'the parser' },
    { text: 'select 1;\r\n', code: 'SQL_ENCODING', why: 'the encoding' },
  ])('refuses $text with $code: $why', async ({ text, code }) => {
    expect(await refusalOf(read(text))).toMatchObject({ name: 'SqlError', code });
  });
});
