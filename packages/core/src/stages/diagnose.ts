/**
 * Looks at a database from every side that a migration depends on, and says what it sees, sound or not.
 *
 * A check that fails is a finding itself, and the others go on: a diagnosis of a broken database is what this is for.
 *
 * @module
 */
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import type { PulledArtifact } from '../model/artifact.ts';
import type { Finding } from '../model/diagnosis.ts';
import { CHECKS } from './diagnosis/checks.ts';
import { gatherFacts } from './diagnosis/facts.ts';
import { runCheck } from './diagnosis/run-check.ts';

export interface DiagnoseOptions {
  /** What the ledger is compared with; `null` when there is nothing. */
  readonly artifact: PulledArtifact | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * At least one finding of each check, in the order of `FindingCheck`. Takes no lock and writes nothing.
 *
 * @throws {SquizzleError} `DATABASE_UNREACHABLE`, `DATABASE_DENIED`, `CANCELLED`; all else is a finding.
 */
export async function diagnoseDatabase(
  driver: DatabaseDriver & DatabaseInspector,
  options: DiagnoseOptions,
): Promise<readonly Finding[]> {
  const facts = await gatherFacts(driver, options);
  const findings: Finding[] = [];
  for (const [check, look] of CHECKS) findings.push(...(await runCheck(check, look, facts)));
  return findings;
}
