/**
 * What was built, into the stores: the project's own, and with `--push` the remote one.
 *
 * The remote one goes first: of several machines that build the same next version it lets one win, and the others have
 * kept nothing that they would have to take back.
 *
 * @module
 */
import { publishArtifact, type BuiltArtifact } from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import type { CopyReport } from './copy-release.ts';
import { bringRelease } from './bring-release.ts';
import type { Project } from './project.ts';

export interface Published {
  readonly tags: readonly string[];
  /** `null`: it was not asked for. */
  readonly pushed: { readonly to: string; readonly tags: readonly string[] } | null;
}

/** @throws {SquizzleError} `TAG_IMMUTABLE`: whoever refused it has it with other content. */
export async function publishRelease(
  built: BuiltArtifact,
  remote: ReleaseStore | undefined,
  project: Project,
): Promise<Published> {
  const { lockfile, signal } = project;
  const root = built.root.descriptor;
  await lockfile.checkNew(built.manifest.version, root.digest);
  const pushed = remote === undefined ? null : await publishArtifact(built, remote, { signal });
  await bringPredecessor(built, project);
  const { tags } = await publishArtifact(built, await project.store(), { signal });
  await lockfile.record(built.manifest.version, root.digest);
  return {
    tags,
    pushed: pushed === null || remote === undefined ? null : { to: remote.description, tags: pushed.tags },
  };
}

/** A release of the remote store that was built upon is one of the own store from now on, layers and all. */
async function bringPredecessor({ previous }: BuiltArtifact, project: Project): Promise<CopyReport | undefined> {
  if (previous === null || previous.store === (await project.store())) return undefined;
  return bringRelease(previous, project);
}
