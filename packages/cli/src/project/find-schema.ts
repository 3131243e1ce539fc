/**
 * Finds the release of a chain that leads to the schema a database has.
 *
 * What costs nothing is asked first: digests that builds declared and other environments recorded. Where they do not know
 * every release of the chain, or none of them fits, a scratch database shows all of it.
 *
 * @module
 */
import {
  compareSnapshots,
  declaredSchemas,
  detectRelease,
  isSquizzleError,
  recordedSchemas,
  rehearsedSchemas,
  SquizzleError,
  withScratchDatabase,
  type DatabaseDriver,
  type ErrorDetails,
  type SchemaCandidate,
  type SchemaSnapshot,
  type VerifiedArtifact,
} from '@squizzle/core';
import { PLAIN } from '../output/paint.ts';
import { differenceLines } from '../output/schema-differences.ts';
import { majorOf } from '../output/words.ts';
import type { Project } from './project.ts';
import { rehearse } from './rehearse.ts';
import { openScratch, type Scratch, type ScratchFlags } from './scratch.ts';
import type { Target } from './target.ts';

export interface SchemaSources extends ScratchFlags {
  /** Environments whose ledgers are asked. */
  readonly from: readonly Target[];
  /** Whether a scratch database may be asked. */
  readonly rehearse: boolean;
}

/** @throws {SquizzleError} `SCHEMA_UNKNOWN`; where no release fits, with what the database differs in from the nearest. */
export async function findSchema(
  live: SchemaSnapshot,
  artifact: VerifiedArtifact,
  request: SchemaSources,
  project: Project,
): Promise<SchemaCandidate> {
  const known = [...declaredSchemas(artifact), ...(await recordedElsewhere(artifact, request.from, project))];
  const versions = artifact.releases.map(({ version }) => version);
  try {
    return detectRelease(live, versions, known);
  } catch (cause) {
    if (!isSquizzleError(cause, 'SCHEMA_UNKNOWN') || !request.rehearse || isAmbiguous(cause)) throw cause;
  }
  const scratch = await openScratch(request, project);
  const seen = await tryOut(artifact, scratch, project);
  try {
    return detectRelease(live, versions, [...known, ...seen]);
  } catch (cause) {
    if (!isSquizzleError(cause, 'SCHEMA_UNKNOWN') || isAmbiguous(cause)) throw cause;
    const servers = await compareServers(scratch, project);
    const message = [cause.message, ...nearestLines(cause.details.compared, live, seen), ...servers].join('\n');
    throw new SquizzleError('SCHEMA_UNKNOWN', message, cause.details, { cause });
  }
}

/** More knowledge would make of several releases no fewer. */
function isAmbiguous({ details }: SquizzleError<'SCHEMA_UNKNOWN'>): boolean {
  return details.fitting.length > 1;
}

async function recordedElsewhere(
  artifact: VerifiedArtifact,
  targets: readonly Target[],
  project: Project,
): Promise<readonly SchemaCandidate[]> {
  const recorded: SchemaCandidate[] = [];
  for (const target of targets) {
    const driver = await project.driverOf(target);
    recorded.push(...recordedSchemas(await driver.readHistory({ signal: project.signal }), artifact));
  }
  return recorded;
}

async function tryOut(
  artifact: VerifiedArtifact,
  scratch: Scratch,
  project: Project,
): Promise<readonly SchemaCandidate[]> {
  const versions = artifact.releases.map(({ version }) => version);
  return rehearsedSchemas(await rehearse({ artifact, versions, environment: project.target().name }, scratch, project));
}

/** Enough to see the reason; `squizzle compare` shows all of it. */
const SHOWN = 20;

function nearestLines(
  compared: ErrorDetails['SCHEMA_UNKNOWN']['compared'],
  live: SchemaSnapshot,
  seen: readonly SchemaCandidate[],
): readonly string[] {
  const counted = compared.flatMap(({ version, differences }) =>
    differences === null ? [] : [{ version, differences }],
  );
  const fewest = Math.min(...counted.map(({ differences }) => differences));
  const nearest = counted.find(({ differences }) => differences === fewest)?.version;
  const snapshot = seen.find(({ version }) => version === nearest)?.snapshot;
  if (nearest === undefined || snapshot == null) return [];
  const lines = differenceLines(compareSnapshots(snapshot, live), PLAIN);
  const more = lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more lines`] : [];
  return [`from ${nearest} (-) to this database (+):`, ...lines.slice(0, SHOWN), ...more];
}

/** What else may be the reason. */
async function compareServers(scratch: Scratch, { driver, signal }: Project): Promise<readonly string[]> {
  const { version: live } = await (await driver()).serverFacts({ signal });
  const ask = (scratchDriver: DatabaseDriver) => scratchDriver.serverFacts({ signal });
  const { version: tried } = await withScratchDatabase(scratch, ask, { signal });
  if (majorOf(tried) === majorOf(live)) return [];
  return [
    `the scratch database was PostgreSQL ${tried}, this one is ${live}, and another major version may write the same object differently: --scratch <url> names a server of the same`,
  ];
}
