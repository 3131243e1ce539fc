/**
 * Runs one release of a plan: in one transaction where it fits, else as journaled segments that can be resumed.
 *
 * @module
 */
import { isSquizzleError, type SquizzleError } from '../errors/squizzle-error.ts';
import type { LedgerDetails, LedgerEvent } from '../model/ledger-event.ts';
import type { PlannedRelease, ScriptPart } from '../model/plan.ts';
import type { AppliedRelease } from './migration-event.ts';
import { withRetries } from './retry.ts';
import { draftOf, retryOptions, type ReleaseRun } from './release-run.ts';
import type { EventDraft, RunContext } from './run-context.ts';
import { runSegment, type SegmentAt } from './run-segment.ts';
import { partsOf, positionOf, toScript } from './script-text.ts';
import { toStepFailure } from './step-failure.ts';

export async function runRelease(release: PlannedRelease, context: RunContext): Promise<AppliedRelease> {
  const { clock, options, plan } = context;
  const steps = new Set(release.segments.flatMap(partsOf).map((part) => part.path)).size;
  const run: ReleaseRun = { release, context, startedAt: clock.date(), startedMs: clock.now(), steps };
  const { version, segments, resume } = release;
  const { direction } = plan;
  const resumed = resume !== null;
  options.onEvent?.({ type: 'release-started', version, direction, steps, segments: segments.length, resumed });
  const event = await (isOneTransaction(release) ? runInOneTransaction(run) : runInSegments(run));
  const { durationMs, seq } = event;
  const finished = { version, digest: release.digest, direction, steps, durationMs, seq };
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
  const work = (): Promise<LedgerEvent | null> =>
    context.commit(async (transaction) => {
      await transaction.execute(parts.map((part) => toScript(part, context.files)));
      return finalDraft(run, []);
    });
  const state = `nothing of ${release.version} was kept; the database is ${where(run)}`;
  return recordFailure(run, state, 0, async () => committed(await withRetries(work, retryOptions(run))));
}

async function runInSegments(run: ReleaseRun): Promise<LedgerEvent> {
  const { release, context } = run;
  const started = release.resume?.event ?? committed(await context.commit(async () => startDraft(run)));
  const done = new Map((release.resume?.journal ?? []).map((entry) => [entry.segment, entry]));
  const { segments, version } = release;
  const skipped = skippedSegment(run, done);
  const places = skipped === null ? [] : [placeOf(partsOf(skipped.segment)[0], run)];
  let last: LedgerEvent | null = null;
  for (const [index, segment] of segments.entries()) {
    const isSkipped = index === skipped?.index;
    const at: SegmentAt = { index, segment, startedSeq: started.seq, journaled: done.get(index) ?? null, isSkipped };
    const closing = index === segments.length - 1 ? (): EventDraft => finalDraft(run, places) : null;
    last = await recordFailure(run, describeSegments(run, index), index, () => runSegment(at, run, closing));
    context.options.onEvent?.({ type: 'segment-finished', version, segment: index + 1, segments: segments.length });
  }
  return last ?? committed(await context.commit(async () => finalDraft(run, places)));
}

/** Where an interrupted run stopped, when a person decided to take that place as done. */
function skippedSegment(
  { release, context }: ReleaseRun,
  done: ReadonlyMap<number, { readonly state: string }>,
): { readonly index: number; readonly segment: PlannedRelease['segments'][number] } | null {
  if (release.resume === null || context.options.interrupted !== 'skip') return null;
  const index = release.segments.findIndex((_, at) => done.get(at)?.state !== 'finished');
  const segment = release.segments[index];
  return segment === undefined ? null : { index, segment };
}

function placeOf(part: ScriptPart | undefined, { context }: ReleaseRun): string {
  if (part === undefined) return '';
  const { path, line } = positionOf(part, context.files, 0);
  return `${path}:${line}`;
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
  const isStep = failure.code === 'STEP_FAILED';
  const place = isStep ? { path: details.path, line: details.line, sqlState: details.sqlState } : {};
  const draft = draftOf(run, 'failed', { code: failure.code, ...place });
  // The failure itself matters more than its record: where the database no longer answers, it is thrown all the same.
  await run.context.commit(async () => draft, { afterAbort: true }).catch(() => null);
}

function startDraft(run: ReleaseRun): EventDraft {
  const { segments, transaction } = run.release;
  return draftOf(run, 'started', { segments: segments.length, transaction });
}

/** @param skipped places that a person took as done. */
function finalDraft(run: ReleaseRun, skipped: readonly string[]): EventDraft {
  const more: LedgerDetails = skipped.length === 0 ? {} : { skipped };
  return draftOf(run, run.context.plan.direction === 'up' ? 'applied' : 'reverted', more);
}

function committed(event: LedgerEvent | null): LedgerEvent {
  if (event === null) throw new TypeError('the transaction was to append an event');
  return event;
}

function where({ context: { plan }, release }: ReleaseRun): string {
  const index = plan.releases.findIndex(({ version }) => version === release.version);
  const before = plan.direction === 'down' ? release.version : (plan.releases[index - 1]?.version ?? plan.from);
  return before === null ? 'empty, as before the first release' : `at ${before}`;
}

function describeSegments({ release, context }: ReleaseRun, done: number): string {
  const again = context.plan.direction === 'up' ? 'apply' : 'rollback';
  const count = `${done} of its ${release.segments.length} segments are kept and journaled`;
  const segment = release.segments[done];
  const isIndex = segment?.kind === 'statement' && segment.effect.kind === 'create-index';
  const index = isIndex ? '; an invalid index that was left is built anew then' : '';
  return (
    `${release.version} is unfinished: ${done === 0 ? 'nothing of it was kept' : count}; when the cause is mended, run ${again} again: ` +
    `it goes on from here${index} ('--interrupted skip' takes this place as done, and the ledger says so)`
  );
}
