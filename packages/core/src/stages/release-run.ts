/**
 * One release on its way, with what all its segments need.
 *
 * @module
 */
import type { LedgerDetails } from '../model/ledger-event.ts';
import type { PlannedRelease } from '../model/plan.ts';
import { DEFAULT_RETRY, type RetryOptions } from './retry.ts';
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
  const reason = artifact.unsignedReason === null ? {} : { unsignedReason: artifact.unsignedReason };
  const details = { name, direction, steps, ...reason, ...more };
  return { event, release, startedAt, durationMs: context.clock.now() - startedMs, details };
}

export function retryOptions({ release, context }: ReleaseRun): RetryOptions {
  const { options, clock } = context;
  return {
    limits: options.retry ?? DEFAULT_RETRY,
    signal: options.signal,
    now: clock.now,
    onRetry: (attempt, waitMs, sqlState) =>
      options.onEvent?.({ type: 'retrying', version: release.version, attempt, waitMs, sqlState }),
  };
}
