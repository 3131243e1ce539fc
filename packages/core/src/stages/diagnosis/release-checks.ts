/**
 * The releases that the ledger says are there: whether they are the artifact's, and whether one is half way.
 *
 * @module
 */
import { isSquizzleError } from '../../errors/squizzle-error.ts';
import type { PulledArtifact } from '../../model/artifact.ts';
import { appliedReleases, isDone, unfinishedRelease, type History } from '../../model/history.ts';
import type { LedgerEvent } from '../../model/ledger-event.ts';
import { compareVersions } from '../../model/version.ts';
import { finishCommand } from '../finish-command.ts';
import { refuseDiverged } from '../plan.ts';
import type { Facts } from './facts.ts';
import { count, fault, note, sound, type ToldFinding } from './told-finding.ts';

export function checkReleases({ history, artifact }: Facts): readonly ToldFinding[] {
  const past = history();
  return [...compareReleases(appliedReleases(past), artifact), ...skippedPlaces(past)];
}

function compareReleases(applied: readonly LedgerEvent[], artifact: PulledArtifact | null): readonly ToldFinding[] {
  if (applied.length === 0) return [sound('the database has no release')];
  if (artifact === null) return [note(`${count(applied.length, 'release')}, not compared: there is no artifact`)];
  const { version } = artifact.manifest;
  const known = applied.filter((event) => compareVersions(event.version, version) <= 0);
  const newer = applied.length - known.length;
  const found = known.flatMap((event) => divergence(artifact, event));
  if (newer > 0)
    found.push(note(`${count(newer, 'release')} newer than ${version}, which knows nothing of what follows it`));
  if (found.length > 0) return found;
  return [sound(`${count(applied.length, 'release')}, as the chain of ${version} has them`)];
}

/** Of releases that are there, and of those that were taken back: what nobody ran is nobody's proof. */
function skippedPlaces(history: History): readonly ToldFinding[] {
  const there = new Set(appliedReleases(history));
  return history.events.flatMap((event) => {
    const { skipped } = event.details;
    if (!Array.isArray(skipped) || (event.event !== 'reverted' && !there.has(event))) return [];
    const done = event.event === 'reverted' ? 'rolled back' : 'applied';
    const places = skipped.map(String).join(', ');
    return [
      note(
        `when ${event.version} was ${done} (event ${event.seq}), ${places} was not run: ${event.actor} took it as done`,
      ),
    ];
  });
}

function divergence(artifact: PulledArtifact, event: LedgerEvent): ToldFinding[] {
  try {
    refuseDiverged(artifact, event);
    return [];
  } catch (cause) {
    if (!isSquizzleError(cause, 'HISTORY_DIVERGED')) throw cause;
    return [fault(cause.message, 'find out which was published under this version, and by whom')];
  }
}

export function checkUnfinished({ history, examination }: Facts): readonly ToldFinding[] {
  const past = history();
  const unfinished = unfinishedRelease(past);
  if (unfinished === null) return [sound('no run is unfinished')];
  const { event, direction, journal } = unfinished;
  const done = journal.filter(isDone).length;
  const what = `${direction === 'up' ? 'applying' : 'rolling back'} ${event.version} (begun ${event.startedAt} by ${event.actor})`;
  const message = `${what} is not finished: ${done} of ${String(event.details['segments'])} segments are done`;
  const { lockHolder } = examination();
  if (lockHolder !== null) return [note(`${message}; ${lockHolder} is at it`)];
  if (journal.length === 0) return [note(`${what} ended before anything of it was kept: nothing has to be finished`)];
  return [fault(message, `when its cause is mended, go on with it: ${finishCommand(unfinished, past)}`)];
}
