/**
 * The command that goes on with an interrupted run, whole, so that it can be copied.
 *
 * @module
 */
import { appliedReleases, type History, type UnfinishedRelease } from '../model/history.ts';
import type { Version } from '../model/version.ts';

export function finishCommand({ event, direction }: UnfinishedRelease, history: History): string {
  const { environment, artifactDigest, version } = event;
  if (direction === 'up') return `squizzle apply ${artifactDigest} --env ${environment}`;
  return takeBackCommand(version, history, environment);
}

/** Takes back one release and those after it. */
export function takeBackCommand(version: Version, history: History, environment: string): string {
  const applied = appliedReleases(history);
  const before = applied[applied.findIndex((each) => each.version === version) - 1];
  return `squizzle rollback ${before?.version ?? '--all'} --env ${environment}`;
}
