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
  currentVersion,
  historyHead,
  unfinishedRelease,
  type History,
  type UnfinishedRelease,
} from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { Plan, PlannedRelease, PlanSegment, TransactionScope } from '../model/plan.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';
import { finishCommand, takeBackCommand } from './finish-command.ts';
import { cutRelease, refuseDiverged, refuseHalfDone, type PlanOptions } from './plan.ts';
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
  requireFinishedApply(history, 'named');
  applied.forEach((event) => refuseDiverged(artifact, event));
  const undone = applied.slice(positionOf(applied, target) + 1).toReversed();
  const isSame = unfinished?.direction === 'down' && undone[0]?.version === unfinished.event.version;
  if (!isSame) refuseHalfDone(history);
  const open = isSame ? unfinished : null;
  return {
    direction: 'down',
    name: artifact.manifest.name,
    environment: options.environment,
    artifact,
    expectedHead: historyHead(history)?.hash ?? null,
    from: applied.at(-1)?.version ?? null,
    to: target,
    releases: undone.map((event, index) => planUndo(artifact, event, index === 0 ? open : null, options)),
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

function planUndo(
  artifact: VerifiedArtifact,
  event: LedgerEvent,
  open: UnfinishedRelease | null,
  options: PlanOptions,
): PlannedRelease {
  const { releases } = artifact;
  const manifest = releases.find((release) => release.version === event.version) as ReleaseManifest;
  const digest = artifactDigestOf(artifact, manifest.version) as Digest;
  const cut = cutRelease(open, options, (scope) => segmentsBack(releases, event, options.environment, scope));
  return { version: manifest.version, digest, manifest, ...cut };
}

/**
 * What takes a release back, cut as the run journals it.
 *
 * @param releases a chain that has the release.
 * @param event by which it came to the database.
 */
export function segmentsBack(
  releases: readonly ReleaseManifest[],
  event: LedgerEvent,
  environment: string,
  transaction: TransactionScope,
): readonly PlanSegment[] {
  const index = releases.findIndex((release) => release.version === event.version);
  const manifest = releases[index] as ReleaseManifest;
  const steps = event.event === 'baselined' ? [] : manifest.steps.filter((step) => ranIn(step, event, environment));
  return cutSegments(undoSteps(steps, manifest, releases.slice(0, index)), transaction);
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

/** Whether a person said how far back, or means the release that came last. */
export type RollbackTarget = 'named' | 'previous';

/**
 * Half a release has no rollback. One that was begun and has kept nothing is no obstacle for whoever names the release
 * to go back to; who does not would take back the sound release before it instead.
 *
 * @throws {SquizzleError} `RELEASE_UNFINISHED` with what to do.
 */
export function requireFinishedApply(history: History, target: RollbackTarget): void {
  const unfinished = unfinishedRelease(history);
  if (unfinished?.direction !== 'up') return;
  if (unfinished.journal.length > 0) return refuseHalfDone(history);
  const current = currentVersion(history);
  if (target === 'named' || current === null) return;
  const { version, environment } = unfinished.event;
  const forth = finishCommand(unfinished, history);
  const back = takeBackCommand(current, history, environment);
  const message = `${version} was begun and nothing of it was kept, so there is nothing to take back; to go on with it: ${forth}; to take back ${current}, which is sound, say so: ${back}`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version, direction: 'up' });
}
