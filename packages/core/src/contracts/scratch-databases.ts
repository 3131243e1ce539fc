/**
 * Empty databases that are thrown away: where a release can show what it does without touching anybody's database.
 *
 * @module
 */
import type { CallOptions } from './call-options.ts';
import type { DatabaseDriver } from './database-driver.ts';

export interface ScratchDatabases {
  /** For people: `embedded PostgreSQL`, `scratch databases on localhost:5432`. */
  readonly description: string;
  /**
   * Makes an empty database. Disposing of it removes it, also when it is in use.
   *
   * @throws {SquizzleError} `DATABASE_DENIED` when the role may not create databases; `DATABASE_UNREACHABLE`.
   */
  create(options?: CallOptions): Promise<ScratchDatabase>;
}

export interface ScratchDatabase {
  readonly driver: DatabaseDriver;
  [Symbol.asyncDispose](): Promise<void>;
}
