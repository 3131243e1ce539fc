/**
 * Proves, before anything of an interrupted run goes on, that its journal and the plan speak of the same texts.
 *
 * @module
 */
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { checksumOf } from '../../model/checksum.ts';
import { isDone, type JournalEntry } from '../../model/history.ts';
import type { PlanSegment } from '../../model/plan.ts';
import type { ReleaseRun } from './release-run.ts';
import { partsOf, toScript, type LoadedFiles } from './script-text.ts';

/** What the journal says of a segment before it has run. */
export function toEntry(index: number, segment: PlanSegment, startedSeq: number, files: LoadedFiles): JournalEntry {
  const parts = partsOf(segment);
  const [only] = parts;
  const single = parts.length === 1 && only !== undefined;
  const text = parts.map((part) => toScript(part, files).sql).join('\u0000');
  return {
    startedSeq,
    segment: index,
    path: only?.path ?? '',
    start: single ? only.start : null,
    end: single ? only.end : null,
    checksum: checksumOf(text),
    state: 'started',
  };
}

/**
 * The journal of the interrupted run that this one goes on with, by segment: done ones from the first on without a gap,
 * and at most one that was begun, which is a statement alone. All texts are compared, also of what is finished:
 * going on with other ones would leave the database in a state that nobody wrote.
 *
 * @throws {SquizzleError} `LEDGER_INVALID`
 */
export function proveJournal({ release, context }: ReleaseRun): ReadonlyMap<number, JournalEntry> {
  const journal = release.resume?.journal ?? [];
  for (const [place, entry] of journal.entries()) {
    const segment = release.segments[place];
    if (entry.segment !== place) throw invalid(`the journal of ${release.version} lacks segment ${place + 1}`);
    if (segment === undefined) throw invalid(`the journal of ${release.version} has more segments than the release`);
    const isEarly = !isDone(entry) && place !== journal.length - 1;
    if (isEarly || (entry.state !== 'finished' && segment.kind !== 'statement')) {
      throw invalid(`the journal of ${release.version} has segment ${place + 1} begun, where it must be finished`);
    }
    const { checksum } = toEntry(place, segment, entry.startedSeq, context.files);
    if (checksum !== entry.checksum) throw otherText(release.version, place, entry.checksum, checksum);
  }
  return new Map(journal.map((entry) => [entry.segment, entry]));
}

function otherText(version: string, place: number, journaled: string, planned: string): SquizzleError {
  const what = `segment ${place + 1} of ${version} was journaled with sha256 ${journaled}, the plan has ${planned}`;
  return invalid(`${what}; the ledger and the artifact do not belong together`);
}

function invalid(reason: string): SquizzleError<'LEDGER_INVALID'> {
  return new SquizzleError('LEDGER_INVALID', `${reason}; nothing was run`, { reason });
}
