import { beforeAll, describe, expect, it } from 'vitest';
import { isSqlError, type SqlError } from './errors.ts';
import { loadParser, type Parser } from './parser.ts';

let parser: Parser;
beforeAll(async () => {
  parser = await loadParser();
});

function refusalOf(sql: Buffer, start = 0): SqlError<'SQL_SYNTAX'> {
  try {
    parser.parse(sql, start, sql.length);
  } catch (thrown) {
    if (isSqlError(thrown, 'SQL_SYNTAX')) return thrown;
    throw thrown;
  }
  throw new RangeError('accepted');
}

describe('parse', () => {
  it('reads a part of a file, with offsets in the file', () => {
    const sql = Buffer.from('é; select 1; select 2 -- x\n; junk');
    const end = sql.indexOf('; junk');
    const parsed = parser.parse(sql, 3, end) ?? [];
    expect(parsed.map(({ node }) => Object.keys(node))).toEqual([['SelectStmt'], ['SelectStmt']]);
    expect(parsed.map(({ from, to }) => sql.toString('utf8', from, to).trim())).toEqual(['select 1', 'select 2 -- x']);
  });

  it.each([
    {
      sql: 'select 1;\nselect é😀 frm x y',
      line: 2,
      column: 15,
      reason: 'near "x"',
      why: 'its position counts characters, ours bytes',
    },
    { sql: 'select (1 + ;\n', line: 1, column: 13, reason: 'near ";"', why: 'in the middle' },
    {
      sql: 'create table t\n\n\n',
      line: 1,
      column: 15,
      reason: 'end of input',
      why: 'the end is where the text ends, not blank lines later',
    },
    { sql: "select U&'\\zz'", line: 1, column: 11, reason: 'invalid Unicode escape', why: 'inside a literal' },
    { sql: 'create tabel x ()', line: 1, column: 8, reason: 'near "tabel"', why: 'a typo' },
  ])('points at $line:$column of $sql: $why', ({ sql, line, column, reason }) => {
    const error = refusalOf(Buffer.from(sql));
    expect(error).toMatchObject({ code: 'SQL_SYNTAX', details: { line, column } });
    expect(error.details.reason).toContain(reason);
    expect(error.message).toContain('^');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('points into the file from a part of it', () => {
    const sql = Buffer.from('select é;\nselect frm x y');
    expect(refusalOf(sql, 11).details).toMatchObject({ line: 2, column: 14, offset: 24 });
  });

  it('does not repeat a huge token', () => {
    expect(refusalOf(Buffer.from(`select 1 '${'x'.repeat(500_000)}'`)).message.length).toBeLessThan(800);
  });

  it('gives up, without an error, what is nested too deeply for the stack', () => {
    const sql = Buffer.from(`select 1${' union select 1'.repeat(30_000)}`);
    expect(parser.parse(sql, 0, sql.length)).toBeUndefined();
    expect(parser.parse(Buffer.from('select 1'), 0, 8)).toHaveLength(1);
  });
});
