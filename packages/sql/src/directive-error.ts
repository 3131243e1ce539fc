/**
 * The error for a `-- squizzle:` comment that is not understood.
 *
 * @module
 */
import { type SqlError, sqlErrorAt } from './errors.ts';
import { toPrintable } from './position.ts';

const EXAMPLE = '`-- squizzle: lock_timeout=1s statement_timeout=5min`';

/** @param text what was found there. @param hint what is special about it, ending with a blank. */
export function directiveError(
  sql: Buffer,
  offset: number,
  text: string,
  message: string,
  hint: string,
  example = EXAMPLE,
): SqlError<'SQL_DIRECTIVE'> {
  return sqlErrorAt('SQL_DIRECTIVE', sql, offset, {
    message,
    hint: `${hint}Write it as a line such as ${example}.`,
    details: { directive: toPrintable(text) },
  });
}
