/**
 * Runs a release statement by statement and looks after each which locks it took: what an application would wait for.
 *
 * For scratch databases: nothing is written into the ledger.
 *
 * @module
 */
import type {
  DatabaseDriver,
  HeldLock,
  MigrationSession,
  MigrationTransaction,
} from '../../contracts/database-driver.ts';
import type { SqlAnalyzer, StatementEffect } from '../../contracts/sql-analyzer.ts';
import { isSquizzleError, type TextPosition } from '../../errors/squizzle-error.ts';
import type { Plan, PlannedRelease, PlanSegment, ScriptPart } from '../../model/plan.ts';
import type { Version } from '../../model/version.ts';
import { loadFiles, positionOf, toScript, type LoadedFiles } from '../running/script-text.ts';
import { toStepFailure, type StatementLocator } from '../running/step-failure.ts';

/** One statement, or a whole file whose statements cannot be told apart. */
export interface StatementTrace extends TextPosition {
  readonly version: Version;
  /** Its first line, shortened. */
  readonly statement: string;
  /** `false`: it ran outside any transaction, where its locks cannot be seen once it has ended. */
  readonly transactional: boolean;
  /** Locks of relations that were there before its transaction, which no earlier statement of it had taken. */
  readonly locks: readonly HeldLock[];
  readonly durationMs: number;
}

export interface TraceOptions {
  readonly analyzer: SqlAnalyzer;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since an arbitrary start, never going back. */
  readonly now: () => number;
}

/** @throws {SquizzleError} `STEP_FAILED` and `CHECK_FAILED` with file and line; what the driver throws. */
export async function traceStatements(
  plan: Plan,
  driver: DatabaseDriver,
  options: TraceOptions,
): Promise<readonly StatementTrace[]> {
  const { signal } = options;
  const files = await loadFiles(plan.artifact, plan.releases, signal);
  return driver.withLock(
    async (session) => {
      const traces: StatementTrace[] = [];
      for (const release of plan.releases) traces.push(...(await traceRelease({ release, session, files, options })));
      return traces;
    },
    { signal },
  );
}

interface Tracing {
  readonly release: PlannedRelease;
  readonly session: MigrationSession;
  readonly files: LoadedFiles;
  readonly options: TraceOptions;
}

async function traceRelease(tracing: Tracing): Promise<readonly StatementTrace[]> {
  const { version, segments } = tracing.release;
  const traces: StatementTrace[] = [];
  for (const segment of segments) {
    const traced = await (segment.kind === 'statement'
      ? traceAlone(segment, tracing)
      : traceTransaction(segment, tracing));
    for (const trace of traced) traces.push({ version, ...trace });
  }
  return traces;
}

type Traced = Omit<StatementTrace, 'version'>;

async function traceAlone(
  { part, effect }: Extract<PlanSegment, { kind: 'statement' }>,
  tracing: Tracing,
): Promise<readonly Traced[]> {
  const { session, files } = tracing;
  const { now } = tracing.options;
  const script = toScript(part, files);
  const start = now();
  await withPlace([part], effect, tracing, () => session.executeOutsideTransaction(script));
  const durationMs = Math.round(now() - start);
  const statement = firstLine(script.sql);
  return [{ ...positionOf(part, files, 0), statement, transactional: false, locks: [], durationMs }];
}

/** The outer place is for what is refused when the transaction is committed. */
function traceTransaction(
  { parts }: Extract<PlanSegment, { kind: 'transaction' }>,
  tracing: Tracing,
): Promise<readonly Traced[]> {
  const run = async (transaction: MigrationTransaction): Promise<readonly Traced[]> => {
    const traces: Traced[] = [];
    const seen = new Set<string>();
    for (const part of parts) {
      for (const piece of await cutStatements(part, tracing)) {
        traces.push(await tracePiece(piece, transaction, seen, tracing));
      }
    }
    return traces;
  };
  return withPlace(parts, null, tracing, () => tracing.session.transaction(run));
}

async function tracePiece(
  piece: ScriptPart,
  transaction: MigrationTransaction,
  seen: Set<string>,
  tracing: Tracing,
): Promise<Traced> {
  const { files, options } = tracing;
  const script = toScript(piece, files);
  const start = options.now();
  await withPlace([piece], null, tracing, () => transaction.execute([script]));
  const durationMs = Math.round(options.now() - start);
  const locks = (await transaction.heldLocks()).filter((lock) => isNew(lock, seen));
  const statement = firstLine(script.sql);
  return { ...positionOf(piece, files, 0), statement, transactional: true, locks, durationMs };
}

const STATE =
  'it had run before; this was the second time, statement by statement to see what each locks, on a scratch database that is thrown away';

/** As in a run of the release: file, line and what was said. */
async function withPlace<T>(
  parts: readonly ScriptPart[],
  alone: StatementEffect | null,
  { release, files, options }: Tracing,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isSquizzleError(cause, 'STATEMENT_FAILED')) throw cause;
    const locate: StatementLocator = async (sql, index) => (await options.analyzer.analyze(sql)).statements[index];
    const contention = { conflict: () => null, tries: () => 1 };
    throw await toStepFailure(cause, { release, parts, alone, files, state: STATE, options: { locate }, contention });
  }
}

function isNew({ target, mode }: HeldLock, seen: Set<string>): boolean {
  const key = `${mode} ${target}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** A text that changes settings of the session stays whole: they end with the text that is sent. */
async function cutStatements(part: ScriptPart, { files, options }: Tracing): Promise<readonly ScriptPart[]> {
  const text = new TextEncoder().encode(toScript(part, files).sql);
  const { statements, hazards } = await options.analyzer.analyze(text);
  if (hazards.includes('session-settings') || statements.length === 0) return [part];
  const pieces: ScriptPart[] = [];
  for (const { start, end } of statements) pieces.push({ ...part, start: part.start + start, end: part.start + end });
  return pieces;
}

const LONGEST = 100;

function firstLine(sql: string): string {
  const [line = ''] = sql.trimStart().split('\n');
  const shown = line.trim();
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST - 1)}…` : shown;
}
