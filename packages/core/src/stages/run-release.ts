/**
 * Runs one release of a plan: in one transaction where it fits, else as journaled segments that can be resumed.
 *
 * @module
 */
import { isSquizzleError, type SquizzleError } from '../errors/squizzle-error.ts';
import type { LedgerDetails, LedgerEvent } from '../model/ledger-event.ts';
import type { PlannedRelease } from '../model/plan.ts';
import type { AppliedRelease } from './migration-event.ts';
import { DEFAULT_RETRY, withRetries } from './retry.ts';
import type { EventDraft, RunContext } from './run-context.ts';
import { runSegment } from './run-segment.ts';
import { partsOf, toScript } from './script-text.ts';
import { toStepFailure } from './step-failure.ts';

/** One release on its way, with what all its segments need. */
export interface ReleaseRun {
  readonly release: PlannedRelease;
  readonly context: RunContext;
  readonly startedAt: Date;
  readonly startedMs: number;
  readonly steps: number;
}

export async function runRelease(release: PlannedRelease, context: RunContext): Promise<AppliedRelease> {
  const { clock, options, plan } = context;
  const steps = new Set(release.segments.flatMap(partsOf).map((part) => part.path)).size;
  const run: ReleaseRun = { release, context, startedAt: clock.date(), startedMs: clock.now(), steps };
  const { version, segments, resume } = release;
  const { direction } = plan;
  options.onEvent?.({
    type: 'release-started',
    version,
    direction,
    steps,
    segments: segments.length,
    resumed: resume !== null,
  });
  const event = await (isOneTransaction(release) ? runInOneTransaction(run) : runInSegments(run));
  const finished = { version, digest: release.digest, direction, steps, durationMs: event.durationMs, seq: event.seq };
  options.onEvent?.({ type: 'release-finished', release: finished });
  return finished;
}

/** A resumed run stays one of segments: its journal counts them. */
function isOneTransaction({ segments, resume }: PlannedRelease): boolean {
  return resume === null && (segments.length === 0 || (segments.length === 1 && segments[0]?.kind === 'transaction'));
}

async function runInOneTransaction(run: ReleaseRun): Promise<LedgerEvent> {
  const { release, context } = run;
  const parts = release.segments.flatMap(partsOf);
  const state = `nothing of ${release.version} was kept; the database is ${where(run)}`;
  return recordFailure(run, state, 0, async () =>
    committed(
      await withRetries(
        () =>
          context.commit(async (transaction) => {
            await transaction.execute(parts.map((part) => toScript(part, context.files)));
            return finalDraft(run);
          }),
        retryOptions(run),
      ),
    ),
  );
}

async function runInSegments(run: ReleaseRun): Promise<LedgerEvent> {
  const { release, context } = run;
  const started = release.resume?.event ?? committed(await context.commit(async () => startDraft(run)));
  const done = new Map((release.resume?.journal ?? []).map((entry) => [entry.segment, entry]));
  const { segments } = release;
  let last: LedgerEvent | null = null;
  for (const [index, segment] of segments.entries()) {
    const state = describeSegments(run, index);
    const at = { index, segment, startedSeq: started.seq, journaled: done.get(index) ?? null };
    const closing = index === segments.length - 1 ? (): EventDraft => finalDraft(run) : null;
    last = await recordFailure(run, state, index, () =>
      withRetries(() => runSegment(at, run, closing), retryOptions(run)),
    );
    const segmentsCount = segments.length;
    context.options.onEvent?.({
      type: 'segment-finished',
      version: release.version,
      segment: index + 1,
      segments: segmentsCount,
    });
  }
  return last ?? committed(await context.commit(async () => finalDraft(run)));
}

/** Says what failed, and leaves a `failed` event behind where the connection still allows it. */
async function recordFailure<T>(run: ReleaseRun, state: string, index: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const failure = await explain(cause, run, state, index);
    if (isSquizzleError(failure) && isRecorded(failure)) await appendFailed(run, failure);
    throw failure;
  }
}

async function explain(cause: unknown, run: ReleaseRun, state: string, index: number): Promise<unknown> {
  if (!isSquizzleError(cause, 'STATEMENT_FAILED')) return cause;
  const { release, context } = run;
  const segment = release.segments[index];
  const parts = segment === undefined ? [] : partsOf(segment);
  return toStepFailure(cause, { release, parts, files: context.files, state, locate: context.options.locate });
}

const isRecorded = ({ code }: SquizzleError): boolean => code !== 'CONNECTION_LOST' && code !== 'PLAN_STALE';

async function appendFailed(run: ReleaseRun, failure: SquizzleError): Promise<void> {
  const { details } = failure as SquizzleError<'STEP_FAILED'>;
  const place =
    failure.code === 'STEP_FAILED' ? { path: details.path, line: details.line, sqlState: details.sqlState } : {};
  const draft = draftOf(run, 'failed', { code: failure.code, ...place });
  // The failure itself matters more than its record: where the database no longer answers, it is thrown all the same.
  await run.context.commit(async () => draft).catch(() => null);
}

function startDraft(run: ReleaseRun): EventDraft {
  return draftOf(run, 'started', { segments: run.release.segments.length });
}

function finalDraft(run: ReleaseRun): EventDraft {
  return draftOf(run, run.context.plan.direction === 'up' ? 'applied' : 'reverted', {});
}

function draftOf(run: ReleaseRun, event: EventDraft['event'], more: LedgerDetails): EventDraft {
  const { release, context, startedAt, startedMs, steps } = run;
  const { direction, name, artifact } = context.plan;
  const reason = artifact.unsignedReason === null ? {} : { unsignedReason: artifact.unsignedReason };
  const details = { name, direction, steps, ...reason, ...more };
  return { event, release, startedAt, durationMs: context.clock.now() - startedMs, details };
}

function committed(event: LedgerEvent | null): LedgerEvent {
  if (event === null) throw new TypeError('the transaction was to append an event');
  return event;
}

function where({ context: { plan }, release }: ReleaseRun): string {
  const index = plan.releases.indexOf(release);
  const before = plan.direction === 'down' ? release.version : (plan.releases[index - 1]?.version ?? plan.from);
  return before === null ? 'empty, as before the first release' : `at ${before}`;
}

function describeSegments({ release, context }: ReleaseRun, done: number): string {
  const again = context.plan.direction === 'up' ? 'apply' : 'rollback';
  const kept =
    done === 0 ? 'nothing of it was kept' : `${done} of its ${release.segments.length} segments are kept and journaled`;
  return `${release.version} is unfinished: ${kept}; when the cause is mended, run ${again} again: it goes on from here`;
}

function retryOptions({ release, context }: ReleaseRun): Parameters<typeof withRetries>[1] {
  const { options, clock } = context;
  return {
    limits: options.retry ?? DEFAULT_RETRY,
    signal: options.signal,
    now: clock.now,
    onRetry: (attempt, waitMs, sqlState) =>
      options.onEvent?.({ type: 'retrying', version: release.version, attempt, waitMs, sqlState }),
  };
}
