/**
 * All that a diagnosis reads from the database, each part read once. What could not be read is thrown where a check
 * asks for it, so that the checks that need nothing of it go on.
 *
 * @module
 */
import type { DatabaseDriver, ServerFacts } from '../../contracts/database-driver.ts';
import type { DatabaseInspector } from '../../contracts/database-inspector.ts';
import { isSquizzleError, type SquizzleError } from '../../errors/squizzle-error.ts';
import type { PulledArtifact } from '../../model/artifact.ts';
import type { DatabaseExamination, FindingCheck } from '../../model/diagnosis.ts';
import type { History } from '../../model/history.ts';
import { detectDrift, type DriftReport } from '../drift.ts';

/** Gives what was read, or throws what reading it threw. */
export type Reading<T> = () => T;

export interface Facts {
  readonly server: Reading<ServerFacts>;
  readonly examination: Reading<DatabaseExamination>;
  readonly history: Reading<History>;
  readonly drift: Reading<DriftReport>;
  readonly artifact: PulledArtifact | null;
  readonly signal: AbortSignal | undefined;
  /** Failed readings, with the check that reports each. */
  readonly failures: ReadonlyMap<unknown, FindingCheck>;
}

/** Nothing can be said of a database that is not reached, and a person who stops does not want a list. */
const PASSED = new Set<string>(['DATABASE_UNREACHABLE', 'DATABASE_DENIED', 'CANCELLED']);

export function isReportable(cause: unknown): cause is SquizzleError {
  return isSquizzleError(cause) && !PASSED.has(cause.code);
}

/** One after the other: an embedded database has a single session. */
export async function gatherFacts(
  driver: DatabaseDriver & DatabaseInspector,
  { artifact, signal }: { readonly artifact: PulledArtifact | null; readonly signal?: AbortSignal | undefined },
): Promise<Facts> {
  const failures = new Map<unknown, FindingCheck>();
  const attempt = async <T>(reporter: FindingCheck, read: () => Promise<T>): Promise<Reading<T>> => {
    try {
      const value = await read();
      return () => value;
    } catch (cause) {
      if (!isReportable(cause)) throw cause;
      if (!failures.has(cause)) failures.set(cause, reporter);
      return () => {
        throw cause;
      };
    }
  };
  const options = { signal };
  return {
    server: await attempt('server', () => driver.serverFacts(options)),
    examination: await attempt('ledger', () => driver.examine(options)),
    history: await attempt('chain', () => driver.readHistory(options)),
    drift: await attempt('schema', () => detectDrift(driver, options)),
    artifact,
    signal,
    failures,
  };
}
