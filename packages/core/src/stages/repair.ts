/**
 * Does what findings propose, one by one, and writes each into the ledger.
 *
 * @module
 */
import { canonicalJson } from '@squizzle/oci-spec';
import type { DatabaseDriver, MigrationSession } from '../contracts/database-driver.ts';
import { isSquizzleError, type SquizzleError } from '../errors/squizzle-error.ts';
import type { Finding, FindingCheck, FindingRepair } from '../model/diagnosis.ts';
import { currentRelease, historyHead, recordedSchema, unfinishedRelease, type History } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import type { ApplyOptions } from './apply.ts';
import { withLockEvents } from './lock-events.ts';
import { appendRepaired, type ProposedRepair, type RepairRun } from './repair-event.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { differInIndexesAlone, type IndexRepair } from './repaired-indexes.ts';

export interface RepairOutcome {
  readonly repair: FindingRepair;
  /** The check that proposed it. */
  readonly check: FindingCheck;
  readonly repaired: boolean;
  /** What was done, or why it was not, and what to do then. */
  readonly message: string;
  /** Place of the `repaired` event; `null` where there is none. */
  readonly seq: number | null;
}

/**
 * Runs every repair that a finding proposes, each once, under one lock. One that fails leaves the others their turn.
 *
 * A repair is recorded with the release that the database is at. Where the ledger has no event at all there is nothing
 * to record it with, and nothing is done.
 *
 * @returns in the order in which they were tried; empty, and without a lock, where nothing is proposed.
 * @throws {SquizzleError} `LEDGER_INVALID` when the ledger cannot be read; `CANCELLED`; what taking the lock throws.
 */
export async function repairDatabase(
  findings: readonly Finding[],
  driver: DatabaseDriver,
  options: ApplyOptions,
): Promise<readonly RepairOutcome[]> {
  const proposed = proposedBy(findings);
  if (proposed.length === 0) return [];
  const { version: server } = await driver.serverFacts({ signal: options.signal });
  return driver.withLock(async (session) => {
    const history = await session.readHistory();
    const head = historyHead(history);
    if (head === null) return proposed.map(unrecordable);
    const run: RepairRun = { session, options, server, anchor: currentRelease(history) ?? head };
    return runRepairs(proposed, run, history, head);
  }, withLockEvents(options));
}

/** First what guards the ledger, as the rest is written there; the schema last, as it is then. */
const ORDER: readonly FindingRepair['kind'][] = [
  'restore-ledger-guard',
  'drop-index',
  'rebuild-index',
  'record-schema',
];

function proposedBy(findings: readonly Finding[]): readonly ProposedRepair[] {
  const distinct = new Map<string, ProposedRepair>();
  for (const { check, repair } of findings) {
    const key = canonicalJson(repair);
    if (repair !== null && !distinct.has(key)) distinct.set(key, { check, repair });
  }
  return [...distinct.values()].sort((a, b) => ORDER.indexOf(a.repair.kind) - ORDER.indexOf(b.repair.kind));
}

async function runRepairs(
  proposed: readonly ProposedRepair[],
  run: RepairRun,
  history: History,
  start: LedgerEvent,
): Promise<readonly RepairOutcome[]> {
  const changesSchema = proposed.some(({ repair }) => 'index' in repair);
  const recorded = changesSchema ? await readIfRecorded(run.session, history) : null;
  const mended: IndexRepair[] = [];
  const outcomes: RepairOutcome[] = [];
  let head = start;
  for (const each of proposed) {
    const [outcome, event] = isNeedless(each, history)
      ? [failed(each, 'a schema is recorded already, or a run is unfinished: nothing was done'), null]
      : await repairOne(each, run, head, acceptsAfter(each.repair, recorded, mended));
    if (outcome.repaired && 'index' in each.repair) mended.push(each.repair);
    outcomes.push(outcome);
    head = event ?? head;
  }
  return outcomes;
}

/**
 * The schema, where it is the recorded one to the letter: what repairs make of it can then be recorded as well, and
 * covers up nothing. Of a schema that drifted nothing is recorded.
 */
async function readIfRecorded(session: MigrationSession, history: History): Promise<SchemaSnapshot | null> {
  const recorded = recordedSchema(history)?.schemaDigest ?? null;
  if (recorded === null || unfinishedRelease(history) !== null) return null;
  const snapshot = await session.transaction((transaction) => transaction.snapshotSchema());
  return snapshot !== null && schemaDigest(snapshot) === recorded ? snapshot : null;
}

/** An index is built for hours, in which others change what they like: only what the repairs did may differ. */
function acceptsAfter(
  repair: FindingRepair,
  recorded: SchemaSnapshot | null,
  mended: readonly IndexRepair[],
): SchemaPredicate | null {
  if (repair.kind === 'record-schema') return () => true;
  if (recorded === null || !('index' in repair)) return null;
  return (found) => differInIndexesAlone(recorded, found, [...mended, repair]);
}

/** Looked at again under the lock: someone may have migrated since the finding. */
function isNeedless({ repair }: ProposedRepair, history: History): boolean {
  if (repair.kind !== 'record-schema') return false;
  const isOpen = unfinishedRelease(history) !== null || currentRelease(history) === null;
  return isOpen || recordedSchema(history) !== null;
}

type SchemaPredicate = (snapshot: SchemaSnapshot) => boolean;
type Repaired = readonly [outcome: RepairOutcome, event: LedgerEvent | null];

async function repairOne(
  proposed: ProposedRepair,
  run: RepairRun,
  head: LedgerEvent,
  accepts: SchemaPredicate | null,
): Promise<Repaired> {
  const { repair } = proposed;
  const { date, now } = run.options.clock ?? SYSTEM_CLOCK;
  const start = { date: date(), ms: now() };
  const refused = repair.kind === 'record-schema' ? null : await attempt(() => run.session.repair(repair));
  if (refused instanceof Error) return [failed(proposed, explain(refused, repair)), null];
  const event = await attempt(() => appendRepaired(proposed, run, head, start, accepts));
  if (event instanceof Error) return [unwritten(proposed, event), null];
  return event === null ? [failed(proposed, BLOCKED), null] : [done(proposed, event, accepts !== null), event];
}

/** What the database refuses is an outcome; being stopped, or a fault of ours, is not. */
async function attempt<T>(work: () => Promise<T>): Promise<T | SquizzleError> {
  try {
    return await work();
  } catch (cause) {
    if (!isSquizzleError(cause) || cause.code === 'CANCELLED') throw cause;
    return cause;
  }
}

const BLOCKED =
  'the schema cannot be read now: another transaction holds a lock on a part of it; try again when it has ended';

const failed = ({ repair, check }: ProposedRepair, message: string): RepairOutcome => {
  return { repair, check, repaired: false, message, seq: null };
};

const UNFOLLOWED =
  "the schema was not recorded with it: something else changed meanwhile, or a lock was in the way of reading it; 'squizzle drift' shows what differs";

function done({ repair, check }: ProposedRepair, event: LedgerEvent, records: boolean): RepairOutcome {
  const isUnfollowed = records && event.schemaDigest === null;
  const message = isUnfollowed ? `${describe(repair)}; ${UNFOLLOWED}` : describe(repair);
  return { repair, check, repaired: true, message, seq: event.seq };
}

/** A recorded schema and its event are one: without the event nothing was done. */
function unwritten({ repair, check }: ProposedRepair, cause: SquizzleError): RepairOutcome {
  const repaired = repair.kind !== 'record-schema';
  const message = `${repaired ? `${describe(repair)}, but the ledger could not be told` : 'not recorded'}: ${cause.message}`;
  return { repair, check, repaired, message, seq: null };
}

function explain(cause: SquizzleError, repair: FindingRepair): string {
  const detail = isSquizzleError(cause, 'STATEMENT_FAILED') ? cause.details.detail : null;
  const more = detail === null ? '' : ` (${detail})`;
  const statement = 'index' in repair ? `, or by hand: ${statementOf(repair)}` : '';
  return `${cause.message}${more}; mend the cause, then repair again${statement}`;
}

function unrecordable(proposed: ProposedRepair): RepairOutcome {
  const { repair } = proposed;
  const empty = "as the ledger is empty, drop its schema: the next apply, or 'squizzle init --db', makes it anew";
  const remedy = 'index' in repair ? statementOf(repair) : empty;
  return failed(
    proposed,
    `the ledger has no event with which a repair could be recorded, so nothing was done; by hand: ${remedy}`,
  );
}

function statementOf({ kind, index }: IndexRepair): string {
  return `${kind === 'drop-index' ? 'DROP' : 'REINDEX'} INDEX CONCURRENTLY ${index}`;
}

function describe(repair: FindingRepair): string {
  switch (repair.kind) {
    case 'restore-ledger-guard':
      return 'the triggers, functions and views of the ledger were made anew';
    case 'drop-index':
      return `the remnant ${repair.index} was dropped`;
    case 'rebuild-index':
      return `index ${repair.index} was built anew`;
    case 'record-schema':
      return 'the schema was recorded as it is';
  }
}
