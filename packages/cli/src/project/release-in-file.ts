/**
 * A release where it lies: in a store, or in a file that `squizzle export` wrote.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { movingTagHolds, pullArtifact, toSelector, type PulledArtifact, type Selector } from '@squizzle/core';
import { pullRelease, type FindOptions } from './find-release.ts';
import { openArchive, type OpenArchive } from './open-archive.ts';
import type { Project } from './project.ts';

/** Close it: a file is open until then. */
export interface OpenRelease extends AsyncDisposable {
  readonly artifact: PulledArtifact;
}

/** @throws {SquizzleError} as `pullRelease`; `ARCHIVE_INVALID`. */
export async function openRelease(text: string, project: Project, { from }: FindOptions): Promise<OpenRelease> {
  const path = from === undefined ? undefined : resolve(project.cwd, from);
  if (path === undefined || !(await isFile(path))) {
    const artifact = await pullRelease(text, project, { from });
    return { artifact, [Symbol.asyncDispose]: async () => undefined };
  }
  const archive = await openArchive(path, project);
  try {
    const selector = toSelector(text);
    const artifact = await findIn(archive, selector, project);
    if (selector.kind !== 'digest') await project.lockfile.check(artifact, selector);
    return { artifact, [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose]() };
  } catch (cause) {
    await archive[Symbol.asyncDispose]();
    throw cause;
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** Archives have the tags of versions alone: of the others the highest release counts. */
async function findIn({ artifacts }: OpenArchive, selector: Selector, { signal }: Project): Promise<PulledArtifact> {
  const moving =
    selector.kind === 'moving'
      ? artifacts.findLast(({ manifest }) => movingTagHolds(selector.tag, manifest.version))
      : undefined;
  if (moving !== undefined) return moving;
  const [first] = artifacts;
  if (first === undefined) throw new TypeError('an archive that opened has a release');
  return pullArtifact(selector, first.store, { signal });
}
