/**
 * Plans for the chosen environment: forward to a release, or back.
 *
 * @module
 */
import {
  currentRelease,
  parseVersion,
  planMigration,
  planRollback,
  requireFinishedApply,
  SquizzleError,
  type History,
  type Plan,
  type PlanOptions,
  type Version,
} from '@squizzle/core';
import { findPlanWarnings, type PlanWarning } from './plan-warnings.ts';
import type { Project } from './project.ts';
import { toRunLimits, type RunFlags } from './run-options.ts';
import { pullRelease, type FindOptions } from './find-release.ts';
import { verifyRelease } from './verify-release.ts';

/** A plan, and what it was made of besides. */
export interface Planned {
  readonly plan: Plan;
  readonly warnings: readonly PlanWarning[];
}

/** @throws {SquizzleError} what pulling, verifying and `planMigration` throw. */
export async function planApply(selector: string, project: Project, flags: RunFlags & FindOptions): Promise<Planned> {
  const pulled = await pullRelease(selector, project, flags);
  const history = await readHistory(project); // before verifying: a replayed release is told by it
  const verified = await verifyRelease(pulled, project, { history, from: flags.from });
  return {
    plan: planMigration(verified, history, planOptions(project, flags)),
    warnings: findPlanWarnings(verified, history, project.target().name),
  };
}

/** How far back: one release, all of them, or to the one that is named. */
export type RollbackGoal =
  { readonly kind: 'previous' | 'all' } | { readonly kind: 'version'; readonly version: Version };

/** @throws {SquizzleError} `VERSION_INVALID` when nothing is applied; what verifying and `planRollback` throw. */
export async function planUndo(goal: RollbackGoal, project: Project, flags: RunFlags & FindOptions): Promise<Planned> {
  const history = await readHistory(project);
  requireFinishedApply(history, goal.kind === 'previous' ? 'previous' : 'named');
  const current = currentRelease(history);
  if (current === null) {
    const message = `${project.target().name} has no release, so there is nothing to roll back`;
    throw new SquizzleError('VERSION_INVALID', message, { version: '' });
  }
  const pulled = await pullRelease(current.artifactDigest, project, flags);
  const verified = await verifyRelease(pulled, project, { history, from: flags.from });
  const previous = verified.manifest.previous?.version ?? null;
  const target = goal.kind === 'version' ? goal.version : goal.kind === 'all' ? null : previous;
  return {
    plan: planRollback(verified, history, target, planOptions(project, flags)),
    warnings: findPlanWarnings(verified, history, project.target().name),
  };
}

/** @throws {SquizzleError} `USAGE_INVALID` for both at once; `VERSION_INVALID`. */
export function toRollbackGoal(version: string | undefined, all: boolean): RollbackGoal {
  if (version === undefined) return { kind: all ? 'all' : 'previous' };
  if (all) {
    const message = `${version} and --all are two goals: name the version to go back to, or --all`;
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--all' });
  }
  const parsed = parseVersion(version);
  if (parsed !== undefined) return { kind: 'version', version: parsed };
  const message = `'${version}' is no version; name the one to go back to, as 1.2.0`;
  throw new SquizzleError('VERSION_INVALID', message, { version });
}

async function readHistory(project: Project): Promise<History> {
  const { signal } = project;
  return (await project.driver()).readHistory({ signal });
}

function planOptions(project: Project, flags: RunFlags): PlanOptions {
  const target = project.target();
  return { environment: target.name, transaction: toRunLimits(flags, target).transaction };
}
