/**
 * Sources and an analyzer for tests of what stands above the build: no files, no parser.
 *
 * @module
 */
import type { SqlAnalysis, SqlAnalyzer, SqlStatement, StatementEffect } from '../contracts/sql-analyzer.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { SourceFile, SourceTree } from '../source/source-tree.ts';

/** Texts by path inside the release: `migrations/0001.sql`, `repeatable/v.sql`, `seeds/dev/a.sql`; `….down.sql` undoes. */
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
    read: async () => encode(sql),
    rollback:
      down === undefined
        ? null
        : {
            path: `rollback/${path}`,
            origin: `db/${path.replace(/\.sql$/, '.down.sql')}`,
            read: async () => encode(down),
          },
  };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Splits at every `;` at a line's end and knows the few statements that tests use: `CREATE|DROP INDEX CONCURRENTLY`,
 * `VACUUM`, `ADD VALUE`, `CALL`. Directives: `-- squizzle: irreversible=ok`, `-- squizzle: lock_timeout=<n>ms`.
 */
export function createStatementAnalyzer(): SqlAnalyzer {
  return { analyze: async (bytes) => analyze(new TextDecoder().decode(bytes)) };
}

function analyze(text: string): SqlAnalysis {
  const lockTimeoutMs = /-- squizzle: lock_timeout=(\d+)ms/.exec(text)?.[1];
  return {
    statements: split(text),
    directives: {
      ...(text.includes('-- squizzle: irreversible=ok') ? { irreversible: 'ok' } : {}),
      ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs: Number(lockTimeoutMs) }),
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
