/**
 * Tries a release out where it does no harm: apply, roll back, apply again, and see whether the schemas agree. The second
 * time it runs statement by statement, to see what each locks.
 *
 * There is never more than one scratch database: what belongs to no database, as roles do, would meet itself on the
 * second one of a server.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import type { ScratchDatabases } from '../contracts/scratch-databases.ts';
import type { SqlAnalyzer } from '../contracts/sql-analyzer.ts';
import { isSquizzleError } from '../errors/squizzle-error.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { Plan } from '../model/plan.ts';
import {
  compareSnapshots,
  schemaDigest,
  type SchemaDifference,
  type SchemaSnapshot,
} from '../model/schema-snapshot.ts';
import type { Version } from '../model/version.ts';
import { applyPlan } from './apply.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { planMigration } from './plan.ts';
import { bringTo, type RehearseSchemasOptions } from './rehearse-schemas.ts';
import { withScratchDatabase } from './rehearsal/scratch-scope.ts';
import { traceStatements, type StatementTrace } from './rehearsal/trace-statements.ts';
import { withoutAssertions } from './rehearsal/without-assertions.ts';
import { planRollback } from './rollback.ts';

export interface RehearseOptions extends RehearseSchemasOptions {
  /** The release of the chain to begin at; `null`: an empty database. */
  readonly from: Version | null;
  /** Splits files, so that locks can be told by statement. */
  readonly analyzer: SqlAnalyzer;
}

export interface Rehearsal {
  readonly from: Version | null;
  readonly to: Version;
  /** Version of the scratch server. */
  readonly server: string;
  /** Of the schema that the release leads to. */
  readonly schemaDigest: Digest;
  readonly rollback: RollbackRehearsal;
  /** What differs when the release runs again after it was rolled back; `null` where it was not rolled back. */
  readonly again: readonly SchemaDifference[] | null;
  readonly statements: readonly StatementTrace[];
}

export interface RollbackRehearsal {
  /** Why there is no way back: the step that has none. `null`: it was rolled back. */
  readonly missing: string | null;
  /** What differs from the schema before the release; `null` where it was not rolled back. */
  readonly differences: readonly SchemaDifference[] | null;
}

/** Whether nothing differs that should not. A release without a way back can be sound. */
export function isSound({ rollback, again }: Rehearsal): boolean {
  return (rollback.differences ?? []).length === 0 && (again ?? []).length === 0;
}

/**
 * Rehearses on one scratch database; where there is no way back, the release runs again on another, made when the first
 * is gone. None is left, whatever happens. Checks and verifies are not asked: they are about data.
 *
 * @throws {SquizzleError} what `applyPlan` throws when the release, or its rollback, fails: with file and line.
 */
export async function rehearseRelease(
  artifact: VerifiedArtifact,
  scratch: ScratchDatabases,
  options: RehearseOptions,
): Promise<Rehearsal> {
  const { signal } = options;
  const round = await withScratchDatabase(scratch, (driver) => thereAndBack(artifact, driver, options), { signal });
  if (round.statements !== null) return { ...round, statements: round.statements };
  const traceAnew = async (driver: DatabaseDriver): Promise<readonly StatementTrace[]> => {
    if (options.from !== null) await bringTo(options.from, artifact, driver, options);
    return trace(artifact, driver, options);
  };
  return { ...round, statements: await withScratchDatabase(scratch, traceAnew, { signal }) };
}

/** `statements` is `null` where there is no way back, so that nothing could run again. */
type Round = Omit<Rehearsal, 'statements'> & { readonly statements: Rehearsal['statements'] | null };

async function thereAndBack(
  artifact: VerifiedArtifact,
  driver: DatabaseDriver,
  options: RehearseOptions,
): Promise<Round> {
  const { from, signal } = options;
  const to = artifact.manifest.version;
  const { version: server } = await driver.serverFacts({ signal });
  const before = await reach(from, artifact, driver, options);
  const there = await reach(to, artifact, driver, options);
  const rollback = await goBack(artifact, before, driver, options);
  const shown = { from, to, server, schemaDigest: schemaDigest(there), rollback };
  if (rollback.missing !== null) return { ...shown, again: null, statements: null };
  const statements = await trace(artifact, driver, options);
  return { ...shown, again: compareSnapshots(there, await driver.snapshotSchema({ signal })), statements };
}

async function reach(
  version: Version | null,
  artifact: VerifiedArtifact,
  driver: DatabaseDriver,
  options: RehearseOptions,
): Promise<SchemaSnapshot> {
  if (version !== null) await bringTo(version, artifact, driver, options);
  return driver.snapshotSchema({ signal: options.signal });
}

async function goBack(
  artifact: VerifiedArtifact,
  before: SchemaSnapshot,
  driver: DatabaseDriver,
  options: RehearseOptions,
): Promise<RollbackRehearsal> {
  const { signal, onEvent } = options;
  const plan = await planBack(artifact, driver, options);
  if (typeof plan === 'string') return { missing: plan, differences: null };
  const who = { actor: 'rehearsal', client: '@squizzle/core' };
  await applyPlan(plan, driver, { ...who, signal, onEvent, looksForDrift: false });
  return { missing: null, differences: compareSnapshots(before, await driver.snapshotSchema({ signal })) };
}

/** @returns why there is no way back, where there is none. */
async function planBack(
  artifact: VerifiedArtifact,
  driver: DatabaseDriver,
  { from, environment, signal }: RehearseOptions,
): Promise<Plan | string> {
  try {
    return withoutAssertions(planRollback(artifact, await driver.readHistory({ signal }), from, { environment }));
  } catch (cause) {
    if (isSquizzleError(cause, 'ROLLBACK_MISSING')) return cause.message;
    throw cause;
  }
}

async function trace(
  artifact: VerifiedArtifact,
  driver: DatabaseDriver,
  { environment, analyzer, signal }: RehearseOptions,
): Promise<readonly StatementTrace[]> {
  const plan = withoutAssertions(planMigration(artifact, await driver.readHistory({ signal }), { environment }));
  return traceStatements(plan, driver, { analyzer, signal, now: SYSTEM_CLOCK.now });
}
