import { describe, expect, it } from 'vitest';
import type { SqlAnalysis, SqlAnalyzer, SqlCheck, SqlStatement, StatementEffect } from '../contracts/sql-analyzer.ts';
import { checksumOf } from '../model/checksum.ts';
import { createSourceTree } from '../testing/release-builder.ts';
import { analyzeStep } from './analyze-step.ts';
import type { UnreleasedFile } from './released-files.ts';
import type { SourceFile } from './source-tree.ts';

const ALONE: StatementEffect = { kind: 'rerunnable' };

const statement = (start: number, end: number, alone: StatementEffect | null): SqlStatement => ({
  start,
  end,
  line: 1,
  column: 1,
  alone,
});

const analyzerOf = (analysis: Partial<SqlAnalysis>): SqlAnalyzer => ({
  analyze: async () => ({ statements: [statement(0, 3, null)], directives: {}, hazards: [], ...analysis }),
  readQueries: async (bytes) => readLines(bytes),
});

/** Every line that is not blank is a query. */
const readLines = (bytes: Uint8Array): readonly SqlCheck[] =>
  Buffer.from(bytes)
    .toString()
    .split('\n')
    .flatMap((sql, at) => (sql.trim() === '' ? [] : [{ sql, line: at + 1 }]));

const failingWith = (cause: unknown): SqlAnalyzer => ({
  analyze: async () => Promise.reject(cause),
  readQueries: async () => Promise.reject(cause),
});

function fileOf(text: string, undo?: string): UnreleasedFile {
  const texts = { 'migrations/1.sql': text, ...(undo === undefined ? {} : { 'migrations/1.down.sql': undo }) };
  const [source] = createSourceTree(texts).files as readonly [SourceFile];
  return { source, bytes: Buffer.from(text), rollbackBytes: undo === undefined ? null : Buffer.from(undo) };
}

describe('analyzeStep', () => {
  it('writes down what the file is', async () => {
    const analyzer = analyzerOf({
      directives: { lockTimeoutMs: 1, statementTimeoutMs: 2, irreversible: 'ok' },
      hazards: ['a', 'b'],
    });
    expect(await analyzeStep(fileOf('abc;'), analyzer)).toEqual({
      path: 'migrations/1.sql',
      kind: 'migration',
      environment: null,
      checksum: checksumOf('abc;'),
      sizeBytes: 4,
      transaction: true,
      statements: [],
      settings: { lockTimeoutMs: 1, statementTimeoutMs: 2 },
      hazards: ['a', 'b'],
      rollback: null,
      irreversible: true,
    });
  });

  it('writes down locks, and what must be true, in the order of the file', async () => {
    const check = { sql: 'select 3', line: 3 };
    const analyzer = analyzerOf({ directives: { checks: [check] }, locks: 7 });
    const { source, ...file } = fileOf('abc;', 'undo');
    const section = (text: string) => ({ read: async () => Buffer.from(text) });
    const rollback = source.rollback === null ? null : { ...source.rollback, verify: section('select 5') };
    const divided = { ...source, check: section('select 1\n\n\nselect 4'), verify: section('\nselect 2'), rollback };
    const step = await analyzeStep({ ...file, source: divided }, analyzer);
    expect(step).toMatchObject({
      locks: 7,
      checks: [{ sql: 'select 1', line: 1 }, check, { sql: 'select 4', line: 4 }],
      verifies: [{ sql: 'select 2', line: 2 }],
      rollback: { locks: 7, checks: [check], verifies: [{ sql: 'select 5', line: 1 }] },
    });
  });

  it.each([
    { sections: { check: '\n\n-- later' }, says: '1.sql:3: has a section with comments alone', why: 'comments alone' },
    { sections: { verify: 'q\n'.repeat(65) }, says: '1.sql:65: asks 65 queries, more than the 64', why: 'too many' },
    { sections: { check: `\n${'q'.repeat(4_097)}` }, says: '1.sql:2: asks a query of 4097', why: 'too long a query' },
  ])('refuses a section: $why', async ({ sections, says }) => {
    const analyzer = analyzerOf({});
    const { source, ...file } = fileOf('abc;');
    const parts = Object.entries(sections).map(([name, text]) => [name, { read: async () => Buffer.from(text) }]);
    const divided = { ...source, ...(Object.fromEntries(parts) as object) };
    const reading = {
      ...analyzer,
      readQueries: async (bytes: Uint8Array) => readLines(bytes).filter(({ sql }) => !sql.startsWith('--')),
    };
    await expect(analyzeStep({ ...file, source: divided }, reading)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringContaining(says) as string,
    });
  });

  it('says where in a section the SQL is wrong', async () => {
    const cause = Object.assign(new Error('no query'), { name: 'SqlError', details: { line: 2, column: 5 } });
    const { source, ...file } = fileOf('abc;');
    const divided = { ...source, verify: { read: async () => Buffer.from('x') } };
    const failing = { ...analyzerOf({}), readQueries: async () => Promise.reject(cause) };
    await expect(analyzeStep({ ...file, source: divided }, failing)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: 'db/migrations/1.sql', line: 2, column: 5 },
    });
  });

  it.each<{ why: string; statements: SqlStatement[]; ranges: unknown[] }>([
    {
      why: 'nothing alone: the file is one text',
      statements: [statement(0, 3, null), statement(5, 8, null)],
      ranges: [],
    },
    { why: 'one alone', statements: [statement(2, 9, ALONE)], ranges: [[2, 9, ALONE]] },
    {
      why: 'neighbours that may share are joined',
      statements: [statement(0, 3, null), statement(5, 8, null), statement(9, 12, ALONE)],
      ranges: [
        [0, 8, null],
        [9, 12, ALONE],
      ],
    },
    {
      why: 'those alone are not',
      statements: [statement(0, 3, ALONE), statement(5, 8, ALONE)],
      ranges: [
        [0, 3, ALONE],
        [5, 8, ALONE],
      ],
    },
    {
      why: 'nor across one alone',
      statements: [statement(0, 1, null), statement(2, 3, ALONE), statement(4, 5, null), statement(6, 7, null)],
      ranges: [
        [0, 1, null],
        [2, 3, ALONE],
        [4, 7, null],
      ],
    },
  ])('cuts the file where it must: $why', async ({ statements, ranges }) => {
    const step = await analyzeStep(fileOf('x'.repeat(20)), analyzerOf({ statements }));
    expect(step.statements).toEqual(ranges);
    expect(step.transaction).toBe(ranges.length === 0);
  });

  it('analyzes the rollback as a file of its own, and lets it hold comments alone', async () => {
    const analyzer: SqlAnalyzer = {
      analyze: async (bytes) => ({
        statements: bytes.byteLength > 4 ? [] : [statement(0, 3, null)],
        directives: {},
        hazards: [],
      }),
      readQueries: async () => [],
    };
    const { rollback } = await analyzeStep(fileOf('abc;', '-- nothing'), analyzer);
    expect(rollback).toMatchObject({
      path: 'rollback/migrations/1.sql',
      checksum: checksumOf('-- nothing'),
      transaction: true,
    });
  });

  it.each([
    { file: fileOf(''), says: 'db/migrations/1.sql: is empty', why: 'an empty file' },
    { file: fileOf('-- only this'), says: 'db/migrations/1.sql: holds no SQL statement', why: 'comments alone' },
    { file: fileOf('abc;', ''), says: 'db/migrations/1.down.sql: is empty', why: 'an empty rollback' },
  ])('refuses $why', async ({ file, says }) => {
    const analyzer: SqlAnalyzer = {
      analyze: async (bytes) => ({
        statements: bytes.byteLength > 4 ? [] : [statement(0, 3, null)],
        directives: {},
        hazards: [],
      }),
      readQueries: async () => [],
    };
    await expect(analyzeStep(file, analyzer)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringContaining(says) as string,
    });
  });

  it('says where in the file the SQL is wrong, and keeps the cause', async () => {
    const cause = Object.assign(new Error('expected ;'), { name: 'SqlError', details: { line: 3, column: 7 } });
    const failing: SqlAnalyzer = failingWith(cause);
    await expect(analyzeStep(fileOf('x'), failing)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'db/migrations/1.sql:3:7: expected ;',
      details: { path: 'db/migrations/1.sql', line: 3, column: 7 },
      cause,
    });
  });

  it('lets any other failure pass as it is', async () => {
    const cause = new RangeError('a bug');
    await expect(analyzeStep(fileOf('x'), failingWith(cause))).rejects.toBe(cause);
  });
});
