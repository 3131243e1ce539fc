/**
 * Shows what schemas releases lead to, by applying them where it does no harm.
 *
 * @module
 */
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import type { ScratchDatabases } from '../contracts/scratch-databases.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { SchemaSnapshot } from '../model/schema-snapshot.ts';
import type { Version } from '../model/version.ts';
import { applyPlan } from './apply.ts';
import type { MigrationEvent } from './migration-event.ts';
import { planMigration } from './plan.ts';
import { withoutAssertions } from './rehearsal/without-assertions.ts';
import { withScratchDatabase } from './rehearsal/scratch-scope.ts';

export interface RehearseSchemasOptions {
  /** Whose seeds run. */
  readonly environment: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
}

/**
 * Applies the artifact's chain up to the newest of `versions` on one scratch database, the way any database would be
 * migrated, and takes a snapshot at each of them. The scratch database is gone afterwards, whatever happens.
 *
 * @returns by version, oldest first.
 * @throws {SquizzleError} `ARTIFACT_NOT_FOUND` for a version that is not in the chain; what `applyPlan` and making a
 *   scratch database throw.
 */
export async function schemasOfReleases(
  artifact: VerifiedArtifact,
  versions: readonly Version[],
  scratch: ScratchDatabases,
  options: RehearseSchemasOptions,
): Promise<ReadonlyMap<Version, SchemaSnapshot>> {
  versions.forEach((version) => requireRelease(artifact, version));
  const asked = artifact.releases.map(({ version }) => version).filter((version) => versions.includes(version));
  const snapshots = new Map<Version, SchemaSnapshot>();
  if (asked.length === 0) return snapshots;
  const { signal } = options;
  const walk = async (driver: DatabaseDriver): Promise<void> => {
    for (const version of asked) {
      await bringTo(version, artifact, driver, options);
      snapshots.set(version, await driver.snapshotSchema({ signal }));
    }
  };
  await withScratchDatabase(scratch, walk, { signal });
  return snapshots;
}

/** Brings a scratch database on to a release of the chain. Checks and verifies are not asked: they are about data. */
export async function bringTo(
  version: Version,
  artifact: VerifiedArtifact,
  driver: DatabaseDriver,
  { environment, signal, onEvent }: RehearseSchemasOptions,
): Promise<void> {
  const plan = planMigration(artifact, await driver.readHistory({ signal }), { environment });
  const end = plan.releases.findIndex((release) => release.version === version) + 1;
  const upTo = withoutAssertions({ ...plan, to: version, releases: plan.releases.slice(0, end) });
  const who = { actor: 'rehearsal', client: '@squizzle/core' };
  await applyPlan(upTo, driver, { ...who, signal, onEvent, looksForDrift: false });
}

function requireRelease(artifact: VerifiedArtifact, version: Version): void {
  if (artifact.releases.some((release) => release.version === version)) return;
  const message = `${version} is not in the chain of ${artifact.manifest.version}, so its schema cannot be shown with it`;
  throw new SquizzleError('ARTIFACT_NOT_FOUND', message, { selector: version });
}
