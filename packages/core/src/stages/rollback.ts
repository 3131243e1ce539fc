/**
 * Plans the way back: the rollback files of each release, newest release first, steps in reverse.
 *
 * A repeatable goes back to its text of the release before. The plan runs through the same `applyPlan`.
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
import type { Plan, PlannedRelease } from '../model/plan.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';
import { refuseDiverged, refuseOtherRun, scopeOf, type PlanOptions } from './plan.ts';
import { cutSegments, partsOfStep, type PlannedPart } from './plan-segments.ts';

/**
 * @param artifact one whose chain holds every release that is applied.
 * @param target the release to go back to; `null` for the database as it was before the first.
 * @throws {SquizzleError} `ROLLBACK_MISSING` naming the step; `HISTORY_DIVERGED`; `VERSION_INVALID` when the target
 *   is not applied; `RELEASE_UNFINISHED` when an interrupted apply must be finished first.
 */
export function planRollback(
  artifact: VerifiedArtifact,
  history: History,
  target: Version | null,
  options: PlanOptions,
): Plan {
  const applied = appliedReleases(history);
  const unfinished = unfinishedRelease(history);
  requireFinishedApply(history);
  applied.forEach((event) => refuseDiverged(artifact, event));
  const undone = applied.slice(positionOf(applied, target) + 1).toReversed();
  refuseUnfinishedRollback(unfinished, undone);
  return {
    direction: 'down',
    name: artifact.manifest.name,
    environment: options.environment,
    artifact,
    expectedHead: historyHead(history)?.hash ?? null,
    from: applied.at(-1)?.version ?? null,
    to: target,
    releases: undone.map((event, index) => planUndo(artifact, event, index === 0 ? unfinished : null, options)),
  };
}

function positionOf(applied: readonly LedgerEvent[], target: Version | null): number {
  if (target === null) return -1;
  const at = applied.findIndex((event) => event.version === target);
  if (at >= 0) return at;
  const there = applied.map((event) => event.version).join(', ') || 'none';
  const message = `the database does not have ${target}, so it cannot go back to it; applied: ${there}`;
  throw new SquizzleError('VERSION_INVALID', message, { version: target });
}

/** A rollback that was interrupted must be gone on with: its release is still among the applied ones, and half undone. */
function refuseUnfinishedRollback(unfinished: UnfinishedRelease | null, undone: readonly LedgerEvent[]): void {
  if (unfinished === null || undone[0]?.version === unfinished.event.version) return;
  const { version } = unfinished.event;
  const message = `rolling back ${version} was interrupted half way; finish it first, by rolling back to the release before it`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version, direction: 'down' });
}

function planUndo(
  artifact: VerifiedArtifact,
  event: LedgerEvent,
  resume: UnfinishedRelease | null,
  options: PlanOptions,
): PlannedRelease {
  const { environment } = options;
  const transaction = scopeOf(resume, options);
  const index = artifact.releases.findIndex((release) => release.version === event.version);
  const manifest = artifact.releases[index] as ReleaseManifest;
  const steps = event.event === 'baselined' ? [] : manifest.steps.filter((step) => ranIn(step, event, environment));
  const segments = cutSegments(undoSteps(steps, manifest, artifact.releases.slice(0, index)), transaction);
  refuseOtherRun(resume, environment, segments.length);
  const digest = artifactDigestOf(artifact, manifest.version) as Digest;
  return { version: manifest.version, digest, manifest, segments, transaction, resume };
}

/** Seeds ran for the environment that the ledger names, not for the one asked for now. */
function ranIn(step: Step, event: LedgerEvent, environment: string): boolean {
  return step.environment === null || step.environment === (event.environment || environment);
}

/**
 * Rollback files in reverse, those of repeatables first, as they ran last; then the texts that repeatables had before, in
 * the order in which they run, on the schema they were written for.
 */
function undoSteps(
  steps: readonly Step[],
  { version }: ReleaseManifest,
  earlier: readonly ReleaseManifest[],
): readonly (readonly PlannedPart[])[] {
  const before = new Map(
    steps.map((step) => [step.path, step.kind === 'repeatable' ? lastWith(step.path, earlier) : undefined]),
  );
  const undone = steps.toReversed().flatMap((step) => {
    if (step.rollback !== null) return [partsOfStep(version, step.rollback, step.kind)];
    if (before.get(step.path) === undefined && !step.irreversible) throw rollbackMissing(step, version);
    return [];
  });
  const restored = steps.flatMap(({ path }) => {
    const found = before.get(path);
    return found === undefined ? [] : [partsOfStep(found.version, found.step, 'repeatable')];
  });
  return [...undone, ...restored];
}

function rollbackMissing({ path }: Step, version: Version): SquizzleError<'ROLLBACK_MISSING'> {
  const message = `${path} of ${version} has no rollback file; the only way is forward, with a new migration (a step marked '-- squizzle: irreversible=ok' is passed over)`;
  return new SquizzleError('ROLLBACK_MISSING', message, { version, path });
}

function lastWith(path: string, releases: readonly ReleaseManifest[]): { version: Version; step: Step } | undefined {
  for (const { version, steps } of releases.toReversed()) {
    const step = steps.find((each) => each.path === path);
    if (step !== undefined) return { version, step };
  }
  return undefined;
}

/** @throws {SquizzleError} `RELEASE_UNFINISHED` when an apply was interrupted: half a release has no rollback. */
export function requireFinishedApply(history: History): void {
  const unfinished = unfinishedRelease(history);
  if (unfinished?.direction !== 'up') return;
  const { version, artifactDigest } = unfinished.event;
  const message = `applying ${version} was interrupted half way; finish it with 'squizzle apply ${artifactDigest}' before rolling back ('--interrupted skip' passes over the place where it stopped)`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version, direction: 'up' });
}
