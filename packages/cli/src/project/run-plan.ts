/**
 * Runs a plan, and makes a new one when someone else migrated between plan and lock.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { applyPlan, isSquizzleError, type AppliedRelease, type ApplyOptions, type Plan } from '@squizzle/core';
import { createMigrationProgress } from '../output/migration-progress.ts';
import { ownVersion } from '../own-version.ts';
import { createLocator } from './locate-statement.ts';
import type { Project } from './project.ts';
import { toRunLimits, type RunFlags } from './run-options.ts';

/** Of many that start at once, each may lose to each other one once. */
const REPLANS = 10;

export interface PlanRun {
  /** The plan that ran: the last one made. */
  readonly plan: Plan;
  readonly done: readonly AppliedRelease[];
}

/** @throws {SquizzleError} what `applyPlan` throws; `PLAN_STALE` for a rollback, else only after ten new plans. */
export async function runPlan(makePlan: () => Promise<Plan>, project: Project, flags: RunFlags): Promise<PlanRun> {
  const options = applyOptions(project, flags);
  const driver = await project.driver();
  for (let replans = 0; ; replans++) {
    const plan = await makePlan();
    try {
      return { plan, done: await applyPlan(plan, driver, options) };
    } catch (cause) {
      // Forward, a new plan leads to the same release. Back, it could undo what nobody meant to undo.
      const isHopeless = plan.direction === 'down' || replans === REPLANS;
      if (isHopeless || !isSquizzleError(cause, 'PLAN_STALE')) throw cause;
    }
  }
}

function applyOptions(project: Project, flags: RunFlags): ApplyOptions {
  const { environment, output, signal } = project;
  const client = `squizzle ${ownVersion()}`;
  const runId = randomBytes(4).toString('hex');
  const { transaction: _planned, ...limits } = toRunLimits(flags, project.target());
  return {
    ...limits,
    actor: environment.actor,
    client: `${client} (run ${runId})`,
    applicationName: `${client} ${runId}`,
    interrupted: flags.interrupted,
    signal,
    onEvent: createMigrationProgress(output),
    locate: createLocator(() => project.analyzer()),
  };
}
