/**
 * What the engine asks of a database. Lock, transaction and connection are scopes, so no caller can forget to
 * free them.
 *
 * Implementations: PostgreSQL over `pg`, PGlite, memory (testing kit); each runs `describeDatabaseDriverContract`
 * of `@squizzle/core/testing`.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { Repair } from '../model/diagnosis.ts';
import type { History, JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { ScriptSettings } from '../model/release-manifest.ts';
import type { SchemaSnapshot } from '../model/schema-snapshot.ts';
import type { CallOptions } from './call-options.ts';
import type { StatementEffect } from './sql-analyzer.ts';

/** Facts about the server that requirements are compared with. */
export interface ServerFacts {
  /** `18.4`, as the server writes it. */
  readonly version: string;
  /** `server_version_num`: 180004. */
  readonly versionNumber: number;
  /** Extensions that CREATE EXTENSION would find, or that exist. */
  readonly extensions: readonly string[];
  /** A standby, or `default_transaction_read_only`. */
  readonly readOnly: boolean;
  /**
   * Locks of objects that all transactions together can hold: `max_locks_per_transaction` × (`max_connections` +
   * `max_prepared_transactions`).
   */
  readonly lockTableSize: number;
}

export interface DatabaseDriver {
  /** Host, port and database for people; never a secret. */
  readonly description: string;
  /** What the ledger says. Takes no lock, creates nothing, needs only the right to read. */
  readHistory(options?: CallOptions): Promise<History>;
  /**
   * Runs `work` on one dedicated session while holding the migration lock of this database and ledger.
   * Creates the ledger when it is missing. Aborting the signal cancels the running statement.
   *
   * @throws {SquizzleError} `LOCK_TIMEOUT` naming the holder; `DATABASE_UNSUITABLE` on a standby, a read-only
   *   server, or behind a pooler that shares sessions; `DATABASE_UNREACHABLE`, `DATABASE_DENIED`;
   *   `CONNECTION_LOST`; `CANCELLED`.
   */
  withLock<T>(work: (session: MigrationSession) => Promise<T>, options?: LockOptions): Promise<T>;
  serverFacts(options?: CallOptions): Promise<ServerFacts>;
  /** The catalog as canonical data; the ledger's own schema is left out. */
  snapshotSchema(options?: CallOptions): Promise<SchemaSnapshot>;
  close(): Promise<void>;
}

export interface LockOptions extends CallOptions {
  /** How long to wait for another migration; 60 000 unless said. 0 tries once. */
  readonly waitMs?: number | undefined;
  /** Shown in `pg_stat_activity`: `squizzle 1.2.0 3f9a…`. */
  readonly applicationName?: string | undefined;
  /** Limit on waiting for any one lock of the schema; 3 000 unless said. */
  readonly lockTimeoutMs?: number | undefined;
  readonly statementTimeoutMs?: number | undefined;
  readonly onWaiting?: ((holder: string | null) => void) | undefined;
  /** A statement has waited a while for a lock that others hold; told once for each lock waited for. */
  readonly onBlocked?: ((conflict: LockConflict) => void) | undefined;
  readonly onNotice?: ((notice: ServerNotice) => void) | undefined;
}

/** A lock of the schema that a statement waits for, and who is in its way. */
export interface LockConflict {
  /** What is waited for: `public.orders`, or the kind of lock where that is no relation (`transactionid`). */
  readonly target: string;
  /** As the server names it: `AccessExclusiveLock`. */
  readonly mode: string;
  readonly waitedMs: number;
  /** Those that `pg_blocking_pids` names. */
  readonly holders: readonly LockHolder[];
}

export interface LockHolder {
  readonly pid: number;
  /** Empty where the session has none. */
  readonly applicationName: string;
  /** `active`, `idle in transaction`, …; `null` where the role may not see it. */
  readonly state: string | null;
  /** When its transaction began, RFC 3339 in UTC. */
  readonly since: string | null;
  /** The first words of its statement, as `ALTER TABLE`: never more of the text, which may hold secrets. */
  readonly command: string | null;
}

export interface HeldLock {
  /** `public.orders`, quoted as SQL needs it. */
  readonly target: string;
  /** As the server names it: `AccessExclusiveLock`. */
  readonly mode: string;
}

export interface ServerNotice {
  readonly severity: string;
  readonly message: string;
}

/** One text for the server. Whatever settings of the session it changes (`SET ROLE`, `search_path`) are undone after it. */
export interface Script {
  readonly sql: string;
  readonly settings?: ScriptSettings;
}

export interface MigrationSession {
  readHistory(): Promise<History>;
  /** Commits when `work` returns, rolls back when it throws. */
  transaction<T>(work: (transaction: MigrationTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Sends one statement by itself, in no transaction. @throws {SquizzleError} `STATEMENT_FAILED` */
  executeOutsideTransaction(script: Script): Promise<void>;
  /** Looks in the catalog whether an interrupted statement has had its effect. */
  inspectEffect(effect: StatementEffect): Promise<EffectState>;
  /** Takes away what an interrupted statement left (an invalid index), so that it can run again. */
  clearLeftover(effect: StatementEffect): Promise<void>;
  /** Mends one fault that {@link DatabaseInspector.examine} found. @throws {SquizzleError} `STATEMENT_FAILED` */
  repair(repair: Repair): Promise<void>;
}

export interface TransactionOptions {
  /** Goes on though the signal is aborted: to record that the run was stopped. */
  readonly afterAbort?: boolean;
}

/** `done`: its effect is there · `absent`: it is not · `leftover`: it stopped half way · `unknown`: cannot be told. */
export type EffectState = 'done' | 'absent' | 'leftover' | 'unknown';

export interface MigrationTransaction {
  /**
   * Sends texts in order and stops at the first that fails.
   *
   * @throws {SquizzleError} `STATEMENT_FAILED` with the text's index.
   */
  execute(scripts: readonly Script[]): Promise<void>;
  /** Appends to the ledger. @throws {SquizzleError} `PLAN_STALE` when `seq` is taken. */
  append(event: LedgerEvent): Promise<void>;
  /** Writes or updates journal entries by `startedSeq` and `segment`. */
  journal(entries: readonly JournalEntry[]): Promise<void>;
  /**
   * Asks a question whose answer should be one row with one column that is true. Whatever it changes is undone.
   *
   * @returns `null` when it holds, else what was found, for people: `false`, `NULL`, `no row`, `3 rows`, `'t'`.
   * @throws {SquizzleError} `STATEMENT_FAILED` with index 0.
   */
  ask(question: string): Promise<string | null>;
  /**
   * The catalog as this transaction sees it, so that an event can record what it leads to.
   *
   * @returns `null` where reading it would wait for a lock that another transaction holds, or is refused: it is worth neither a wait
   *   nor a failure.
   */
  snapshotSchema(): Promise<SchemaSnapshot | null>;
  /**
   * Locks that this transaction holds on tables, views and sequences that were there before it: what others wait for.
   * Sorted by name, the strongest first.
   */
  heldLocks(): Promise<readonly HeldLock[]>;
  /** Keeps the snapshot in the ledger's schema, in place of the one that was kept before. */
  keepSnapshot(digest: Digest, snapshot: SchemaSnapshot): Promise<void>;
}
