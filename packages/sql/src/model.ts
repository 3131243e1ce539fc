/**
 * What analysis says about a file of SQL: its statements, its directives, its hazards.
 *
 * Every offset is a UTF-8 byte offset into the bytes that were given, so that a statement can be cut
 * out of the file without decoding it.
 *
 * @module
 */

/** Reads PostgreSQL SQL as it stands in a file. Keeps no state between calls and touches no database. */
export interface SqlAnalyzer {
  /**
   * Splits, checks and classifies one file.
   *
   * @throws {SqlError} with the code, the place in the file and what to do about it; see {@link SqlErrorDetails}.
   */
  analyze(sql: Uint8Array): Promise<SqlAnalysis>;
  /**
   * Reads a text of nothing but queries that must be true: each a SELECT, VALUES, TABLE or WITH … SELECT that changes nothing.
   *
   * @returns them in order; none for a text of comments and blanks.
   * @throws {SqlError} `SQL_QUERY` for any other statement, and as {@link analyze} does.
   */
  readQueries(sql: Uint8Array): Promise<readonly SqlCheck[]>;
}

export interface SqlAnalysis {
  /** In the order of the file. Empty for a file of comments and blanks. */
  readonly statements: readonly SqlStatement[];
  readonly directives: SqlDirectives;
  /** Sorted, unique {@link HazardCode}s. */
  readonly hazards: readonly string[];
  /**
   * Entries of the server's lock table that the file's statements take in one transaction, estimated: as many or more than
   * measured, except where the catalog alone knows (see README). Those sent alone are not counted. Left out where it is 0.
   */
  readonly locks?: number;
}

/** A query whose answer must be one row with one column that is true. */
export interface SqlCheck {
  /** Without its `;`. */
  readonly sql: string;
  /** Where it stands, or the directive that holds it; 1-based. */
  readonly line: number;
}

export interface SqlStatement {
  /** Byte offset of the first token: comments and blanks before it are outside. */
  readonly start: number;
  /** Byte offset after the last token: the closing `;`, and comments and blanks before it, are outside. */
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in code points. */
  readonly column: number;
  /** `null`: may share a transaction with other statements. Otherwise it is sent alone, with this effect. */
  readonly alone: StatementEffect | null;
}

/**
 * Why a statement is sent alone, and how a run that was interrupted in it may judge what became of it.
 *
 * All names are quoted (`"public"."users"`), ready for SQL text or `to_regclass`.
 */
export type StatementEffect =
  /** May run in a transaction, but that must be committed before what follows. */
  | { readonly kind: 'own-transaction' }
  /** Outside any transaction; safe to run again. */
  | { readonly kind: 'rerunnable' }
  /** `CREATE INDEX CONCURRENTLY`. `index` has no schema (it is the table's), and is `null` if the server names it. */
  | {
      readonly kind: 'create-index';
      readonly index: string | null;
      readonly table: string;
      readonly ifNotExists: boolean;
      readonly unique: boolean;
    }
  /** `DROP INDEX CONCURRENTLY`. */
  | { readonly kind: 'drop-index'; readonly index: string }
  /** `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`. */
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
  /** Outside any transaction; nothing is known about what it leaves behind. */
  | { readonly kind: 'unknown' };

/** From comment lines such as `-- squizzle: lock_timeout=1s statement_timeout=5min`; see docs/directives.md. */
export interface SqlDirectives {
  /** `off`: every statement of the file is sent alone. */
  readonly transaction?: 'off';
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** `ok`: the author says that there is no way back, so a missing rollback file is no mistake. */
  readonly irreversible?: 'ok';
  /** `check "…"`: what must be true before the file runs, in order. Left out where there is none. */
  readonly checks?: readonly SqlCheck[];
}

/**
 * What a reviewer should know before a file runs. None of them is an error.
 *
 * - `drops-data`: DROP TABLE, SCHEMA or DATABASE, DROP COLUMN (or an attribute of a composite type), TRUNCATE,
 *   DROP OWNED, and DROP TYPE, DOMAIN or EXTENSION with CASCADE, which takes columns along.
 * - `enum-value`: ALTER TYPE … ADD VALUE. It cannot be undone, and the value is usable only after a commit.
 * - `index-not-concurrent`: CREATE INDEX without CONCURRENTLY, which blocks writers, on a table that an earlier
 *   statement of the same file did not create.
 * - `rewrites-table`: ALTER COLUMN … TYPE. Unless the types are binary compatible, all rows are written anew under a lock that
 *   blocks readers too.
 * - `session-settings`: SET or RESET without LOCAL (SET ROLE and SET SESSION AUTHORIZATION too), and
 *   `set_config(…)` unless its third argument is the literal `true`. They outlive the statement in its session. What a
 *   function or a DO block sets inside is not seen.
 * - `unnamed-concurrent-index`: CREATE INDEX CONCURRENTLY without a name cannot be found again after an interruption.
 * - `unparsed`: in a big data file, statements were split but not parsed: nothing in them was checked or classified.
 */
export type HazardCode =
  | 'drops-data'
  | 'enum-value'
  | 'index-not-concurrent'
  | 'rewrites-table'
  | 'session-settings'
  | 'unnamed-concurrent-index'
  | 'unparsed';
