/**
 * Stage 6: what must run to bring a database to a release. Pure: the same artifact and history, the same plan.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { artifactDigestOf, type VerifiedArtifact } from '../model/artifact.ts';
import {
  appliedReleases,
  historyHead,
  unfinishedRelease,
  type History,
  type UnfinishedRelease,
} from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { Plan, PlannedRelease, TransactionScope } from '../model/plan.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { compareVersions } from '../model/version.ts';
import { cutSegments, partsOfStep } from './plan-segments.ts';

export interface PlanOptions {
  /** Seeds of this environment run; seeds of others do not. */
  readonly environment: string;
  /** `release` (unless told): steps commit together. `step`: each by itself, journaled. */
  readonly transaction?: TransactionScope | undefined;
}

/**
 * Plans the releases of the artifact's chain that the database does not have yet.
 *
 * @throws {SquizzleError} `HISTORY_DIVERGED` when the database has a release the chain lacks, or has under another
 *   digest; `VERSION_OLDER` when it is past the artifact; `RELEASE_UNFINISHED` when an interrupted run of something
 *   else must be finished first.
 */
export function planMigration(artifact: VerifiedArtifact, history: History, options: PlanOptions): Plan {
  const applied = appliedReleases(history);
  const current = applied.at(-1) ?? null;
  refuseOlder(artifact, current);
  applied.forEach((event) => refuseDiverged(artifact, event));
  const at = artifact.releases.findIndex((release) => release.version === current?.version);
  const pending = artifact.releases.slice(at + 1);
  const unfinished = unfinishedRelease(history);
  refuseUnfinished(artifact, pending[0], unfinished);
  return {
    direction: 'up',
    name: artifact.manifest.name,
    environment: options.environment,
    artifact,
    expectedHead: historyHead(history)?.hash ?? null,
    from: current?.version ?? null,
    to: artifact.manifest.version,
    releases: pending.map((release, index) => planRelease(artifact, release, index === 0 ? unfinished : null, options)),
  };
}

function planRelease(
  artifact: VerifiedArtifact,
  manifest: ReleaseManifest,
  resume: UnfinishedRelease | null,
  options: PlanOptions,
): PlannedRelease {
  const { environment } = options;
  const transaction = scopeOf(resume, options);
  const steps = manifest.steps.filter((step) => step.environment === null || step.environment === environment);
  const groups = steps.map((step) => partsOfStep(manifest.version, step, step.kind));
  const digest = artifactDigestOf(artifact, manifest.version) as Digest;
  const segments = cutSegments(groups, transaction);
  refuseOtherRun(resume, environment, segments.length);
  return { version: manifest.version, digest, manifest, segments, transaction, resume };
}

/** An interrupted run goes on as it was begun. */
export function scopeOf(resume: UnfinishedRelease | null, { transaction = 'release' }: PlanOptions): TransactionScope {
  const begun = resume?.event.details['transaction'];
  return begun === 'release' || begun === 'step' ? begun : transaction;
}

/** @throws {SquizzleError} `RELEASE_UNFINISHED` when the interrupted run was for another environment, so that other steps ran. */
export function refuseOtherRun(resume: UnfinishedRelease | null, environment: string, segments: number): void {
  if (resume === null) return;
  const { version, environment: begun, details } = resume.event;
  const beyond = resume.journal.some((entry) => entry.segment >= segments);
  if (begun === environment && details['segments'] === segments && !beyond) return;
  const message =
    `${version} was begun for environment ${begun} in ${String(details['segments'])} segments and interrupted; ` +
    `finish it as it was begun: --env ${begun} (here: ${environment}, ${segments} segments)`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version, direction: resume.direction });
}

function refuseOlder(artifact: VerifiedArtifact, current: LedgerEvent | null): void {
  const { version } = artifact.manifest;
  if (current === null || artifact.releases.some((release) => release.version === current.version)) return;
  if (compareVersions(version, current.version) >= 0) return;
  const message = `the database is at ${current.version}, which comes after ${version}; to go back use 'squizzle rollback ${version}'`;
  throw new SquizzleError('VERSION_OLDER', message, { current: current.version, requested: version });
}

/** @throws {SquizzleError} `HISTORY_DIVERGED` unless the chain has the applied release under the same digest. */
export function refuseDiverged(artifact: VerifiedArtifact, event: LedgerEvent): void {
  const expected = artifactDigestOf(artifact, event.version) ?? null;
  if (expected === event.artifactDigest) return refuseOtherContent(artifact, event);
  const found =
    expected === null
      ? `which ${artifact.manifest.version} (${artifact.root.digest}) does not descend from`
      : `but the artifact knows it as ${expected}`;
  const message = `the database has ${event.version} as ${event.artifactDigest}, ${found}; apply an artifact of the database's own line`;
  throw new SquizzleError('HISTORY_DIVERGED', message, {
    version: event.version,
    applied: event.artifactDigest,
    expected,
  });
}

/** The digest of an earlier release is what the artifact claims it was; the layer is what would have run. */
function refuseOtherContent(artifact: VerifiedArtifact, { version, checksum, artifactDigest }: LedgerEvent): void {
  const release = artifact.releases.find((each) => each.version === version);
  if (release === undefined || release.checksum === checksum) return;
  const message = `the database has ${version} with a layer of sha256 ${checksum}, the artifact's chain has another: ${release.checksum}`;
  const details = { version, applied: artifactDigest, expected: artifactDigestOf(artifact, version) ?? null };
  throw new SquizzleError('HISTORY_DIVERGED', message, details);
}

function refuseUnfinished(
  artifact: VerifiedArtifact,
  next: ReleaseManifest | undefined,
  unfinished: UnfinishedRelease | null,
): void {
  if (unfinished === null) return;
  const { direction, event } = unfinished;
  const same = next?.version === event.version && artifactDigestOf(artifact, next.version) === event.artifactDigest;
  if (direction === 'up' && same) return;
  const [what, how] =
    direction === 'up' ? ['release', `apply ${event.artifactDigest}`] : ['rollback', 'roll back again'];
  const message = `a ${what} of ${event.version} was interrupted; finish it first: ${how}`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version: event.version, direction });
}
