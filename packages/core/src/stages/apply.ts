/**
 * Stage 7: runs a plan under the migration lock. SQL and ledger commit together.
 *
 * @module
 */
import type { DatabaseDriver, LockOptions } from '../contracts/database-driver.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { halfDoneRelease, historyHead, unfinishedRelease, type History } from '../model/history.ts';
import { findBrokenEvent } from '../model/ledger-event.ts';
import type { Plan, PlannedRelease } from '../model/plan.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { findDrift } from './find-drift.ts';
import { withLockEvents } from './lock-events.ts';
import { checkLockTable } from './lock-table.ts';
import type { AppliedRelease, MigrationEvent } from './migration-event.ts';
import { checkRequirements } from './requirements.ts';
import type { RetryLimits } from './running/retry.ts';
import { createContention, type Contention } from './running/contention.ts';
import { createRunContext } from './running/run-context.ts';
import { runRelease } from './running/run-release.ts';
import { loadFiles } from './running/script-text.ts';
import type { StatementLocator } from './running/step-failure.ts';

export interface ApplyOptions extends LockOptions {
  /** Who does it, for the ledger: `anna@host`. */
  readonly actor: string;
  /** With what, for the ledger: `squizzle 0.1.0 (run 3f9a…)`. */
  readonly client: string;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
  readonly retry?: RetryLimits | undefined;
  /**
   * What a person decided about the place at which an interrupted run stopped: `refuse` to guess, unless told.
   * `run-again`: a statement of which the catalog does not show whether it ran. `skip`: a statement that runs alone is
   * taken as done, and the ledger says so; a transaction kept nothing and runs again all the same.
   */
  readonly interrupted?: 'refuse' | 'run-again' | 'skip' | undefined;
  readonly locate?: StatementLocator | undefined;
  readonly clock?: Clock | undefined;
  /**
   * Whether the schema is compared with the recorded one before anything runs, unless `false`: where nobody else can have
   * changed it, reading the catalog would be wasted.
   */
  readonly looksForDrift?: boolean | undefined;
}

/**
 * Runs a plan, one transaction a release where its statements allow that; else segment by segment, journaled, so that
 * the next run goes on where this one stopped.
 *
 * A release that fails leaves its predecessors applied. In one transaction it leaves nothing of itself; in segments,
 * what the journal says. The last release records the schema that it led to. When the schema is not the recorded one before
 * anything runs, the event `schema-drifted` says so, and the first event that is written. A ledger whose chain of hashes is
 * broken is told of by `ledger-edited` and refuses nothing: whether what it says is to be believed is for people to judge.
 *
 * @returns what was applied or reverted, in order. An empty plan takes no lock.
 * @throws {SquizzleError} `PLAN_STALE` when someone migrated since the plan was made (plan again); `STEP_FAILED` with
 *   file and line; `CHECK_FAILED`; `STATEMENT_INTERRUPTED`, `INDEX_INVALID`; `REQUIREMENT_UNMET`, also where the
 *   server's lock table is too small: nothing was run; `LEDGER_INVALID` when the journal of an interrupted run is not of
 *   these texts; `CONNECTION_LOST` and `CANCELLED` with what was kept; and what else the driver throws.
 */
export async function applyPlan(
  plan: Plan,
  driver: DatabaseDriver,
  options: ApplyOptions,
): Promise<readonly AppliedRelease[]> {
  const [first] = plan.releases;
  if (first === undefined) return [];
  const { signal, clock = SYSTEM_CLOCK } = options;
  const server = await driver.serverFacts({ signal });
  if (plan.direction === 'up') checkRequirements(plan.releases, server);
  checkLockTable(plan.releases, server);
  const contention = createContention(first.version);
  const files = await loadFiles(plan.artifact, plan.releases, signal);
  return driver.withLock(
    async (session) => {
      const history = await session.readHistory();
      const head = historyHead(history);
      if ((head?.hash ?? null) !== plan.expectedHead) throw stale(plan, head?.hash ?? null);
      const releases = withFreshJournal(plan, history);
      const edited = findBrokenEvent(history.events);
      if (edited !== undefined) options.onEvent?.({ type: 'ledger-edited', seq: edited.seq });
      const drift = options.looksForDrift === false ? null : await findDrift(session, history);
      if (drift !== null) options.onEvent?.({ type: 'schema-drifted', ...drift });
      const givesUpRun = first.resume === null && unfinishedRelease(history) !== null;
      const base = { session, server, plan, files, options, clock, contention, drift, givesUpRun };
      const context = createRunContext(base, head);
      const applied: AppliedRelease[] = [];
      for (const release of releases) applied.push(await runRelease(release, context));
      return applied;
    },
    withEvents(options, contention),
  );
}

/**
 * The journal of an interrupted run as it is now: it goes on without moving the ledger's head, so the plan, which was made
 * before the lock was had, may know an older state of it. A run that had kept nothing then, so that the plan passes over
 * it, may be half done by now.
 *
 * @throws {SquizzleError} `PLAN_STALE`
 */
function withFreshJournal(plan: Plan, history: History): readonly PlannedRelease[] {
  const unfinished = unfinishedRelease(history);
  const [first, ...rest] = plan.releases;
  if (first?.resume != null && unfinished?.event.hash === first.resume.event.hash) {
    return [{ ...first, resume: unfinished }, ...rest];
  }
  if (halfDoneRelease(history) !== null) throw stale(plan, historyHead(history)?.hash ?? null);
  return plan.releases;
}

function withEvents(options: ApplyOptions, contention: Contention): LockOptions {
  return {
    ...withLockEvents(options),
    onBlocked: (conflict) => {
      contention.note(conflict);
      options.onBlocked?.(conflict);
      options.onEvent?.({ type: 'lock-blocked', version: contention.version(), conflict });
    },
  };
}

function stale(plan: Plan, actualHead: string | null): SquizzleError<'PLAN_STALE'> {
  const message = 'the database was migrated after this plan was made; plan again';
  return new SquizzleError('PLAN_STALE', message, { expectedHead: plan.expectedHead, actualHead });
}
