/**
 * The release that the next one is built upon: the highest of the project's own store and the remote one, so that a
 * fresh checkout goes on where the last build ended.
 *
 * @module
 */
import {
  compareVersions,
  isSquizzleError,
  listVersions,
  pullArtifact,
  type PulledArtifact,
  type PullOptions,
  type Version,
} from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import { higherOf, orOffline } from './find-release.ts';
import type { Project } from './project.ts';

/** @throws {SquizzleError} `TAG_MOVED` when both stores have the highest version, with different content. */
export async function newestRelease(project: Project): Promise<PulledArtifact | null> {
  const { signal } = project;
  const pull = (version: Version, store: ReleaseStore, options?: PullOptions): Promise<PulledArtifact> =>
    pullArtifact({ kind: 'version', version }, store, { signal, ...options });
  const own = await project.store();
  const here = (await listVersions(own, { signal })).at(-1);
  const remote = await project.findRemote();
  if (remote === undefined) return here === undefined ? null : pull(here, own);
  return orOffline(async () => {
    const there = await highestIn(remote, signal);
    if (here === undefined) return there === undefined ? null : pull(there, remote);
    const order = there === undefined ? 1 : compareVersions(here, there);
    if (there === undefined || order > 0) return pull(here, own);
    if (order < 0) return pull(there, remote);
    const known = await pull(here, own);
    return higherOf(known, await pull(there, remote, { known }));
  });
}

/** A repository is made by the first push to it: none yet is none of its releases. */
async function highestIn(store: ReleaseStore, signal: AbortSignal): Promise<Version | undefined> {
  try {
    return (await listVersions(store, { signal })).at(-1);
  } catch (cause) {
    if (isSquizzleError(cause, 'NOT_FOUND')) return undefined;
    throw cause;
  }
}
