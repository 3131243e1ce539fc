/**
 * Where a database is, and what a release would change: the answer to `squizzle status`. Pure.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { artifactDigestOf, type PulledArtifact } from './artifact.ts';
import { appliedReleases, unfinishedRelease, type History } from './history.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { compareVersions, type Version } from './version.ts';

export interface ReleaseStatus {
  readonly version: Version;
  readonly digest: Digest;
  /** `diverged`: applied under another digest than the artifact's chain knows. */
  readonly state: 'applied' | 'baselined' | 'pending' | 'unfinished' | 'diverged';
  readonly appliedAt: string | null;
  readonly steps: number | null;
}

export interface DatabaseStatus {
  readonly current: Version | null;
  readonly digest: Digest | null;
  /** Whether the database has a ledger at all. */
  readonly initialized: boolean;
  /** Oldest first: what is applied, then what the artifact would add. */
  readonly releases: readonly ReleaseStatus[];
  readonly pending: number;
  readonly diverged: boolean;
  readonly unfinished: { readonly version: Version; readonly direction: 'up' | 'down' } | null;
}

/** @param artifact what the database is compared with; `null` when there is none. */
export function describeStatus(history: History, artifact: PulledArtifact | null): DatabaseStatus {
  const applied = appliedReleases(history);
  const current = applied.at(-1) ?? null;
  const unfinished = unfinishedRelease(history);
  const known = new Set(applied.map((event) => event.version));
  const done = applied.map((event) => statusOf(event, artifact));
  const pending = (artifact?.releases ?? [])
    .filter(({ version }) => !known.has(version) && (current === null || compareVersions(version, current.version) > 0))
    .map(({ version, steps }): ReleaseStatus => {
      const state = unfinished?.event.version === version ? 'unfinished' : 'pending';
      const digest = (artifact === null ? undefined : artifactDigestOf(artifact, version)) as Digest;
      return { version, digest, state, appliedAt: null, steps: steps.length };
    });
  return {
    current: current?.version ?? null,
    digest: current?.artifactDigest ?? null,
    initialized: history.initialized,
    releases: [...done, ...pending],
    pending: pending.length,
    diverged: done.some((release) => release.state === 'diverged'),
    unfinished: unfinished === null ? null : { version: unfinished.event.version, direction: unfinished.direction },
  };
}

/** An artifact that is older than the database's release knows nothing of what came after it: no divergence. */
function statusOf(event: LedgerEvent, artifact: PulledArtifact | null): ReleaseStatus {
  const expected = artifact === null ? undefined : artifactDigestOf(artifact, event.version);
  const newer = artifact !== null && compareVersions(event.version, artifact.manifest.version) > 0;
  const differs = artifact !== null && !newer && expected !== event.artifactDigest;
  const state = differs ? 'diverged' : event.event === 'baselined' ? 'baselined' : 'applied';
  const { steps } = event.details;
  return {
    version: event.version,
    digest: event.artifactDigest,
    state,
    appliedAt: event.finishedAt,
    steps: typeof steps === 'number' ? steps : null,
  };
}
