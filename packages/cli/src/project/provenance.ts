/**
 * Where a release comes from and when it was made, so that the same sources give the same digest everywhere.
 *
 * @module
 */
import { relative } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { readGitState, type GitState } from '../git.ts';
import type { Project } from './project.ts';

export interface Provenance {
  /** SOURCE_DATE_EPOCH; else the commit's time; else the beginning of 1970: never the time of the build. */
  readonly created: Date;
  readonly revision: string | undefined;
  readonly author: string | undefined;
}

const SECONDS_MAX = 253_402_300_799; // 9999-12-31, where four-digit years end

/**
 * @param commit the commit asked for: it must be the one that is checked out, with the sources as committed.
 * @throws {SquizzleError} `USAGE_INVALID`
 */
export async function findProvenance(project: Project, commit: string | undefined): Promise<Provenance> {
  const { environment, loaded, output, signal } = project;
  const { migrations, repeatable, seeds } = project.settings().sources;
  const paths = [migrations, repeatable, seeds, relative(loaded.folder, loaded.path)];
  const git = await readGitState({ folder: loaded.folder, paths, env: environment.env, signal });
  if (git.kind === 'absent' && commit !== undefined) output.note(`the commit is taken as given: ${git.reason}`);
  const revision = commit === undefined ? revisionOf(git) : checkCommit(commit, git);
  const head = git.kind === 'clean' ? git.head : undefined;
  const created = sourceDate(environment.env['SOURCE_DATE_EPOCH']) ?? head?.committedAt ?? new Date(0);
  return { created, revision, author: head?.author };
}

function revisionOf(git: GitState): string | undefined {
  return git.kind === 'clean' ? git.head.revision : undefined;
}

function checkCommit(commit: string, git: GitState): string {
  if (git.kind === 'absent') return commit;
  const { revision } = git.head;
  if (!revision.startsWith(commit)) {
    throw refuse(commit, `the folder has ${revision} checked out, not ${commit}; check that commit out to build it`);
  }
  if (git.kind === 'clean') return revision;
  throw refuse(commit, `the sources differ from commit ${commit} (${git.changed.join(', ')}); commit them first`);
}

function sourceDate(text: string | undefined): Date | undefined {
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= SECONDS_MAX) return new Date(seconds * 1_000);
  throw refuse('SOURCE_DATE_EPOCH', `SOURCE_DATE_EPOCH is '${text}'; expected whole seconds since 1970`);
}

function refuse(argument: string, message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument });
}
