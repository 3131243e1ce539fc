import { describe, expect, it } from 'vitest';
import type { SqlAnalysis, SqlAnalyzer, SqlStatement, StatementEffect } from '../contracts/sql-analyzer.ts';
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
    };
    await expect(analyzeStep(file, analyzer)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringContaining(says) as string,
    });
  });

  it('says where in the file the SQL is wrong, and keeps the cause', async () => {
    const cause = Object.assign(new Error('expected ;'), { name: 'SqlError', details: { line: 3, column: 7 } });
    const failing: SqlAnalyzer = { analyze: async () => Promise.reject(cause) };
    await expect(analyzeStep(fileOf('x'), failing)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'db/migrations/1.sql:3:7: expected ;',
      details: { path: 'db/migrations/1.sql', line: 3, column: 7 },
      cause,
    });
  });

  it('lets any other failure pass as it is', async () => {
    const cause = new RangeError('a bug');
    await expect(analyzeStep(fileOf('x'), { analyze: async () => Promise.reject(cause) })).rejects.toBe(cause);
  });
});
