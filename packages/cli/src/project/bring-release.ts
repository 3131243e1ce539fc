/**
 * A release of another store made one of the project's own: what `pull` does, and `build` where it builds upon it.
 *
 * @module
 */
import type { PulledArtifact } from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import { copyRelease, type CopyReport } from './copy-release.ts';
import type { Project } from './project.ts';

/** @throws {SquizzleError} `TAG_IMMUTABLE`, `TAG_MOVED` */
export async function bringRelease(artifact: PulledArtifact, project: Project, to?: ReleaseStore): Promise<CopyReport> {
  const { lockfile } = project;
  await lockfile.check(artifact, null);
  const report = await copyRelease(artifact, to ?? (await project.store()), project);
  await lockfile.record(report.version, artifact.root.digest);
  return report;
}
