/**
 * `-- squizzle: key=value check "query" …` comments.
 *
 * A directive stands in a `--` comment that begins its line, anywhere outside quotes and block comments, and holds for
 * the whole file. What is not understood is refused: a mistyped `transaction=off` must not be taken for a remark.
 *
 * @see docs/directives.md
 * @module
 */
import { CHECK, type CheckText, readCheck } from './check-text.ts';
import { directiveError } from './directive-error.ts';
import type { SqlError } from './errors.ts';
import { byteAt, BYTE } from './lexemes.ts';
import type { SqlDirectives } from './model.ts';
import { findNearest } from './nearest.ts';
import { toPrintable } from './position.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Those with a value; queries of checks are read apart, because they are parsed when the parser is there. */
type Settings = Omit<SqlDirectives, 'checks'>;
type Reader = (value: string) => Partial<Settings> | undefined;

const PREFIX = /^--[ \t]*squizzle:/i;
const PREFIX_MAX_BYTES = 64;
const KEYS = ['transaction', 'lock_timeout', 'statement_timeout', 'irreversible'] as const;
type Key = (typeof KEYS)[number];
/** All that may stand behind `squizzle:`. */
export const DIRECTIVE_NAMES = [...KEYS, CHECK] as const;

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
  readonly directives: Settings;
  /** In the order of the file; what they ask is not yet known to be a query. */
  readonly checks: readonly CheckText[];
}

export function createDirectiveReader(sql: Buffer): DirectiveReader {
  const directives: Mutable<Settings> = {};
  const checks: CheckText[] = [];
  return {
    directives,
    checks,
    read: (start, end) => {
      const from = findDirective(sql, start, end);
      if (from === undefined) return;
      if (!beginsLine(sql, start)) throw misplacedError(sql, start);
      readEntries(sql, from, end, directives, checks);
    },
  };
}

/** Offset after `-- squizzle:`; `undefined` for a comment that is none of ours. */
export function findDirective(sql: Buffer, start: number, end: number): number | undefined {
  const prefix = PREFIX.exec(sql.toString('latin1', start, Math.min(end, start + PREFIX_MAX_BYTES)))?.[0];
  return prefix === undefined ? undefined : start + prefix.length;
}

function readEntries(
  sql: Buffer,
  start: number,
  end: number,
  directives: Mutable<Settings>,
  checks: CheckText[],
): void {
  // latin1: one character a byte, so that an index in the text is an offset.
  const line = sql.toString('latin1', start, end);
  const words = /[^ \t\f\v]+/g;
  let word = words.exec(line);
  if (word === null) throw emptyError(sql, start);
  for (; word !== null; word = words.exec(line)) {
    const offset = start + word.index;
    const check = readCheck(sql, offset, end);
    if (check === undefined) readPair(sql, offset, sql.toString('utf8', offset, offset + word[0].length), directives);
    else {
      checks.push(check);
      words.lastIndex = check.end - start;
    }
  }
}

function readPair(sql: Buffer, offset: number, text: string, directives: Mutable<Settings>): void {
  const [name, value] = parsePair(sql, offset, text);
  if (directives[name] !== undefined && directives[name] !== value) throw repeatedError(sql, offset, text);
  Object.assign(directives, { [name]: value });
}

function parsePair(sql: Buffer, offset: number, text: string): [keyof Settings, unknown] {
  const [key = '', ...rest] = text.split('=');
  const known = KEYS.find((name) => name === key);
  if (known === undefined) throw unknownKeyError(sql, offset, text, key);
  const rule = RULES[known];
  const read = rest.length === 0 ? undefined : rule.read(rest.join('='));
  if (read === undefined) throw badValueError(sql, offset, text, `${known}=${rule.expected}`);
  const [entry] = Object.entries(read);
  // Each reader returns exactly one property.
  return entry as [keyof Settings, unknown];
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
  const found = `expected key=value or ${CHECK} "query" after "squizzle:", found nothing`;
  return directiveError(sql, offset, '', found, '');
}

function repeatedError(sql: Buffer, offset: number, text: string): SqlError<'SQL_DIRECTIVE'> {
  const found = `expected each key once in a file, found ${toPrintable(text)} after another value for it`;
  return directiveError(sql, offset, text, found, 'Keep one of the two. ');
}

function unknownKeyError(sql: Buffer, offset: number, text: string, key: string): SqlError<'SQL_DIRECTIVE'> {
  const nearest = findNearest(key.toLowerCase(), DIRECTIVE_NAMES);
  const found = `expected one of ${DIRECTIVE_NAMES.join(', ')}, found ${toPrintable(text)}`;
  return directiveError(sql, offset, text, found, `Did you mean ${nearest}? `);
}

function badValueError(sql: Buffer, offset: number, text: string, expected: string): SqlError<'SQL_DIRECTIVE'> {
  return directiveError(sql, offset, text, `expected ${expected}, found ${toPrintable(text)}`, '');
}
