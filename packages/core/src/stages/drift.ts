/**
 * Whether a database still has the schema that its ledger recorded.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { currentVersion, historyHead, recordedSchema, unfinishedRelease, type History } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import {
  compareSnapshots,
  schemaDigest,
  type SchemaDifference,
  type SchemaSnapshot,
} from '../model/schema-snapshot.ts';
import type { Version } from '../model/version.ts';

export interface DriftReport {
  /** The release that the database is at. */
  readonly version: Version;
  readonly recordedDigest: Digest;
  readonly liveDigest: Digest;
  readonly drifted: boolean;
  /** RFC 3339, UTC. */
  readonly recordedAt: string;
  /** Version of the server when the schema was recorded; `null` where the ledger does not say. */
  readonly recordedServer: string | null;
  readonly liveServer: string;
  /** The server is of another major version than then: it may write the same objects differently (views before 16). */
  readonly serverChanged: boolean;
  /** Left as recorded, right as it is. `null`: the recorded snapshot is not kept, so only digests can be compared. */
  readonly differences: readonly SchemaDifference[] | null;
}

/**
 * Compares the schema with what the ledger recorded last. Takes no lock and writes nothing.
 *
 * @throws {SquizzleError} `SCHEMA_UNRECORDED` where nothing was recorded for the release the database is at, or a run
 *   is unfinished; `LEDGER_INVALID`; what the driver throws.
 */
export async function detectDrift(
  driver: DatabaseDriver & DatabaseInspector,
  options: CallOptions = {},
): Promise<DriftReport> {
  const { history, live } = await readTogether(driver, options);
  const { version, event, recordedDigest } = requireRecorded(history);
  const { version: liveServer } = await driver.serverFacts(options);
  const recordedServer = serverOf(event);
  const liveDigest = schemaDigest(live);
  const drifted = liveDigest !== recordedDigest;
  const kept = drifted ? await driver.readKeptSnapshot(recordedDigest, options) : null;
  return {
    version,
    recordedDigest,
    liveDigest,
    drifted,
    recordedAt: event.finishedAt,
    recordedServer,
    liveServer,
    serverChanged: recordedServer !== null && majorOf(recordedServer) !== majorOf(liveServer),
    differences: drifted ? kept && compareSnapshots(kept, live) : [],
  };
}

/** Migrations that end meanwhile would look like drift. More than this many in a row, and the last answer stands. */
const READINGS = 5;

/** A schema and the history that belongs to it: the ledger is as it was before when the schema has been read. */
async function readTogether(
  driver: DatabaseDriver,
  options: CallOptions,
): Promise<{ readonly history: History; readonly live: SchemaSnapshot }> {
  let before = await driver.readHistory(options);
  for (let reading = 1; ; reading++) {
    requireRecorded(before);
    const live = await driver.snapshotSchema(options);
    const after = await driver.readHistory(options);
    const isSettled = historyHead(after)?.hash === historyHead(before)?.hash;
    if (isSettled || reading === READINGS) return { history: after, live };
    before = after;
  }
}

interface Recorded {
  readonly version: Version;
  readonly event: LedgerEvent;
  readonly recordedDigest: Digest;
}

/** A run of which nothing is journaled has changed nothing yet. */
function requireRecorded(history: History): Recorded {
  const version = currentVersion(history);
  if (version === null) throw unrecorded(null, "the database has no release; 'squizzle apply' brings one");
  const unfinished = unfinishedRelease(history);
  if (unfinished !== null && unfinished.journal.length > 0) {
    const run = `${unfinished.direction === 'up' ? 'applying' : 'rolling back'} ${unfinished.event.version}`;
    throw unrecorded(version, `${run} has begun and is not finished, so the schema is between two releases; finish it`);
  }
  const event = recordedSchema(history);
  if (event?.schemaDigest == null) {
    const why = `the schema of ${version} was not recorded when it came to the database`;
    throw unrecorded(version, `${why}; the next release records it, or 'squizzle doctor --repair', as it is then`);
  }
  return { version, event, recordedDigest: event.schemaDigest };
}

function unrecorded(version: Version | null, reason: string): SquizzleError<'SCHEMA_UNRECORDED'> {
  return new SquizzleError('SCHEMA_UNRECORDED', `there is no schema to compare with: ${reason}`, { version });
}

function serverOf({ details }: LedgerEvent): string | null {
  const { server } = details;
  return typeof server === 'string' ? server : null;
}

/** `18.4` and `18beta1` are 18. */
const majorOf = (server: string): string => /^\d+/.exec(server)?.[0] ?? server;
