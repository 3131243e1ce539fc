/**
 * One release on its way, with what all its segments need.
 *
 * @module
 */
import type { LedgerDetails } from '../../model/ledger-event.ts';
import type { PlannedRelease } from '../../model/plan.ts';
import { DEFAULT_RETRY, withRetries } from './retry.ts';
import { trustDetails } from '../trust-details.ts';
import type { EventDraft, RunContext } from './run-context.ts';

export interface ReleaseRun {
  readonly release: PlannedRelease;
  readonly context: RunContext;
  readonly startedAt: Date;
  readonly startedMs: number;
  readonly steps: number;
}

/** An event of this release, with what every event says. */
export function draftOf(run: ReleaseRun, event: EventDraft['event'], more: LedgerDetails): EventDraft {
  const { release, context, startedAt, startedMs, steps } = run;
  const { direction, name, artifact } = context.plan;
  const details = { name, direction, steps, ...trustDetails(artifact), ...more };
  return { event, release, startedAt, durationMs: context.clock.now() - startedMs, schemaDigest: null, details };
}

/** Runs work that leaves nothing behind when it fails; again, when it lost a race for a lock. */
export function retried<T>({ release, context }: ReleaseRun, work: () => Promise<T>): Promise<T> {
  const { options, clock, contention } = context;
  const attempt = (): Promise<T> => {
    contention.countTry();
    return work();
  };
  contention.begin();
  return withRetries(attempt, {
    limits: options.retry ?? DEFAULT_RETRY,
    signal: options.signal,
    now: clock.now,
    onRetry: (tries, waitMs, sqlState) => {
      const conflict = contention.conflict();
      options.onEvent?.({ type: 'retrying', version: release.version, attempt: tries, waitMs, sqlState, conflict });
    },
  });
}
