import { describe, expect, it } from 'vitest';
import { isSqlError, type SqlError } from './errors.ts';
import { type ScannedStatement, scanSql } from './scanner.ts';

function scan(text: string): { statements: ScannedStatement[]; comments: string[]; texts: string[] } {
  const sql = Buffer.from(text);
  const statements: ScannedStatement[] = [];
  const comments: string[] = [];
  scanSql(sql, {
    statement: (found) => statements.push(found),
    lineComment: (start, end) => comments.push(sql.toString('utf8', start, end)),
  });
  return { statements, comments, texts: statements.map(({ start, end }) => sql.toString('utf8', start, end)) };
}

function refusalOf(text: string): SqlError {
  try {
    scan(text);
  } catch (thrown) {
    if (isSqlError(thrown)) return thrown;
    throw thrown;
  }
  throw new RangeError('accepted');
}

const BODY = 'begin atomic insert into t values (1); select case when a then 1 end as end, t.case; end';

describe('scanSql: statements', () => {
  it.each([
    { sql: '', texts: [], why: 'nothing' },
    { sql: ' \n-- a;\n/* b; */ ;; ;', texts: [], why: 'empty statements are none' },
    { sql: 'a;b', texts: ['a', 'b'], why: 'the last needs no semicolon' },
    { sql: '-- x\n a /* y */ ; -- z', texts: ['a'], why: 'comments around it are outside' },
    { sql: 'a -- x;\n b', texts: ['a -- x;\n b'], why: 'comments within it are inside' },
    { sql: "select ';', \";\", 'it''s;'; b", texts: ["select ';', \";\", 'it''s;'", 'b'], why: 'quotes' },
    { sql: "select 'a\\'; b", texts: ["select 'a\\'", 'b'], why: 'a backslash is no escape in a plain string' },
    {
      sql: "select E'a\\';', e'\\\\'; b",
      texts: ["select E'a\\';', e'\\\\'", 'b'],
      why: 'but it is one in an E string',
    },
    { sql: "select E'a'';'; b", texts: ["select E'a'';'", 'b'], why: 'which knows doubled quotes too' },
    {
      sql: "select E'a' -- x\n '\\';'; b",
      texts: ["select E'a' -- x\n '\\';'", 'b'],
      why: 'and goes on on the next line',
    },
    { sql: "select E'a' '\\'; b", texts: ["select E'a' '\\'", 'b'], why: 'not on the same line' },
    { sql: "select typ'\\'; b", texts: ["select typ'\\'", 'b'], why: 'a word that ends in e is no E string' },
    { sql: "select te'\\'; b", texts: ["select te'\\'", 'b'], why: 'nor is this' },
    {
      sql: "select U&'\\0061;', B'1;', X'1;', N'\\'; b",
      texts: ["select U&'\\0061;', B'1;', X'1;', N'\\'", 'b'],
      why: 'other prefixes',
    },
    { sql: 'do $$ a; $b$ ; $$; b', texts: ['do $$ a; $b$ ; $$', 'b'], why: 'dollar quotes' },
    { sql: 'do $é_1$ a; $$ $é_2$ ; $é_1$; b', texts: ['do $é_1$ a; $$ $é_2$ ; $é_1$', 'b'], why: 'tags are words' },
    { sql: 'do $a$ $$a$; b', texts: ['do $a$ $$a$', 'b'], why: 'a failed close may share its last $' },
    { sql: 'select $1, a$$; b$$', texts: ['select $1, a$$', 'b$$'], why: 'parameters, and $ within names' },
    { sql: 'select 1$$;$$; b', texts: ['select 1$$;$$', 'b'], why: 'a number ends before $' },
    { sql: 'select 1e5, 0xFe, 1_0; b', texts: ['select 1e5, 0xFe, 1_0', 'b'], why: 'letters in numbers' },
    { sql: '/* a /* ; */ ; */ b /**/; c /* // ** */', texts: ['b', 'c'], why: 'comments nest' },
    { sql: 'select 1 --/* ;\n; b', texts: ['select 1', 'b'], why: 'a line comment hides a block comment' },
    {
      sql: 'select 2 */* x */ 3 - - 1 +-- ;\n1; b',
      texts: ['select 2 */* x */ 3 - - 1 +-- ;\n1', 'b'],
      why: 'comments end operators',
    },
    {
      sql: 'create rule r as on insert to t do (a; b); c',
      texts: ['create rule r as on insert to t do (a; b)', 'c'],
      why: 'a rule has several commands',
    },
    { sql: `create function f() ${BODY}; c`, texts: [`create function f() ${BODY}`, 'c'], why: 'a BEGIN ATOMIC body' },
    {
      sql: `CREATE OR REPLACE PROCEDURE "p"(begin atomic) ${BODY}; c`,
      texts: [`CREATE OR REPLACE PROCEDURE "p"(begin atomic) ${BODY}`, 'c'],
      why: 'an argument named begin',
    },
    {
      sql: 'create function f() begin atomic end; c',
      texts: ['create function f() begin atomic end', 'c'],
      why: 'an empty body',
    },
    {
      sql: `create function f() begin atomic create function g() ${BODY}; end; c`,
      texts: [`create function f() begin atomic create function g() ${BODY}; end`, 'c'],
      why: 'a body within a body',
    },
    {
      sql: 'create function f() begin atomic select begin atomic from t; end; c',
      texts: ['create function f() begin atomic select begin atomic from t; end', 'c'],
      why: 'a column named begin',
    },
    {
      sql: 'create view v as select begin atomic from t; c',
      texts: ['create view v as select begin atomic from t', 'c'],
      why: 'BEGIN ATOMIC belongs to routines',
    },
    {
      sql: 'copy t from stdin_file; copy "t" (a) to stdout',
      texts: ['copy t from stdin_file', 'copy "t" (a) to stdout'],
      why: 'COPY that reads no input',
    },
    { sql: 'é; 名 😀', texts: ['é', '名 😀'], why: 'offsets are bytes' },
  ])('$sql: $why', ({ sql, texts }) => {
    expect(scan(sql).texts).toEqual(texts);
  });

  it('keeps the first words, more of them for those that need it', () => {
    const { statements } = scan('Insert into t; create or replace function f() a; set local a = 1; (select 1); "x"');
    expect(statements.map(({ words }) => words)).toEqual([
      ['INSERT'],
      ['CREATE', 'OR', 'REPLACE', 'FUNCTION'],
      ['SET', 'LOCAL', 'A'],
      ['SELECT'],
      [],
    ]);
  });

  it.each([
    { sql: 'select SET_config(1)', mentions: true, why: 'case does not matter' },
    { sql: 'select set_configs(1)', mentions: false, why: 'another word' },
    { sql: "select 'set_config'", mentions: false, why: 'a string' },
    { sql: 'select sets_onfig', mentions: false, why: 'as long, but another' },
  ])('mentions set_config in $sql: $mentions, $why', ({ sql, mentions }) => {
    expect(scan(`${sql}; select 1`).statements.map((one) => one.mentionsSetConfig)).toEqual([mentions, false]);
  });

  it('reports line comments', () => {
    expect(scan('-- a\nselect 1 --b;\n, $$ -- c $$ /* -- d */ --').comments).toEqual(['-- a', '--b;', '--']);
  });
});

describe('scanSql: refusals', () => {
  it.each([
    {
      sql: 'select 1;\n\\i other.sql',
      code: 'SQL_META_COMMAND',
      line: 2,
      column: 1,
      contains: '\\i',
      why: 'a meta-command',
    },
    {
      sql: 'select 1 \\gset p_\n',
      code: 'SQL_META_COMMAND',
      line: 1,
      column: 10,
      contains: '\\gset',
      why: 'one behind a statement',
    },
    { sql: 'select 1;\\', code: 'SQL_META_COMMAND', line: 1, column: 10, contains: 'psql', why: 'a backslash alone' },
    {
      sql: "copy t from stdin;\n1\t'\n\\.\n",
      code: 'SQL_COPY_STDIN',
      line: 1,
      column: 1,
      contains: '--inserts',
      why: 'before its data can confuse anybody',
    },
    {
      sql: 'a;\nCOPY s."t" (a, b) FROM STDIN WITH (format csv)',
      code: 'SQL_COPY_STDIN',
      line: 2,
      column: 1,
      contains: 'COPY',
      why: 'without data',
    },
    {
      sql: 'copy t from /* x */ stdout',
      code: 'SQL_COPY_STDIN',
      line: 1,
      column: 1,
      contains: 'COPY',
      why: 'the grammar takes STDOUT for STDIN',
    },
    { sql: "select 'abc;\n", code: 'SQL_SYNTAX', line: 1, column: 8, contains: "expected '", why: 'an open string' },
    {
      sql: "select e'abc\\';",
      code: 'SQL_SYNTAX',
      line: 1,
      column: 8,
      contains: "expected '",
      why: 'an open E string',
    },
    {
      sql: 'select "abc;',
      code: 'SQL_SYNTAX',
      line: 1,
      column: 8,
      contains: 'quoted identifier',
      why: 'an open identifier',
    },
    { sql: 'a;\n do $x$ $$', code: 'SQL_SYNTAX', line: 2, column: 5, contains: '$tag$', why: 'an open dollar quote' },
    { sql: 'a /* /* */', code: 'SQL_SYNTAX', line: 1, column: 3, contains: '*/', why: 'an open comment' },
    {
      sql: 'create table t (a int;\ncreate table u (a int);',
      code: 'SQL_SYNTAX',
      line: 1,
      column: 16,
      contains: 'close the parenthesis',
      why: 'an open parenthesis',
    },
    {
      sql: 'select 1);',
      code: 'SQL_SYNTAX',
      line: 1,
      column: 9,
      contains: 'no parenthesis is open',
      why: 'a parenthesis too many',
    },
    {
      sql: 'create function f() begin atomic a;',
      code: 'SQL_SYNTAX',
      line: 1,
      column: 33,
      contains: 'END',
      why: 'an open body',
    },
    {
      sql: 'a\rb',
      code: 'SQL_ENCODING',
      line: 1,
      column: 2,
      contains: 'eol=lf',
      why: 'a carriage return that ends a line',
    },
    {
      sql: '-- a\rb',
      code: 'SQL_ENCODING',
      line: 1,
      column: 5,
      contains: 'eol=lf',
      why: 'in a comment: PostgreSQL would run b',
    },
    {
      sql: "select e'a' -- b\r 'c'",
      code: 'SQL_ENCODING',
      line: 1,
      column: 17,
      contains: 'eol=lf',
      why: 'between the parts of a string',
    },
  ])('$sql → $code: $why', ({ sql, code, line, column, contains }) => {
    const error = refusalOf(sql);
    expect(error).toMatchObject({ code, details: { line, column } });
    expect(`${error.message} ${error.hint}`).toContain(contains);
  });

  it('takes a carriage return inside quotes for data', () => {
    expect(scan('select \'a\rb\', $$\r$$, "\r" /* \r */').statements).toHaveLength(1);
  });

  it('shows no more than a little of a huge statement', () => {
    const { message, details } = refusalOf(`select '${'x'.repeat(3_000_000)}`);
    expect(message.length).toBeLessThan(600);
    expect(JSON.stringify(details).length).toBeLessThan(600);
  });

  it('names a meta-command without what follows it', () => {
    expect(refusalOf(`\\echo ${'x'.repeat(5000)}`).details).toMatchObject({ command: '\\echo' });
    expect(refusalOf(`\\${'x'.repeat(5000)}`).message.length).toBeLessThan(600);
  });
});
