/**
 * Whether the journal of segments agrees with the events of the ledger, and with the text of the releases.
 *
 * @module
 */
import { isDone, type JournalEntry } from '../../model/history.ts';
import type { Facts } from './facts.ts';
import { compareWithText } from './journal-text.ts';
import { journaledRuns, type JournaledRun } from './journaled-runs.ts';
import { count, fault, note, sound, type ToldFinding } from './told-finding.ts';

export async function checkJournal(facts: Facts): Promise<readonly ToldFinding[]> {
  const { ledger } = facts.examination();
  const { events } = facts.history();
  const journal = ledger?.journal ?? [];
  const runs = journaledRuns(events, journal);
  const found = [
    ...strays(runs, journal, events.length),
    ...runs.flatMap(checkRun),
    ...(await compareWithText(runs, facts)),
  ];
  const compared = facts.artifact === null ? note(`${tell(runs)}; texts are not compared: there is no artifact`) : null;
  if (found.length > 0) return found;
  return [runs.length === 0 || compared === null ? sound(tell(runs)) : compared];
}

const tell = (runs: readonly JournaledRun[]): string =>
  runs.length === 0
    ? 'no release needed more than one transaction, so there is no journal'
    : `the journals of ${count(runs.length, 'run')} of several segments are whole`;

const REMEDY =
  "someone changed the journal or the ledger by hand: compare them with a backup, and the schema with 'squizzle drift'";

/** Entries of runs that no event opened. */
function strays(runs: readonly JournaledRun[], journal: readonly JournalEntry[], lastSeq: number): ToldFinding[] {
  const known = new Set(runs.map(({ started }) => started.seq));
  const seqs = new Set(journal.map(({ startedSeq }) => startedSeq).filter((seq) => !known.has(seq)));
  return [...seqs].map((seq) =>
    seq > lastSeq
      ? fault(
          `the journal has a run that event ${seq} began, but the ledger ends with ${lastSeq}: its end was cut off`,
          REMEDY,
        )
      : fault(`the journal has entries of a run that event ${seq} began, but that event began none`, REMEDY),
  );
}

/** Segments run in order: all of a finished run are finished; of another all but the one at which it stopped. */
function checkRun({ started, ended, entries, segments }: JournaledRun): readonly ToldFinding[] {
  const what = `the run of ${started.version} that event ${started.seq} began`;
  if (segments === null) return [fault(`${what} does not say of how many segments it was`, REMEDY)];
  const finished = entries.filter(isDone).length;
  if (ended !== null && (entries.length !== segments || finished !== segments)) {
    const said = `ended with event ${ended.seq} (${ended.event}), but its journal has ${finished} of ${segments} segments finished`;
    return [fault(`${what} ${said}`, REMEDY)];
  }
  const inOrder = entries.every((entry, at) => {
    const { segment } = entry;
    return segment === at && segment < segments && (isDone(entry) || at === entries.length - 1);
  });
  return inOrder ? [] : [fault(`${what} has a journal with a gap: segments run one after the other`, REMEDY)];
}
