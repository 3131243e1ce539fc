/**
 * A fault that the SQL analyzer found, with the file it is in.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';

/** @returns `SOURCE_INVALID` with line and column; any other failure as it is. */
export function locateFault(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause.name !== 'SqlError' || !('details' in cause)) return cause;
  const { line, column } = cause.details as { readonly line: number; readonly column: number };
  const hint = 'hint' in cause && typeof cause.hint === 'string' ? `\n${cause.hint}` : '';
  const message = `${path}:${line}:${column}: ${cause.message}${hint}`;
  return new SquizzleError('SOURCE_INVALID', message, { path, line, column, reason: cause.message }, { cause });
}
