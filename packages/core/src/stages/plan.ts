/**
 * Stage 6: what must run to bring a database to a release. Pure: the same artifact and history, the same plan.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { artifactDigestOf, type PulledArtifact, type VerifiedArtifact } from '../model/artifact.ts';
import {
  appliedReleases,
  halfDoneRelease,
  historyHead,
  unfinishedRelease,
  type History,
  type UnfinishedRelease,
} from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { Plan, PlannedRelease, PlanSegment, TransactionScope } from '../model/plan.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { compareVersions } from '../model/version.ts';
import { finishCommand } from './finish-command.ts';
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
  const open = openRun(artifact, pending[0], history);
  return {
    direction: 'up',
    name: artifact.manifest.name,
    environment: options.environment,
    artifact,
    expectedHead: historyHead(history)?.hash ?? null,
    from: current?.version ?? null,
    to: artifact.manifest.version,
    releases: pending.map((release, index) => planRelease(artifact, release, index === 0 ? open : null, options)),
  };
}

function planRelease(
  artifact: VerifiedArtifact,
  manifest: ReleaseManifest,
  open: UnfinishedRelease | null,
  options: PlanOptions,
): PlannedRelease {
  const digest = artifactDigestOf(artifact, manifest.version) as Digest;
  const cut = cutRelease(open, options, (scope) => segmentsForward(manifest, options.environment, scope));
  return { version: manifest.version, digest, manifest, ...cut };
}

/**
 * Cuts a release as the open run of it was cut, which goes on then. A run that kept nothing is begun anew where it does
 * not fit what is asked for now.
 *
 * @throws {SquizzleError} `RELEASE_UNFINISHED` when the interrupted run was for another environment, so that other steps ran.
 */
export function cutRelease(
  open: UnfinishedRelease | null,
  options: PlanOptions,
  cut: (scope: TransactionScope) => readonly PlanSegment[],
): Pick<PlannedRelease, 'segments' | 'transaction' | 'resume'> {
  const transaction = scopeOf(open, options);
  const segments = cut(transaction);
  if (open === null) return { segments, transaction, resume: null };
  const isFree = open.journal.length === 0;
  const isAskedFor = !isFree || options.transaction === undefined || options.transaction === transaction;
  if (isAskedFor && isCutAs(open, options.environment, segments.length)) return { segments, transaction, resume: open };
  if (isFree) return cutRelease(null, options, cut);
  throw otherRun(open, options.environment, segments.length);
}

/** What a release runs in an environment, cut as the run journals it. */
export function segmentsForward(
  { version, steps }: ReleaseManifest,
  environment: string,
  transaction: TransactionScope,
): readonly PlanSegment[] {
  const run = steps.filter((step) => step.environment === null || step.environment === environment);
  return cutSegments(
    run.map((step) => partsOfStep(version, step, step.kind)),
    transaction,
  );
}

/** An interrupted run goes on as it was begun. */
function scopeOf(open: UnfinishedRelease | null, { transaction = 'release' }: PlanOptions): TransactionScope {
  const begun = open?.event.details['transaction'];
  return begun === 'release' || begun === 'step' ? begun : transaction;
}

function isCutAs({ event, journal }: UnfinishedRelease, environment: string, segments: number): boolean {
  const isBeyond = journal.some((entry) => entry.segment >= segments);
  return event.environment === environment && event.details['segments'] === segments && !isBeyond;
}

function otherRun(
  { event, direction }: UnfinishedRelease,
  environment: string,
  segments: number,
): SquizzleError<'RELEASE_UNFINISHED'> {
  const { version, environment: begun, details } = event;
  const message =
    `${version} was begun for environment ${begun} in ${String(details['segments'])} segments and interrupted; ` +
    `finish it as it was begun: --env ${begun} (here: ${environment}, ${segments} segments)`;
  return new SquizzleError('RELEASE_UNFINISHED', message, { version, direction });
}

function refuseOlder(artifact: VerifiedArtifact, current: LedgerEvent | null): void {
  const { version } = artifact.manifest;
  if (current === null || artifact.releases.some((release) => release.version === current.version)) return;
  if (compareVersions(version, current.version) >= 0) return;
  const message = `the database is at ${current.version}, which comes after ${version}; to go back use 'squizzle rollback ${version}'`;
  throw new SquizzleError('VERSION_OLDER', message, { current: current.version, requested: version });
}

/** @throws {SquizzleError} `HISTORY_DIVERGED` unless the chain has the applied release under the same digest. */
export function refuseDiverged(artifact: PulledArtifact, event: LedgerEvent): void {
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
function refuseOtherContent(artifact: PulledArtifact, { version, checksum, artifactDigest }: LedgerEvent): void {
  const release = artifact.releases.find((each) => each.version === version);
  if (release === undefined || release.checksum === checksum) return;
  const message = `the database has ${version} with a layer of sha256 ${checksum}, the artifact's chain has another: ${release.checksum}`;
  const details = { version, applied: artifactDigest, expected: artifactDigestOf(artifact, version) ?? null };
  throw new SquizzleError('HISTORY_DIVERGED', message, details);
}

/**
 * The run that the next release goes on with.
 *
 * @throws {SquizzleError} `RELEASE_UNFINISHED` when another one is half done.
 */
function openRun(
  artifact: VerifiedArtifact,
  next: ReleaseManifest | undefined,
  history: History,
): UnfinishedRelease | null {
  const open = unfinishedRelease(history);
  const isSame =
    open?.direction === 'up' &&
    next?.version === open.event.version &&
    artifactDigestOf(artifact, next.version) === open.event.artifactDigest;
  if (isSame) return open;
  refuseHalfDone(history);
  return null;
}

/** @throws {SquizzleError} `RELEASE_UNFINISHED` with the command that finishes the run. */
export function refuseHalfDone(history: History): void {
  const run = halfDoneRelease(history);
  if (run === null) return;
  const { direction, event } = run;
  const what = direction === 'up' ? `applying ${event.version}` : `rolling back ${event.version}`;
  const message = `${what} was interrupted half way; finish it first: ${finishCommand(run, history)}`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version: event.version, direction });
}
