/**
 * Runs one release of a plan: in one transaction where it fits, else as journaled segments that can be resumed.
 *
 * @module
 */
import { isDone, type JournalEntry } from '../../model/history.ts';
import type { LedgerEvent } from '../../model/ledger-event.ts';
import type { PlannedRelease } from '../../model/plan.ts';
import type { AppliedRelease } from '../migration-event.ts';
import { closeRelease, tellSchema, toDriftDetails } from './close-release.ts';
import { recordFailure } from './failure-record.ts';
import { proveJournal } from './journal-proof.ts';
import { draftOf, retried, type ReleaseRun } from './release-run.ts';
import { nothingKept, segmentsFailed, type FailurePlace } from './release-state.ts';
import type { EventDraft, RunContext } from './run-context.ts';
import { runParts } from './run-parts.ts';
import { runSegment, type Closing } from './run-segment.ts';
import { partsOf, positionOf } from './script-text.ts';

export async function runRelease(release: PlannedRelease, context: RunContext): Promise<AppliedRelease> {
  const { clock, options, plan, contention } = context;
  const steps = new Set(release.segments.flatMap(partsOf).map((part) => part.path)).size;
  const run: ReleaseRun = { release, context, startedAt: clock.date(), startedMs: clock.now(), steps };
  const { version, segments, resume } = release;
  const { direction } = plan;
  const resumed = resume !== null;
  contention.enter(version);
  options.onEvent?.({ type: 'release-started', version, direction, steps, segments: segments.length, resumed });
  const event = await (isOneTransaction(run) ? runInOneTransaction(run) : runInSegments(run));
  tellSchema(run, event);
  const { durationMs, seq } = event;
  const finished = { version, digest: release.digest, direction, steps, durationMs, seq };
  options.onEvent?.({ type: 'release-finished', release: finished });
  return finished;
}

/**
 * A resumed run stays one of segments: its journal counts them. Where an open run is given up, a `started` event of its
 * own shows in the ledger that what ends here is another one.
 */
function isOneTransaction({ release, context }: ReleaseRun): boolean {
  const { segments, resume, version } = release;
  if (resume !== null || (context.givesUpRun && version === context.plan.releases[0]?.version)) return false;
  return segments.length === 0 || (segments.length === 1 && segments[0]?.kind === 'transaction');
}

async function runInOneTransaction(run: ReleaseRun): Promise<LedgerEvent> {
  const { release, context } = run;
  const { version } = release;
  const parts = release.segments.flatMap(partsOf);
  const place: FailurePlace = { index: 0, isSegmented: false, state: nothingKept(run) };
  const work = (): Promise<LedgerEvent | null> =>
    context.commit(async (transaction) => {
      await runParts(transaction, parts, context.files, { version, state: place.state });
      return closeRelease(transaction, run, []);
    });
  return recordFailure(run, place, async () => committed(await retried(run, work)));
}

async function runInSegments(run: ReleaseRun): Promise<LedgerEvent> {
  const { release, context } = run;
  const journal = proveJournal(run);
  const started = release.resume?.event ?? (await start(run));
  const { segments, version } = release;
  const skippedNow = segmentToSkip(run, journal);
  const skipped = skippedPlaces(run, (index) => index === skippedNow || journal.get(index)?.state === 'skipped');
  const close: Closing = (transaction) => closeRelease(transaction, run, skipped);
  let last: LedgerEvent | null = null;
  for (const [index, segment] of segments.entries()) {
    const journaled = journal.get(index) ?? null;
    const at = { index, segment, startedSeq: started.seq, journaled, isSkipped: index === skippedNow };
    const place: FailurePlace = { index, isSegmented: true, state: segmentsFailed(run, index, 'unclear') };
    const closing = index === segments.length - 1 ? close : null;
    last = await recordFailure(run, place, () => runSegment(at, run, closing));
    if (journaled !== null && isDone(journaled)) continue;
    context.options.onEvent?.({ type: 'segment-finished', version, segment: index + 1, segments: segments.length });
  }
  return last ?? committed(await closeEmpty(run, close));
}

function start(run: ReleaseRun): Promise<LedgerEvent> {
  const { segments, transaction } = run.release;
  const draft = (): EventDraft =>
    draftOf(run, 'started', { segments: segments.length, transaction, ...toDriftDetails(run) });
  const place: FailurePlace = { index: -1, isSegmented: false, state: nothingKept(run) };
  const work = (): Promise<LedgerEvent | null> => run.context.commit(async () => draft());
  return recordFailure(run, place, async () => committed(await retried(run, work)));
}

/** An interrupted run of a release of which no step runs here. */
function closeEmpty(run: ReleaseRun, close: Closing): Promise<LedgerEvent | null> {
  const place: FailurePlace = { index: -1, isSegmented: false, state: nothingKept(run) };
  return recordFailure(run, place, () => retried(run, () => run.context.commit(close)));
}

/**
 * Where an interrupted run stopped, when a person decided to take that place as done. Only a statement alone can be: a
 * transaction has kept nothing and runs again, whatever was said.
 */
function segmentToSkip({ release, context }: ReleaseRun, journal: ReadonlyMap<number, JournalEntry>): number | null {
  if (release.resume === null || context.options.interrupted !== 'skip') return null;
  const at = release.segments.findIndex((_, index) => {
    const entry = journal.get(index);
    return entry === undefined || !isDone(entry);
  });
  return release.segments[at]?.kind === 'statement' ? at : null;
}

/** `migrations/1.sql:7` of each. */
function skippedPlaces({ release, context }: ReleaseRun, isSkipped: (index: number) => boolean): readonly string[] {
  return release.segments.flatMap((segment, index) => {
    if (segment.kind !== 'statement' || !isSkipped(index)) return [];
    const { path, line } = positionOf(segment.part, context.files, 0);
    return [`${path}:${line}`];
  });
}

function committed(event: LedgerEvent | null): LedgerEvent {
  if (event === null) throw new TypeError('the transaction was to append an event');
  return event;
}
