/**
 * Turns a driver's `STATEMENT_FAILED` into `STEP_FAILED`: file, line, column, the statement with a caret, the server's
 * words, and what state the database is in.
 *
 * @module
 */
import { SquizzleError, type TextPosition } from '../errors/squizzle-error.ts';
import type { PlannedRelease, ScriptPart } from '../model/plan.ts';
import { countCodePoints, excerptAt, positionOf, toScript, type LoadedFiles } from './script-text.ts';

/**
 * Finds the statement of a text by its place, for faults that the server reports without a position.
 * Offsets in UTF-8 bytes; `undefined` when it cannot tell.
 */
export type StatementLocator = (sql: Uint8Array, index: number) => Promise<{ readonly start: number } | undefined>;

export interface FailureContext {
  readonly release: PlannedRelease;
  readonly parts: readonly ScriptPart[];
  readonly files: LoadedFiles;
  /** What the database holds now, in words. */
  readonly state: string;
  readonly locate?: StatementLocator | undefined;
}

export async function toStepFailure(
  cause: SquizzleError<'STATEMENT_FAILED'>,
  context: FailureContext,
): Promise<SquizzleError> {
  const { release, parts, files, state } = context;
  const part = parts[cause.details.index];
  if (part === undefined) return atCommit(cause, context);
  const position = positionOf(part, files, await offsetOf(cause, part, context));
  const excerpt = excerptAt(part, files, position);
  const { sqlState, detail, hint, context: where } = cause.details;
  const more = [detail, hint === null ? null : `hint: ${hint}`, where].filter((line) => line !== null && line !== '');
  const head = `${at(position)}: ${cause.message} (SQLSTATE ${sqlState})`;
  const message = [head, excerpt, ...more, state].join('\n');
  const details = { ...position, version: release.version, sqlState, excerpt, hint, state };
  return new SquizzleError('STEP_FAILED', message, details, { cause });
}

const at = ({ path, line, column }: TextPosition): string => `${path}:${line}:${column}`;

/** Characters from the part's start to the fault; to the failed statement's start where the server gives no position. */
async function offsetOf(
  { details }: SquizzleError<'STATEMENT_FAILED'>,
  part: ScriptPart,
  { files, locate }: FailureContext,
): Promise<number> {
  if (details.offset !== null) return details.offset;
  if (details.completed === null) return 0;
  const bytes = new TextEncoder().encode(toScript(part, files).sql);
  const found = await locate?.(bytes, details.completed);
  return found === undefined ? 0 : countCodePoints(bytes, 0, found.start);
}

/** Deferred constraints speak only when the transaction ends: no statement can be named. */
function atCommit(cause: SquizzleError<'STATEMENT_FAILED'>, { release, parts, state }: FailureContext): SquizzleError {
  const { sqlState, hint, detail } = cause.details;
  const path = parts.at(-1)?.path ?? '';
  const head = `${release.version}: ${cause.message} (SQLSTATE ${sqlState}), when the transaction was committed`;
  const message = [head, detail, hint === null ? null : `hint: ${hint}`, state]
    .filter((line) => line !== null)
    .join('\n');
  const details = { path, line: 1, column: 1, version: release.version, sqlState, excerpt: '', hint, state };
  return new SquizzleError('STEP_FAILED', message, details, { cause });
}
