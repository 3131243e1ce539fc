/**
 * Finds statements and line comments in one pass, without a grammar.
 *
 * It knows quotes, dollar quotes, nested comments, parentheses (the commands of a CREATE RULE) and BEGIN ATOMIC bodies,
 * which is all that decides whether a `;` ends a statement. So it can say plainly what PostgreSQL's parser says
 * obscurely (a `\i`, a COPY data block), and it reads data files that are too big to parse.
 *
 * On valid SQL its boundaries are the parser's: a property test holds it to that.
 *
 * @module
 */
import { lineEndingError } from './encoding.ts';
import { type SqlError, sqlErrorAt } from './errors.ts';
import {
  BYTE,
  byteAt,
  CLASS,
  classOf,
  skipBlanks,
  skipBlockComment,
  skipDollar,
  skipEscapeString,
  skipLineComment,
  skipNumber,
  skipQuoted,
  skipWord,
  UNTERMINATED,
} from './lexemes.ts';
import { toPrintable } from './position.ts';

export interface ScannedStatement {
  /** Byte offset of the first token. */
  readonly start: number;
  /** Byte offset after the last token, the closing `;` not counted. */
  readonly end: number;
  /** The words it begins with, in upper case: up to four for CREATE, COPY and SET, one for the others. */
  readonly words: readonly string[];
  /** The identifier `set_config` occurs in it. */
  readonly mentionsSetConfig: boolean;
}

export interface ScanVisitor {
  statement(found: ScannedStatement): void;
  /** A `--` comment: its first byte and the end of its line. */
  lineComment(start: number, end: number): void;
}

/** The mutable state of one pass. */
interface Scan {
  readonly bytes: Buffer;
  readonly visitor: ScanVisitor;
  at: number;
  /** -1 between statements. */
  start: number;
  end: number;
  words: string[];
  /** The words of the innermost statement: those of `words`, except inside a BEGIN ATOMIC body. */
  head: string[];
  /** The token before, when it was a word or a `;` of a statement whose words are read. */
  previous: string;
  mentionsSetConfig: boolean;
  /** Offset of each `(` that is open. */
  readonly open: number[];
  /** Offset of each BEGIN ATOMIC body that is open. */
  readonly bodies: number[];
}

const HEAD_WORDS = 4;
const WATCHED = new Set(['CREATE', 'COPY', 'SET']);
const ROUTINE = /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b/;
const SET_CONFIG = 'set_config';
const LOWER_S = 0x73;
const CASE_BIT = 0x20;

/**
 * Calls the visitor for every statement and line comment, in the order of the file.
 *
 * @throws {SqlError} `SQL_META_COMMAND`, `SQL_COPY_STDIN`; `SQL_SYNTAX` for a quote, comment, parenthesis or body left open;
 *   `SQL_ENCODING` for a `\r` that ends a line.
 */
export function scanSql(bytes: Buffer, visitor: ScanVisitor): void {
  const words: string[] = [];
  const scan: Scan = {
    bytes,
    visitor,
    at: 0,
    start: -1,
    end: 0,
    words,
    head: words,
    previous: '',
    mentionsSetConfig: false,
    open: [],
    bodies: [],
  };
  while (scan.at < bytes.length) readElement(scan);
  const left = scan.open.at(-1) ?? scan.bodies.at(-1);
  if (left !== undefined) throw openError(scan, left);
  endStatement(scan);
}

function readElement(scan: Scan): void {
  const { bytes, at } = scan;
  const byte = byteAt(bytes, at);
  switch (classOf(byte)) {
    case CLASS.BLANK:
      scan.at = skipBlanks(bytes, at);
      return;
    case CLASS.WORD:
      readWord(scan);
      return;
    case CLASS.DIGIT:
      endToken(scan, skipNumber(bytes, at));
      return;
    case CLASS.SPECIAL:
      readSpecial(scan, byte);
      return;
    default:
      endToken(scan, at + 1);
  }
}

function readSpecial(scan: Scan, byte: number): void {
  const { bytes, at } = scan;
  switch (byte) {
    case BYTE.QUOTE:
      endToken(scan, closed(scan, skipQuoted(bytes, at), 'quoted string', "'"));
      return;
    case BYTE.DOUBLE_QUOTE:
      endToken(scan, closed(scan, skipQuoted(bytes, at), 'quoted identifier', '"'));
      return;
    case BYTE.DOLLAR:
      endToken(scan, closed(scan, skipDollar(bytes, at), 'dollar-quoted string', 'the same $tag$'));
      return;
    case BYTE.OPEN:
      scan.open.push(at);
      endToken(scan, at + 1);
      return;
    case BYTE.CLOSE:
      if (scan.open.pop() === undefined) throw unopenedError(scan);
      endToken(scan, at + 1);
      return;
    case BYTE.SEMICOLON:
      readSemicolon(scan);
      return;
    case BYTE.BACKSLASH:
      throw metaCommandError(scan);
    case BYTE.RETURN:
      throw lineEndingError(bytes, at);
    default:
      readCommentOrOperator(scan, byte);
  }
}

function readCommentOrOperator(scan: Scan, byte: number): void {
  const { bytes, at } = scan;
  const next = byteAt(bytes, at + 1);
  if (byte === BYTE.DASH && next === BYTE.DASH) {
    scan.at = skipLineComment(bytes, at);
    scan.visitor.lineComment(at, scan.at);
  } else if (byte === BYTE.SLASH && next === BYTE.STAR) {
    scan.at = closed(scan, skipBlockComment(bytes, at), 'comment', '*/');
  } else endToken(scan, at + 1);
}

function readWord(scan: Scan): void {
  const { bytes, at } = scan;
  const end = skipWord(bytes, at);
  const first = byteAt(bytes, at);
  if (end === at + 1 && (first | CASE_BIT) === 0x65 && byteAt(bytes, end) === BYTE.QUOTE) {
    endToken(scan, closed(scan, skipEscapeString(bytes, end), 'quoted string', "'"));
    return;
  }
  if (end - at === SET_CONFIG.length && (first | CASE_BIT) === LOWER_S && isSetConfig(bytes, at, end)) {
    scan.mentionsSetConfig = true;
  }
  const isHead = scan.words.length === 0 || WATCHED.has(scan.words[0] ?? '');
  const word = isHead ? bytes.toString('latin1', at, end).toUpperCase() : '';
  const previous = scan.previous;
  endToken(scan, end);
  if (isHead) readHeadWord(scan, word, previous);
}

/** The words that change what a `;` means, or that refuse the file. */
function readHeadWord(scan: Scan, word: string, previous: string): void {
  scan.previous = word;
  if (scan.open.length > 0 && scan.words.length > 0) return;
  if (scan.head.length < HEAD_WORDS) scan.head.push(word);
  if (scan.words[0] === 'COPY' && previous === 'FROM' && (word === 'STDIN' || word === 'STDOUT')) {
    throw copyStdinError(scan);
  }
  if (word === 'ATOMIC' && previous === 'BEGIN' && ROUTINE.test(scan.head.join(' '))) {
    scan.bodies.push(scan.at);
    beginInner(scan);
  } else if (word === 'END' && previous === ';' && scan.bodies.length > 0) {
    scan.bodies.pop();
  }
}

/** The next word begins a statement of a body. */
function beginInner(scan: Scan): void {
  scan.head = [];
  scan.previous = ';';
}

function readSemicolon(scan: Scan): void {
  if (scan.open.length > 0) endToken(scan, scan.at + 1);
  else if (scan.bodies.length > 0) {
    endToken(scan, scan.at + 1);
    beginInner(scan);
  } else {
    scan.at++;
    endStatement(scan);
  }
}

function endToken(scan: Scan, end: number): void {
  if (scan.start === -1) scan.start = scan.at;
  scan.at = end;
  scan.end = end;
  scan.previous = '';
}

function endStatement(scan: Scan): void {
  const { start, end, words, mentionsSetConfig } = scan;
  if (start === -1) return;
  scan.start = -1;
  scan.words = [];
  scan.head = scan.words;
  scan.previous = '';
  scan.mentionsSetConfig = false;
  scan.visitor.statement({ start, end, words, mentionsSetConfig });
}

function isSetConfig(bytes: Buffer, start: number, end: number): boolean {
  return bytes.toString('latin1', start, end).toLowerCase() === SET_CONFIG;
}

function closed(scan: Scan, end: number, what: string, close: string): number {
  if (end !== UNTERMINATED) return end;
  throw sqlErrorAt('SQL_SYNTAX', scan.bytes, scan.at, {
    message: `expected ${close} to end the ${what} that begins here, found the end of the file`,
    hint: `Close the ${what} with ${close}; often a quote inside it was not doubled.`,
    details: { reason: `unterminated ${what}` },
  });
}

function openError(scan: Scan, offset: number): SqlError<'SQL_SYNTAX'> {
  const isBody = scan.open.length === 0;
  const [what, close] = isBody ? ['BEGIN ATOMIC body', 'END'] : ['parenthesis', ')'];
  return sqlErrorAt('SQL_SYNTAX', scan.bytes, offset, {
    message: `expected ${close} to close the ${what} that begins here, found the end of the file`,
    hint: `Add the missing ${close}.`,
    details: { reason: `unclosed ${what}` },
  });
}

function unopenedError(scan: Scan): SqlError<'SQL_SYNTAX'> {
  return sqlErrorAt('SQL_SYNTAX', scan.bytes, scan.at, {
    message: 'expected no ) here: no parenthesis is open in this statement',
    hint: 'Take out the ), or add the ( it belongs to.',
    details: { reason: 'unmatched )' },
  });
}

function metaCommandError(scan: Scan): SqlError<'SQL_META_COMMAND'> {
  const { bytes, at } = scan;
  const end = skipLineComment(bytes, at);
  const command = toPrintable(/^\S*/u.exec(bytes.subarray(at, Math.min(end, at + 80)).toString())?.[0] ?? '\\');
  return sqlErrorAt('SQL_META_COMMAND', bytes, at, {
    message: `expected SQL, found ${command}: commands with a backslash belong to psql, and no server knows them`,
    hint: 'Take the line out. Put the content of an \\i file here; squizzle itself connects, stops on errors and shows results.',
    details: { command },
  });
}

function copyStdinError(scan: Scan): SqlError<'SQL_COPY_STDIN'> {
  return sqlErrorAt('SQL_COPY_STDIN', scan.bytes, scan.start, {
    message: 'expected SQL only, found COPY … FROM STDIN: its data is read by psql and is no SQL',
    hint: 'Write the rows as INSERT statements; for a seed, `pg_dump --data-only --inserts` generates them.',
    details: {},
  });
}
