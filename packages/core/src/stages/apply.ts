/**
 * Stage 7: runs a plan under the migration lock. SQL and ledger commit together.
 *
 * @module
 */
import type { DatabaseDriver, LockOptions } from '../contracts/database-driver.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { historyHead, unfinishedRelease, type History } from '../model/history.ts';
import type { Plan, PlannedRelease } from '../model/plan.ts';
import type { AppliedRelease, MigrationEvent } from './migration-event.ts';
import { checkRequirements } from './requirements.ts';
import type { RetryLimits } from './retry.ts';
import { createRunContext, SYSTEM_CLOCK, type Clock } from './run-context.ts';
import { runRelease } from './run-release.ts';
import { loadFiles } from './script-text.ts';
import type { StatementLocator } from './step-failure.ts';

export interface ApplyOptions extends LockOptions {
  /** Who does it, for the ledger: `anna@host`. */
  readonly actor: string;
  /** With what, for the ledger: `squizzle 0.1.0 (run 3f9a…)`. */
  readonly client: string;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
  readonly retry?: RetryLimits | undefined;
  /**
   * What a person decided about the place at which an interrupted run stopped: `refuse` to guess, unless told.
   * `run-again`: a statement of which the catalog does not show whether it ran. `skip`: the segment is taken as done,
   * and the ledger says so.
   */
  readonly interrupted?: 'refuse' | 'run-again' | 'skip' | undefined;
  readonly locate?: StatementLocator | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Runs a plan, one transaction a release where its statements allow that; else segment by segment, journaled, so that
 * the next run goes on where this one stopped.
 *
 * A release that fails leaves its predecessors applied. In one transaction it leaves nothing of itself; in segments,
 * what the journal says.
 *
 * @returns what was applied or reverted, in order. An empty plan takes no lock.
 * @throws {SquizzleError} `PLAN_STALE` when someone migrated since the plan was made (plan again); `STEP_FAILED` with
 *   file and line; `STATEMENT_INTERRUPTED`, `INDEX_INVALID`, `REQUIREMENT_UNMET`, and what the driver throws.
 */
export async function applyPlan(
  plan: Plan,
  driver: DatabaseDriver,
  options: ApplyOptions,
): Promise<readonly AppliedRelease[]> {
  if (plan.releases.length === 0) return [];
  const { signal, clock = SYSTEM_CLOCK, onEvent } = options;
  if (plan.direction === 'up') checkRequirements(plan.releases, await driver.serverFacts({ signal }));
  const files = await loadFiles(plan.artifact, plan.releases, signal);
  return driver.withLock(
    async (session) => {
      const history = await session.readHistory();
      const head = historyHead(history);
      if ((head?.hash ?? null) !== plan.expectedHead) throw stale(plan, head?.hash ?? null);
      const context = createRunContext({ session, plan, files, options, clock }, head);
      const applied: AppliedRelease[] = [];
      for (const release of withFreshJournal(plan, history)) applied.push(await runRelease(release, context));
      return applied;
    },
    withEvents(options, onEvent),
  );
}

/**
 * The journal of an interrupted run as it is now: it goes on without moving the ledger's head, so the plan, which was made
 * before the lock was had, may know an older state of it.
 */
function withFreshJournal(plan: Plan, history: History): readonly PlannedRelease[] {
  const unfinished = unfinishedRelease(history);
  const [first, ...rest] = plan.releases;
  if (first?.resume == null || unfinished?.event.hash !== first.resume.event.hash) return plan.releases;
  return [{ ...first, resume: unfinished }, ...rest];
}

function withEvents(options: ApplyOptions, onEvent: ApplyOptions['onEvent']): LockOptions {
  return {
    ...options,
    onWaiting: (holder) => {
      options.onWaiting?.(holder);
      onEvent?.({ type: 'lock-waiting', holder });
    },
    onNotice: (notice) => {
      options.onNotice?.(notice);
      onEvent?.({ type: 'notice', ...notice });
    },
  };
}

function stale(plan: Plan, actualHead: string | null): SquizzleError<'PLAN_STALE'> {
  const message = 'the database was migrated after this plan was made; plan again';
  return new SquizzleError('PLAN_STALE', message, { expectedHead: plan.expectedHead, actualHead });
}
