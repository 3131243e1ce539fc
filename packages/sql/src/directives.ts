/**
 * `-- squizzle: key=value …` comments.
 *
 * A directive stands in a `--` comment that begins its line, anywhere outside quotes and block comments, and holds for
 * the whole file. What is not understood is refused: a mistyped `transaction=off` must not be taken for a remark.
 *
 * @module
 */
import { type SqlError, sqlErrorAt } from './errors.ts';
import { byteAt, BYTE } from './lexemes.ts';
import type { SqlDirectives } from './model.ts';
import { findNearest } from './nearest.ts';
import { toPrintable } from './position.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Reader = (value: string) => Partial<SqlDirectives> | undefined;

const PREFIX = /^--[ \t]*squizzle:/i;
const PREFIX_MAX_BYTES = 64;
const KEYS = ['transaction', 'lock_timeout', 'statement_timeout', 'irreversible'] as const;
type Key = (typeof KEYS)[number];

const DURATION = 'a whole number of ms, s, min or h that is above 0, such as 500ms or 5min';
const UNIT_MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;
/** PostgreSQL keeps its timeouts in a signed 32-bit integer. */
const MAX_TIMEOUT_MS = 2_147_483_647;

const RULES: { readonly [K in Key]: { readonly expected: string; readonly read: Reader } } = {
  transaction: { expected: 'off', read: (value) => (value === 'off' ? { transaction: 'off' } : undefined) },
  irreversible: { expected: 'ok', read: (value) => (value === 'ok' ? { irreversible: 'ok' } : undefined) },
  lock_timeout: { expected: DURATION, read: readTimeout('lockTimeoutMs') },
  statement_timeout: { expected: DURATION, read: readTimeout('statementTimeoutMs') },
};

export interface DirectiveReader {
  /** Takes a `--` comment; most are none of ours. @throws {SqlError} `SQL_DIRECTIVE` */
  readonly read: (start: number, end: number) => void;
  readonly directives: SqlDirectives;
}

export function createDirectiveReader(sql: Buffer): DirectiveReader {
  const directives: Mutable<SqlDirectives> = {};
  return {
    directives,
    read: (start, end) => {
      const prefix = PREFIX.exec(sql.toString('latin1', start, Math.min(end, start + PREFIX_MAX_BYTES)))?.[0];
      if (prefix === undefined) return;
      if (!beginsLine(sql, start)) throw misplacedError(sql, start);
      readPairs(sql, start + prefix.length, end, directives);
    },
  };
}

function readPairs(sql: Buffer, start: number, end: number, directives: Mutable<SqlDirectives>): void {
  // latin1: one character a byte, so that an index in the text is an offset.
  const pairs = [...sql.toString('latin1', start, end).matchAll(/[^ \t\f\v]+/g)];
  if (pairs.length === 0) throw emptyError(sql, start);
  for (const pair of pairs) {
    const offset = start + pair.index;
    const text = sql.toString('utf8', offset, offset + pair[0].length);
    const [name, value] = readPair(sql, offset, text);
    if (directives[name] !== undefined && directives[name] !== value) throw repeatedError(sql, offset, text);
    Object.assign(directives, { [name]: value });
  }
}

function readPair(sql: Buffer, offset: number, text: string): [keyof SqlDirectives, unknown] {
  const [key = '', ...rest] = text.split('=');
  const known = KEYS.find((name) => name === key);
  if (known === undefined) throw unknownKeyError(sql, offset, text, key);
  const rule = RULES[known];
  const read = rest.length === 0 ? undefined : rule.read(rest.join('='));
  if (read === undefined) throw badValueError(sql, offset, text, `${known}=${rule.expected}`);
  const [entry] = Object.entries(read);
  // Each reader returns exactly one property.
  return entry as [keyof SqlDirectives, unknown];
}

function readTimeout(name: 'lockTimeoutMs' | 'statementTimeoutMs'): Reader {
  return (value) => {
    const [, digits, unit] = /^(\d{1,10})(ms|s|min|h)$/.exec(value) ?? [];
    if (digits === undefined) return undefined;
    const ms = Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
    return ms > 0 && ms <= MAX_TIMEOUT_MS ? { [name]: ms } : undefined;
  };
}

function beginsLine(sql: Buffer, start: number): boolean {
  const lineStart = sql.lastIndexOf(BYTE.NEWLINE, start) + 1;
  for (let at = lineStart; at < start; at++) if (!/[ \t\f\v]/.test(String.fromCodePoint(byteAt(sql, at)))) return false;
  return true;
}

function misplacedError(sql: Buffer, offset: number): SqlError<'SQL_DIRECTIVE'> {
  return directiveError(sql, offset, '', 'expected a directive on a line of its own, found one behind other text', '');
}

function emptyError(sql: Buffer, offset: number): SqlError<'SQL_DIRECTIVE'> {
  return directiveError(sql, offset, '', 'expected key=value after "squizzle:", found nothing', '');
}

function repeatedError(sql: Buffer, offset: number, text: string): SqlError<'SQL_DIRECTIVE'> {
  const found = `expected each key once in a file, found ${toPrintable(text)} after another value for it`;
  return directiveError(sql, offset, text, found, 'Keep one of the two. ');
}

function unknownKeyError(sql: Buffer, offset: number, text: string, key: string): SqlError<'SQL_DIRECTIVE'> {
  const nearest = findNearest(key.toLowerCase(), KEYS);
  const found = `expected one of ${KEYS.join(', ')}, found ${toPrintable(text)}`;
  return directiveError(sql, offset, text, found, `Did you mean ${nearest}? `);
}

function badValueError(sql: Buffer, offset: number, text: string, expected: string): SqlError<'SQL_DIRECTIVE'> {
  return directiveError(sql, offset, text, `expected ${expected}, found ${toPrintable(text)}`, '');
}

function directiveError(
  sql: Buffer,
  offset: number,
  text: string,
  message: string,
  hint: string,
): SqlError<'SQL_DIRECTIVE'> {
  return sqlErrorAt('SQL_DIRECTIVE', sql, offset, {
    message,
    hint: `${hint}Write it as a line such as \`-- squizzle: lock_timeout=1s statement_timeout=5min\`.`,
    details: { directive: toPrintable(text) },
  });
}
