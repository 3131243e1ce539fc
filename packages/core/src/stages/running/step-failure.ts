/**
 * Turns a driver's `STATEMENT_FAILED` into `STEP_FAILED`: file, line, column, the statement with a caret, the server's
 * words, what state the database is in, who was in the way, and what to do.
 *
 * @module
 */
import type { StatementEffect } from '../../contracts/sql-analyzer.ts';
import { SquizzleError, type TextPosition } from '../../errors/squizzle-error.ts';
import type { PlannedRelease, ScriptPart } from '../../model/plan.ts';
import type { ScriptSettings } from '../../model/release-manifest.ts';
import { shortenQuery } from './assertions.ts';
import { describeConflict, type Contention } from './contention.ts';
import { adviceFor } from './failure-advice.ts';
import { withPatience } from './patience.ts';
import { countCodePoints, excerptAt, positionOf, toScript, type LoadedFiles } from './script-text.ts';

/**
 * Finds the statement of a text by its place, for faults that the server reports without a position.
 * Offsets in UTF-8 bytes; `undefined` when it cannot tell.
 */
export type StatementLocator = (sql: Uint8Array, index: number) => Promise<{ readonly start: number } | undefined>;

/** lock_not_available, deadlock_detected: others were in the way. */
const WAITED = new Set(['55P03', '40P01']);

export interface FailureContext {
  readonly release: PlannedRelease;
  readonly parts: readonly ScriptPart[];
  /** The effect of the only part, when that is a statement that runs outside any transaction. */
  readonly alone: StatementEffect | null;
  readonly files: LoadedFiles;
  /** What the database holds now, in words. */
  readonly state: string;
  readonly options: {
    readonly locate?: StatementLocator | undefined;
    readonly lockTimeoutMs?: number | undefined;
    readonly statementTimeoutMs?: number | undefined;
  };
  readonly contention: Pick<Contention, 'conflict' | 'tries'>;
}

type StatementFailure = SquizzleError<'STATEMENT_FAILED'>;

export async function toStepFailure(cause: StatementFailure, context: FailureContext): Promise<SquizzleError> {
  const { index, assertion } = cause.details;
  const part = context.parts[index];
  if (part === undefined) return besideStatements(cause, context);
  if (assertion !== undefined) {
    const { sql, line } = assertion;
    const position = { path: part.path, line, column: 1 };
    return compose(cause, context, {
      position,
      head: `${part.path}:${line}: a check could not be asked`,
      excerpt: shortenQuery(sql),
      part,
    });
  }
  const position = positionOf(part, context.files, await offsetOf(cause, part, context));
  const head = `${position.path}:${position.line}:${position.column}`;
  return compose(cause, context, { position, head, excerpt: excerptAt(part, context.files, position), part });
}

/** Characters from the part's start to the fault; to the failed statement's start where the server gives no position. */
async function offsetOf({ details }: StatementFailure, part: ScriptPart, context: FailureContext): Promise<number> {
  if (details.offset !== null) return details.offset;
  if (details.completed === null) return 0;
  const bytes = new TextEncoder().encode(toScript(part, context.files).sql);
  const found = await context.options.locate?.(bytes, details.completed);
  return found === undefined ? 0 : countCodePoints(bytes, 0, found.start);
}

/**
 * It was no statement of a file that was refused. Deferred constraints speak only when the transaction ends, and around
 * a statement that runs alone the journal is written and the catalog is mended.
 */
function besideStatements(cause: StatementFailure, context: FailureContext): SquizzleError {
  const { release, parts, alone } = context;
  const part = parts.at(-1);
  const when =
    alone !== null
      ? 'around a statement that runs alone (journal, leftovers)'
      : 'when the transaction was to be committed';
  const position = { path: part?.path ?? '', line: 1, column: 1 };
  return compose(cause, context, { position, head: `${release.version}, ${when}`, excerpt: '', part });
}

interface Finding {
  readonly position: TextPosition;
  /** What the message begins with. */
  readonly head: string;
  readonly excerpt: string;
  readonly part: ScriptPart | undefined;
}

function compose(
  cause: StatementFailure,
  context: FailureContext,
  { position, head, excerpt, part }: Finding,
): SquizzleError {
  const { release, state, contention, options } = context;
  const { sqlState, detail, hint, context: where } = cause.details;
  const { lockTimeoutMs, statementTimeoutMs } = options;
  const limits = { file: settingsOf(part, context), lockTimeoutMs, statementTimeoutMs, tries: contention.tries() };
  const advice = adviceFor(sqlState, limits);
  const conflict = WAITED.has(sqlState) ? contention.conflict() : null;
  const said = [excerpt, detail, hint === null ? null : `hint: ${hint}`, where, state];
  const added = [
    ...(conflict === null ? [] : describeConflict(conflict)),
    ...(advice === null ? [] : [`advice: ${advice}`]),
  ];
  const lines = [`${head}: ${cause.message} (SQLSTATE ${sqlState})`, ...said, ...added];
  const message = lines.filter((line) => line !== null && line !== '').join('\n');
  const more = {
    ...(advice === null ? {} : { advice }),
    ...(conflict === null ? {} : { blockedBy: conflict.holders.map(({ pid }) => pid) }),
  };
  const details = { ...position, version: release.version, sqlState, excerpt, hint, state, ...more };
  return new SquizzleError('STEP_FAILED', message, details, { cause });
}

function settingsOf(part: ScriptPart | undefined, { alone, files, options }: FailureContext): ScriptSettings {
  if (part === undefined || alone === null) return part?.settings ?? {};
  return withPatience(toScript(part, files), alone, options.lockTimeoutMs ?? 0).settings ?? {};
}
