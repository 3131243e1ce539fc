/**
 * Runs a plan, and makes a new one when someone else migrated between plan and lock.
 *
 * @module
 */
import { applyPlan, isSquizzleError, type AppliedRelease, type MigrationEvent, type Plan } from '@squizzle/core';
import type { Planned } from './plan-release.ts';
import { planWarningLine, type PlanWarning } from './plan-warnings.ts';
import type { Project } from './project.ts';
import { toApplyOptions, type RunFlags } from './run-options.ts';

/** Of many that start at once, each may lose to each other one once. */
const REPLANS = 10;

export interface PlanRun {
  /** The plan that ran: the last one made. */
  readonly plan: Plan;
  readonly done: readonly AppliedRelease[];
  /** What somebody should look at, though the run went well. */
  readonly warnings: readonly (MigrationEvent | PlanWarning)[];
}

const WARNINGS: ReadonlySet<MigrationEvent['type']> = new Set([
  'ledger-edited',
  'schema-drifted',
  'schema-differs',
  'schema-unrecorded',
]);

/** @throws {SquizzleError} what `applyPlan` throws; `PLAN_STALE` for a rollback, else only after ten new plans. */
export async function runPlan(makePlan: () => Promise<Planned>, project: Project, flags: RunFlags): Promise<PlanRun> {
  const options = toApplyOptions(project, flags);
  const driver = await project.driver();
  for (let replans = 0; ; replans++) {
    const { plan, warnings: known } = await makePlan();
    const warnings: (MigrationEvent | PlanWarning)[] = [...known];
    if (replans === 0) for (const each of known) project.output.warn(planWarningLine(each));
    const onEvent = (event: MigrationEvent): void => {
      if (WARNINGS.has(event.type)) warnings.push(event);
      options.onEvent?.(event);
    };
    try {
      return { plan, done: await applyPlan(plan, driver, { ...options, onEvent }), warnings };
    } catch (cause) {
      // Forward, a new plan leads to the same release. Back, it could undo what nobody meant to undo.
      const isHopeless = plan.direction === 'down' || replans === REPLANS;
      if (isHopeless || !isSquizzleError(cause, 'PLAN_STALE')) throw cause;
    }
  }
}
