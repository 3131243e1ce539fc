import { describe, expect, expectTypeOf, it } from 'vitest';
import { createSqlAnalyzer } from './analyzer.ts';
import type { SqlAnalysis, SqlStatement } from './model.ts';

const analyzer = createSqlAnalyzer();
const textOf = (sql: Buffer, { start, end }: SqlStatement): string => sql.toString('utf8', start, end);

async function describeFile(
  text: string,
  options?: { maxParsedBytes: number },
): Promise<SqlAnalysis & { texts: string[] }> {
  const sql = Buffer.from(text);
  const analysis = await createSqlAnalyzer(options).analyze(sql);
  return { ...analysis, texts: analysis.statements.map((one) => textOf(sql, one)) };
}

describe('analyze', () => {
  it('gives each statement its bytes, its place and its effect', async () => {
    const text = '-- squizzle: lock_timeout=2s\ncreate table é (a int) -- here\n;\n\n  /* 😀 */ vacuum;select 1';
    const { statements, texts, directives, hazards } = await describeFile(text);
    expect(texts).toEqual(['create table é (a int)', 'vacuum', 'select 1']);
    expect(statements).toEqual([
      { start: 29, end: 52, line: 2, column: 1, alone: null },
      { start: 77, end: 83, line: 5, column: 11, alone: { kind: 'rerunnable' } },
      { start: 84, end: 92, line: 5, column: 18, alone: null },
    ]);
    expect(directives).toEqual({ lockTimeoutMs: 2000 });
    expect(hazards).toEqual([]);
  });

  it.each([
    { text: '', why: 'an empty file' },
    { text: ' \n\t\n', why: 'blanks' },
    { text: '-- nothing\n/* yet */\n', why: 'comments' },
    { text: ';;\n;', why: 'empty statements' },
  ])('finds no statement in $why', async ({ text }) => {
    expect(await analyzer.analyze(Buffer.from(text))).toEqual({ statements: [], directives: {}, hazards: [] });
  });

  it('reads the directives of a file without statements', async () => {
    expect((await analyzer.analyze(Buffer.from('-- squizzle: irreversible=ok'))).directives).toEqual({
      irreversible: 'ok',
    });
  });

  it('reads a view into a larger buffer', async () => {
    const bytes = new Uint8Array(Buffer.from('junk select 1; junk')).subarray(5, 14);
    expect((await analyzer.analyze(bytes)).statements).toEqual([{ start: 0, end: 8, line: 1, column: 1, alone: null }]);
  });

  it('sends every statement alone under transaction=off', async () => {
    const { statements } = await describeFile(
      'create index concurrently i on t (a); call p(); do $$ $$; insert into t values (1);\n-- squizzle: transaction=off',
    );
    expect(statements.map(({ alone }) => alone?.kind)).toEqual([
      'create-index',
      'unknown',
      'unknown',
      'own-transaction',
    ]);
  });

  it.each([
    { text: 'select 1;\nselekt 2;', code: 'SQL_SYNTAX', line: 2, column: 1, why: 'the parser' },
    { text: 'select 1;\n commit;', code: 'SQL_TRANSACTION_CONTROL', line: 2, column: 2, why: 'the syntax tree' },
    {
      text: '-- squizzle: transaction=off\nsavepoint a',
      code: 'SQL_TRANSACTION_CONTROL',
      line: 2,
      column: 1,
      why: 'the directive',
    },
    { text: 'select 1;\n\\q', code: 'SQL_META_COMMAND', line: 2, column: 1, why: 'the scanner' },
    { text: 'copy t from stdin', code: 'SQL_COPY_STDIN', line: 1, column: 1, why: 'the scanner' },
    {
      text: '-- squizzle: x',
      code: 'SQL_DIRECTIVE',
      line: 1,
      column: 14,
      why: 'the directives, though there is no statement',
    },
    { text: 'select 1;\r\n', code: 'SQL_ENCODING', line: 1, column: 10, why: 'the encoding' },
  ])('refuses $text with $code: $why', async ({ text, code, line, column }) => {
    for (const maxParsedBytes of [0, 1_000_000]) {
      const thrown: unknown = await describeFile(text, { maxParsedBytes }).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ name: 'SqlError', code, details: { line, column } });
      expect(thrown).toHaveProperty('hint', expect.stringMatching(/\.$/));
    }
  });

  it('promises no more than it says', () => {
    expectTypeOf<SqlStatement['alone']>()
      .extract<{ kind: 'create-index' }>()
      .toHaveProperty('index')
      .toEqualTypeOf<string | null>();
    expectTypeOf<SqlAnalysis['hazards']>().toEqualTypeOf<readonly string[]>();
  });
});

describe('analyze: files above maxParsedBytes', () => {
  const big = { maxParsedBytes: 0 };

  it('parses what is short and no data, and says what it left out', async () => {
    const long = `create view v as select '${'x'.repeat(65 * 1024)}'`;
    const text = `insert into t values (1);\ncreate index concurrently i on t (a);\n${long};\nset role r; drop table u`;
    const { statements, hazards, texts } = await describeFile(text, big);
    expect(texts).toEqual([
      'insert into t values (1)',
      'create index concurrently i on t (a)',
      long,
      'set role r',
      'drop table u',
    ]);
    expect(statements.map(({ alone }) => alone?.kind)).toEqual([
      undefined,
      'create-index',
      undefined,
      undefined,
      undefined,
    ]);
    expect(statements.map(({ line }) => line)).toEqual([1, 2, 3, 4, 4]);
    expect(hazards).toEqual(['drops-data', 'session-settings', 'unparsed']);
  });

  it.each([
    { sql: 'set local a = 1', hazards: ['unparsed'], why: 'LOCAL ends with the transaction' },
    { sql: 'set transaction read only', hazards: ['unparsed'], why: 'so does this' },
    { sql: 'set constraints all deferred', hazards: ['unparsed'], why: 'and this' },
    { sql: 'set a = 1', hazards: ['session-settings', 'unparsed'], why: 'this does not' },
    { sql: 'with a as (select 1) update t set b = 1', hazards: ['unparsed'], why: 'data' },
    {
      sql: "select set_config('a', 'b', false)",
      hazards: ['session-settings'],
      why: 'set_config is parsed, as in every pg_dump',
    },
    { sql: "select set_config('a', 'b', true)", hazards: [], why: 'parsed and found harmless' },
    { sql: 'analyze t', hazards: [], why: 'all was parsed' },
  ])('$sql → $hazards: $why', async ({ sql, hazards }) => {
    expect((await describeFile(sql, big)).hazards).toEqual(hazards);
  });

  it('sends what it did not parse alone under transaction=off', async () => {
    const long = `do $$ ${'x'.repeat(65 * 1024)} $$`;
    const { statements } = await describeFile(`-- squizzle: transaction=off\n${long}; insert into t values (1)`, big);
    expect(statements.map(({ alone }) => alone?.kind)).toEqual(['unknown', 'own-transaction']);
  });

  it('does the same for a smaller file that is nested too deeply to parse', async () => {
    const { statements, hazards } = await describeFile(`drop table t; select 1${' union select 1'.repeat(30_000)}`);
    expect(statements).toHaveLength(2);
    expect(hazards).toEqual(['drops-data', 'unparsed']);
  });

  it('agrees with the parser about where statements are', async () => {
    const sql = `select 1 /* é */;\ncreate function f() begin atomic select 1; end; do $x$ ';' $x$ ; insert into t values ('é;') -- x`;
    expect((await describeFile(sql, big)).statements).toEqual((await describeFile(sql)).statements);
  });

  it('takes 3 MB of rows in its stride', { timeout: 5000 }, async () => {
    const row = "(1, 'it''s 😀; text')";
    const small = `insert into t values ${row};\n`.repeat(30_000);
    const giant = `insert into t values\n${`${row},\n`.repeat(80_000)}${row};\n`;
    const { statements, hazards } = await describeFile(`${small}${giant}create table u ();`);
    expect(statements).toHaveLength(30_002);
    expect(statements.at(-2)).toMatchObject({ line: 30_001, column: 1, alone: null });
    expect(statements.at(-1)).toMatchObject({ line: 110_003, column: 1 });
    expect(hazards).toEqual(['unparsed']);
  });
});
