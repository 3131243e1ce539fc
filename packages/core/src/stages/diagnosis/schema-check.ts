/**
 * Whether the schema is still the one that the ledger recorded.
 *
 * @module
 */
import { isSquizzleError } from '../../errors/squizzle-error.ts';
import { currentVersion, unfinishedRelease, type History } from '../../model/history.ts';
import type { DriftReport } from '../drift.ts';
import type { Facts } from './facts.ts';
import { count, fault, note, sound, type ToldFinding } from './told-finding.ts';

export function checkSchema({ drift, history }: Facts): readonly ToldFinding[] {
  const past = history();
  try {
    return [describeDrift(drift())];
  } catch (cause) {
    if (!isSquizzleError(cause, 'SCHEMA_UNRECORDED')) throw cause;
    return [describeUnrecorded(past, cause.message)];
  }
}

function describeUnrecorded(history: History, message: string): ToldFinding {
  if (currentVersion(history) === null) return sound('the database has no release, so no schema is expected');
  if (unfinishedRelease(history) !== null) return note(message);
  const remedy = "make sure that it is as it should be, then record it: 'squizzle doctor --repair'";
  return note(message, remedy, { kind: 'record-schema' });
}

function describeDrift(report: DriftReport): ToldFinding {
  const { drifted, version, differences, recordedAt, serverChanged, recordedServer, liveServer } = report;
  if (!drifted) return sound(`the schema is that of ${version}, as recorded ${recordedAt}`);
  const objects = differences === null ? '' : ` in ${count(differences.length, 'object')}`;
  const upgrade = `; the server was ${recordedServer} then and is ${liveServer}, which may write the same objects differently`;
  return fault(
    `the schema drifted from that of ${version}${objects}, recorded ${recordedAt}${serverChanged ? upgrade : ''}`,
    "'squizzle drift' shows what differs: undo it, or make it part of the next release",
  );
}
