/**
 * Sources and an analyzer for tests of what stands above the build: no files, no parser.
 *
 * @module
 */
import type { SqlAnalysis, SqlAnalyzer, SqlStatement, StatementEffect } from '../contracts/sql-analyzer.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { divide } from '../source/layouts/plain-sections.ts';
import { findMarker } from '../source/layouts/section-marker.ts';
import type { SourceFile, SourceTree } from '../source/source-tree.ts';

/**
 * Texts by path inside the release: `migrations/0001.sql`, `repeatable/v.sql`, `seeds/dev/a.sql`; `….down.sql` undoes.
 * Sections (`-- +check` …) are read as the plain layout reads them, but for a section `-- +down`.
 */
export function createSourceTree(texts: Readonly<Record<string, string>>): SourceTree {
  const forward = Object.entries(texts).filter(([path]) => !path.endsWith('.down.sql'));
  const files = forward.map(([path, sql]) => toFile(path, sql, texts[path.replace(/\.sql$/, '.down.sql')]));
  return { files: files.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)) };
}

/** As a project's sources are read: all migrations, then repeatables, then seeds. */
const KINDS = ['migration', 'repeatable', 'seed'];

function toFile(path: string, sql: string, down: string | undefined): SourceFile {
  const [folder = '', ...rest] = path.split('/');
  const kinds = { migrations: 'migration', repeatable: 'repeatable', seeds: 'seed' } as const;
  const kind = kinds[folder as keyof typeof kinds];
  return {
    kind,
    path,
    origin: `db/${path}`,
    environment: kind === 'seed' && rest.length > 1 ? (rest[0] ?? null) : null,
    ...toText(sql, 'up'),
    rollback:
      down === undefined
        ? null
        : {
            path: `rollback/${path}`,
            origin: `db/${path.replace(/\.sql$/, '.down.sql')}`,
            ...toText(down, 'down'),
          },
  };
}

function toText(sql: string, main: 'up' | 'down'): Pick<SourceFile, 'read' | 'check' | 'verify'> {
  const latin1 = Buffer.from(sql).toString('latin1');
  if (findMarker(latin1) === undefined) return { read: async () => encode(sql) };
  const { check, verify, [main]: text = '' } = divide(latin1, 'a test', main);
  const section = (part: string) => ({ read: async () => Buffer.from(part, 'latin1') });
  return {
    ...section(text),
    ...(check === undefined ? {} : { check: section(check) }),
    ...(verify === undefined ? {} : { verify: section(verify) }),
  };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Splits at every `;` at a line's end and knows the few statements that tests use: `CREATE|DROP INDEX CONCURRENTLY`,
 * `DETACH PARTITION … CONCURRENTLY`, `VACUUM`, `ADD VALUE`, `CALL`. Directives: `-- squizzle: irreversible=ok`, `-- squizzle: lock_timeout=<n>ms`,
 * `-- squizzle: check "…"`. Every statement of a section is taken for a query.
 */
export function createStatementAnalyzer(): SqlAnalyzer {
  return {
    analyze: async (bytes) => analyze(new TextDecoder().decode(bytes)),
    readQueries: async (bytes) =>
      split(new TextDecoder().decode(bytes)).map(({ start, end, line }) => ({
        sql: Buffer.from(bytes).toString('utf8', start, end),
        line,
      })),
  };
}

function analyze(text: string): SqlAnalysis {
  const lockTimeoutMs = /-- squizzle: lock_timeout=(\d+)ms/.exec(text)?.[1];
  const checks = [...text.matchAll(/^-- squizzle: check "(.*)"$/gm)].map(({ 1: sql = '', index }) => ({
    sql: sql.replaceAll('""', '"'),
    line: text.slice(0, index).split('\n').length,
  }));
  return {
    statements: split(text),
    directives: {
      ...(text.includes('-- squizzle: irreversible=ok') ? { irreversible: 'ok' } : {}),
      ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs: Number(lockTimeoutMs) }),
      ...(checks.length === 0 ? {} : { checks }),
    },
    hazards: /^SET /m.test(text) ? ['session-settings'] : [],
  };
}

function split(text: string): readonly SqlStatement[] {
  const statements: SqlStatement[] = [];
  for (const match of text.matchAll(/^(?!--)\S[^;]*(?=;|$)/gm)) {
    const before = text.slice(0, match.index);
    const start = encode(before).length;
    const end = start + encode(match[0].trimEnd()).length;
    statements.push({ start, end, line: before.split('\n').length, column: 1, alone: effectOf(match[0]) });
  }
  return statements;
}

function effectOf(statement: string): StatementEffect | null {
  const created = /^CREATE (UNIQUE )?INDEX CONCURRENTLY (IF NOT EXISTS )?(\w+) ON (\w+)/.exec(statement);
  if (created !== null) {
    const [, unique, ifNotExists, index = '', table = ''] = created;
    return { kind: 'create-index', index, table, ifNotExists: ifNotExists !== undefined, unique: unique !== undefined };
  }
  const dropped = /^DROP INDEX CONCURRENTLY (\w+)/.exec(statement)?.[1];
  if (dropped !== undefined) return { kind: 'drop-index', index: dropped };
  const [, parent, partition] = /^ALTER TABLE (\w+) DETACH PARTITION (\w+) CONCURRENTLY/.exec(statement) ?? [];
  if (parent !== undefined && partition !== undefined) return { kind: 'detach-partition', table: parent, partition };
  if (statement.startsWith('VACUUM')) return { kind: 'rerunnable' };
  if (statement.startsWith('CALL')) return { kind: 'unknown' };
  return statement.includes('ADD VALUE') ? { kind: 'own-transaction' } : null;
}

/** A manifest of one release without steps, for tests that need one to differ from. */
export function emptyRelease(overrides: Partial<ReleaseManifest>): ReleaseManifest {
  const base = {
    formatVersion: 1,
    name: 'shop',
    version: '1.0.0',
    previous: null,
    checksum: '0'.repeat(64),
    created: '2026-01-01T00:00:00Z',
    notes: '',
    author: null,
    revision: null,
    source: null,
    requires: { postgres: null, extensions: [] },
    steps: [],
  };
  return { ...base, ...overrides } as ReleaseManifest;
}
