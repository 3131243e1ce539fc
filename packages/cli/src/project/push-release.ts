/**
 * Which release a push sends, and the push itself.
 *
 * A release that is nowhere but at the receiver is there already: a pipeline that runs again on a fresh machine ends
 * well.
 *
 * @module
 */
import { isSquizzleError, pullArtifact, toSelector, type PulledArtifact, type Selector } from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import { copyRelease, type CopyReport } from './copy-release.ts';
import type { Project } from './project.ts';

export interface PushRequest {
  readonly selector: string;
  readonly from: ReleaseStore;
  readonly to: ReleaseStore;
  readonly repair?: boolean | undefined;
}

/** @throws {SquizzleError} `ARTIFACT_NOT_FOUND`, `TAG_IMMUTABLE`, `TAG_MOVED` */
export async function pushRelease(request: PushRequest, project: Project): Promise<CopyReport> {
  const { from, to, repair } = request;
  const selector = toSelector(request.selector);
  const artifact = await findToPush(selector, from, to, project);
  await project.lockfile.check(artifact, selector);
  const { output, signal } = project;
  const report = await copyRelease(artifact, to, { output, signal, repair });
  await project.lockfile.record(report.version, artifact.root.digest);
  return report;
}

async function findToPush(
  selector: Selector,
  from: ReleaseStore,
  to: ReleaseStore,
  { signal }: Project,
): Promise<PulledArtifact> {
  try {
    return await pullArtifact(selector, from, { signal });
  } catch (cause) {
    if (!isSquizzleError(cause, 'ARTIFACT_NOT_FOUND')) throw cause;
    if (selector.kind !== 'version' && selector.kind !== 'commit' && selector.kind !== 'digest') throw cause;
    return pullArtifact(selector, to, { signal }).catch((other: unknown) => {
      if (isSquizzleError(other, 'TAG_MOVED')) throw other;
      throw cause; // the store that lacks it is what the user must look at
    });
  }
}
