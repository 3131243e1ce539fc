/**
 * What an implementation hands to the contract suite, and the suite's own tools.
 *
 * @module
 */
import type { TestContext } from 'vitest';
import type { DatabaseDriver, Script } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';

/** `true`, or the reason why an implementation cannot. */
export type Capability = true | string;

export interface DatabaseCapabilities {
  /** Two drivers may use one database at once. */
  readonly secondSession: Capability;
  /** A running statement can be stopped. */
  readonly cancellation: Capability;
  /** The ledger refuses UPDATE and DELETE that reach it by other ways than the driver. */
  readonly guardedLedger: Capability;
  /** Other sessions may hold locks of the schema. */
  readonly lockConflicts: Capability;
}

export interface DatabaseFixture {
  /** To a database without a ledger and without tables. */
  readonly driver: DatabaseDriver & DatabaseInspector;
  /** Another driver for the same database, as another process would have it. */
  readonly another?: () => Promise<DatabaseDriver>;
  /** Whether the default schema holds the table now, for someone else than the driver. */
  tableExists(name: string): Promise<boolean>;
  /**
   * Takes an ACCESS EXCLUSIVE lock on a table of the default schema, in a session of its own that is no migration.
   *
   * @returns what ends it.
   */
  readonly holdTable?: (name: string) => Promise<() => Promise<void>>;
  /** Name of the ledger's table for SQL, if there is SQL. */
  readonly ledgerTable?: string;
  readonly capabilities: DatabaseCapabilities;
  close(): Promise<void>;
}

export const script = (sql: string, more: Partial<Script> = {}): Script => ({ sql, ...more });
export const table = (name: string): Script => script(`CREATE TABLE ${name} (id int)`);

/** Reports the test as skipped, with the reason, where the implementation cannot by its nature. */
export function requireCapability(context: TestContext, capability: Capability): void {
  if (capability !== true) context.skip(capability);
}

export async function openAnother(context: TestContext, fixture: DatabaseFixture): Promise<DatabaseDriver> {
  requireCapability(context, fixture.capabilities.secondSession);
  if (fixture.another === undefined) throw new RangeError('the fixture declares secondSession but opens none');
  return fixture.another();
}

export async function holdTable(fixture: DatabaseFixture, name: string): Promise<() => Promise<void>> {
  if (fixture.holdTable === undefined) throw new RangeError('the fixture declares lockConflicts but can hold no table');
  return fixture.holdTable(name);
}
