/**
 * The scanner's boundaries against PostgreSQL's own: its parser for the statements, its lexer for the tokens.
 *
 * Two limits of libpg-query shape the generated text. Its lexer does not escape control characters in its answer, and
 * it refuses a comment between the parts of a continued string, which PostgreSQL allows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadModule, parseSync, scanSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { scanSql } from './scanner.ts';

type Bounds = readonly [start: number, end: number];

function boundsByScanner(sql: Buffer): Bounds[] {
  const bounds: Bounds[] = [];
  scanSql(sql, { statement: ({ start, end }) => bounds.push([start, end]), lineComment: () => undefined });
  return bounds;
}

/** From the parser's statement bounds to the first and last token of the lexer inside them. */
function boundsByPostgres(sql: Buffer): Bounds[] {
  const text = sql.toString();
  if (text === '') return [];
  const tokens = scanSync(text).tokens.filter(({ tokenName }) => !tokenName.endsWith('COMMENT'));
  let next = 0;
  return (parseSync(text).stmts ?? []).map(({ stmt_location: from = 0, stmt_len: length }) => {
    const to = length === undefined ? sql.length : from + length;
    while ((tokens[next]?.start ?? Infinity) < from) next++;
    const start = tokens[next]?.start ?? -1;
    while ((tokens[next + 1]?.end ?? Infinity) <= to) next++;
    const end = tokens[next++]?.end ?? -1;
    return [start, end];
  });
}

const anything = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll(/[\p{Cc}]/gu, ''));
const tricky = fc.oneof(
  anything,
  fc.constantFrom(';', '--', '/*', '*/', '$$', '$a$', '\n', 'end;', 'begin atomic', "''", '""', '\\.'),
);
const quoted = tricky.map((text) => `'${text.replaceAll("'", "''")}'`);
const escaped = tricky.map((text) => `E'${text.replaceAll(/['\\]/g, (found) => `\\${found}`)}'`);
const continued = fc
  .tuple(escaped, fc.constantFrom('\n', ' \n\t', '\n\n'), quoted)
  .map(([first, gap, second]) => `${first}${gap}${second.replaceAll('\\', '')}`);
const dollar = fc
  .tuple(fc.constantFrom('', 'a', 'é_1', 'END'), tricky)
  .filter(([tag, text]) => !`${text}$`.includes(`$${tag}$`))
  .map(([tag, text]) => `$${tag}$${text}$${tag}$`);
const identifier = tricky.map((text) => `"x${text.replaceAll('"', '""')}"`);
const literal = fc.oneof(
  quoted,
  escaped,
  continued,
  dollar,
  fc.constantFrom('1', '1.5e3', '0xFF', "B'01'", "X'1F'", "N'n'", 'null'),
);

const blockComment = tricky.map((text) => `/* ${text.replaceAll(/[*/]/g, '')} /* ; */ */`);
const lineComment = tricky.map((text) => `-- ${text.replaceAll('\n', '')}\n`);
const gap = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(' ', '\n', '\t\f\v ') },
  { weight: 1, arbitrary: fc.oneof(blockComment, lineComment).map((comment) => ` ${comment} `) },
);

const simple = fc.oneof(
  fc.tuple(literal, gap, identifier).map(([value, space, name]) => `select${space}${value} as ${name}`),
  fc.tuple(literal, gap).map(([value, space]) => `insert into t(a$b) values (${value},${space}(${value}))`),
  fc
    .tuple(gap)
    .map(([space]) => `update t set a = case when a > 1 -${space}- 2 then 3 end${space}where b->>'x' <@ c.end`),
);
const body = fc.array(
  fc.tuple(simple, gap).map(([statement, space]) => `${statement}${space};`),
  { maxLength: 3 },
);
const statement = fc.oneof(
  { weight: 4, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc
      .tuple(identifier, body, gap)
      .map(
        ([name, parts, space]) =>
          `create or replace function ${name}(begin int) returns int begin${space}atomic ${parts.join(space)}${space}end`,
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(simple, simple)
      .map(([one, two]) => `create rule r as on insert to t do also (${one}; ${two}\n)`),
  },
  { weight: 1, arbitrary: dollar.map((text) => `do language plpgsql ${text}`) },
);
const file = fc
  .array(fc.tuple(gap, statement, gap, fc.constantFrom(';', ';;', '; ;\n')), { maxLength: 6 })
  .chain((parts) =>
    fc.tuple(fc.constant(parts.map((part) => part.join('')).join('')), gap, fc.constantFrom('', 'select 1')),
  )
  .map((parts) => parts.join(''));

beforeAll(loadModule);

describe('scanner and PostgreSQL agree', () => {
  it('on generated files', () => {
    let nonEmpty = 0;
    fc.assert(
      fc.property(file, (text) => {
        const sql = Buffer.from(text);
        nonEmpty += text === '' ? 0 : 1;
        expect(boundsByScanner(sql)).toEqual(boundsByPostgres(sql));
      }),
      { numRuns: 1500 },
    );
    expect(nonEmpty).toBeGreaterThan(1000);
  });

  it.each([
    { sql: 'select 1 end; select 2 case', why: 'END and CASE as labels without AS' },
    { sql: 'create function f() returns begin begin atomic end; select 1', why: 'a type named begin' },
    { sql: 'create function f() begin atomic ; select 1; ; end; select 2', why: 'empty statements in a body' },
    {
      sql: 'create function f() begin atomic create view v as select begin atomic from t; end; select 1',
      why: 'CREATE within a body',
    },
    { sql: 'create function f() return case when true then 1 end; select 1', why: 'CASE in a RETURN' },
    {
      sql: 'create function end_() begin atomic select 1 end; end; select 1',
      why: 'END as a label at the end of a statement',
    },
    { sql: "select U&'\\0061' uescape '!', u&\"a;\" from t; select 2", why: 'Unicode escapes' },
    { sql: "select 'a'\n\n'b;'\n;select 2", why: 'a string in parts' },
    { sql: 'select 1 operator(pg_catalog.+) 2; select @-1, !!/*;*/3', why: 'operators' },
    { sql: ';;-- only a comment', why: 'no statement' },
  ])('on $sql: $why', ({ sql }) => {
    const bytes = Buffer.from(sql);
    expect(boundsByScanner(bytes)).toEqual(boundsByPostgres(bytes));
  });
});

const fixtures = process.env.SQUIZZLE_FIXTURES;

describe('scanner and PostgreSQL agree on the real files of Temporal', () => {
  it.skipIf(fixtures === undefined)('every one (skipped unless SQUIZZLE_FIXTURES names the fixtures folder)', () => {
    const folder = join(fixtures ?? '', 'temporal-postgres');
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sql'));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      const bytes = readFileSync(join(folder, path));
      expect([path, boundsByScanner(bytes)]).toEqual([path, boundsByPostgres(bytes)]);
    }
  });
});
