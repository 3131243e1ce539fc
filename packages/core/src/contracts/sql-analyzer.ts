/**
 * What the build asks of an SQL parser. `@squizzle/sql` provides it; core never sees the parser.
 *
 * @module
 */

/**
 * How a statement that cannot share a transaction behaves when it is interrupted:
 * what resume looks at to tell whether it ran. Identifiers are quoted as SQL needs them.
 */
export type StatementEffect =
  /** May run in a transaction, but must be committed before what follows (`ALTER TYPE … ADD VALUE`). */
  | { readonly kind: 'own-transaction' }
  /** Outside any transaction; running it again does no harm (`VACUUM`, `REINDEX CONCURRENTLY`). */
  | { readonly kind: 'rerunnable' }
  /** `CREATE INDEX CONCURRENTLY`. `index` is `null` when the statement gives no name. */
  | {
      readonly kind: 'create-index';
      readonly index: string | null;
      readonly table: string;
      readonly ifNotExists: boolean;
      readonly unique: boolean;
    }
  | { readonly kind: 'drop-index'; readonly index: string }
  | { readonly kind: 'detach-partition'; readonly table: string; readonly partition: string }
  | {
      readonly kind:
        | 'create-database'
        | 'drop-database'
        | 'create-tablespace'
        | 'drop-tablespace'
        | 'create-subscription'
        | 'drop-subscription';
      readonly name: string;
    }
  /** Outside any transaction; nothing is known about it. */
  | { readonly kind: 'unknown' };

export interface SqlStatement {
  /** UTF-8 byte offsets `[start, end)` of the statement's own text, without its `;`. */
  readonly start: number;
  readonly end: number;
  /** 1-based; columns in code points. */
  readonly line: number;
  readonly column: number;
  /** `null`: may share a transaction. */
  readonly alone: StatementEffect | null;
}

/** `-- squizzle: key=value` lines of a file. */
export interface SqlDirectives {
  readonly transaction?: 'off';
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly irreversible?: 'ok';
  /** `check "…"`: queries that must be true before the file runs, in order. Left out where there is none. */
  readonly checks?: readonly SqlCheck[];
}

export interface SqlCheck {
  readonly sql: string;
  /** Where it stands, or the directive that holds it, from 1. */
  readonly line: number;
}

export interface SqlAnalysis {
  readonly statements: readonly SqlStatement[];
  readonly directives: SqlDirectives;
  /** Sorted codes of things a reviewer should look at. */
  readonly hazards: readonly string[];
  /** Entries of the server's lock table that the statements take at most, estimated: relations made, changed or dropped. */
  readonly locks?: number;
}

export interface SqlAnalyzer {
  /**
   * @throws an error named `SqlError` with `code`, `message` and `details.{line,column}` when the
   *   text cannot be part of a release; the build adds the path.
   */
  analyze(sql: Uint8Array): Promise<SqlAnalysis>;
  /**
   * Reads a text of nothing but queries that must be true, as `-- +check` and `-- +verify` have them, in order.
   *
   * @throws as {@link analyze} does, and for statements that are no queries or change something.
   */
  readQueries(sql: Uint8Array): Promise<readonly SqlCheck[]>;
}
