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
import { refuseDiverged, type PlanOptions } from './plan.ts';
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
  refuseUnfinishedApply(unfinished);
  applied.forEach((event) => refuseDiverged(artifact, event));
  const undone = applied.slice(positionOf(applied, target) + 1).toReversed();
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

function refuseUnfinishedApply(unfinished: UnfinishedRelease | null): void {
  if (unfinished?.direction !== 'up') return;
  const { version, artifactDigest } = unfinished.event;
  const message = `applying ${version} was interrupted half way; finish it with 'squizzle apply ${artifactDigest}' before rolling back`;
  throw new SquizzleError('RELEASE_UNFINISHED', message, { version, direction: 'up' });
}

function planUndo(
  artifact: VerifiedArtifact,
  event: LedgerEvent,
  resume: UnfinishedRelease | null,
  { environment, transaction = 'release' }: PlanOptions,
): PlannedRelease {
  const index = artifact.releases.findIndex((release) => release.version === event.version);
  const manifest = artifact.releases[index] as ReleaseManifest;
  const earlier = artifact.releases.slice(0, index);
  const steps = event.event === 'baselined' ? [] : manifest.steps.filter((step) => ranIn(step, event, environment));
  const groups = steps.toReversed().map((step) => undoOf(step, manifest, earlier));
  const digest = artifactDigestOf(artifact, manifest.version) as Digest;
  return { version: manifest.version, digest, manifest, segments: cutSegments(groups, transaction), resume };
}

/** Seeds ran for the environment that the ledger names, not for the one asked for now. */
function ranIn(step: Step, event: LedgerEvent, environment: string): boolean {
  return step.environment === null || step.environment === (event.environment || environment);
}

function undoOf(step: Step, { version }: ReleaseManifest, earlier: readonly ReleaseManifest[]): readonly PlannedPart[] {
  if (step.kind === 'repeatable') {
    const before = lastWith(step.path, earlier);
    if (before !== undefined) return partsOfStep(before.version, before.step, 'repeatable');
  }
  if (step.rollback !== null) return partsOfStep(version, step.rollback, step.kind);
  if (step.irreversible) return [];
  const message = `${step.path} of ${version} has no rollback file; the only way is forward, with a new migration (a step marked '-- squizzle: irreversible=ok' is passed over)`;
  throw new SquizzleError('ROLLBACK_MISSING', message, { version, path: step.path });
}

function lastWith(path: string, releases: readonly ReleaseManifest[]): { version: Version; step: Step } | undefined {
  for (const { version, steps } of releases.toReversed()) {
    const step = steps.find((each) => each.path === path);
    if (step !== undefined) return { version, step };
  }
  return undefined;
}
