/**
 * Lines of a `.dockerignore` as patterns that the matcher reads the way Docker does.
 *
 * The matcher makes a regular expression of a pattern but leaves most of the characters alone that mean something
 * there; Docker takes those as they are, so they are quoted here.
 *
 * @see https://docs.docker.com/build/concepts/context/#syntax
 * @see https://github.com/moby/patternmatcher
 * @module
 */
import { posix } from 'node:path';

export interface IgnorePattern {
  /** As it was written, for messages. */
  readonly written: string;
  /** Takes back what patterns before it ignored: `!keep.txt`. */
  readonly negated: boolean;
  /** Relative to the context, without a slash at either end; in the matcher's syntax. */
  readonly glob: string;
  /** The leading folders that are plain names: `a/b` of `a/b/*.txt`. */
  readonly literal: string;
}

const BYTE_ORDER_MARK = /^\uFEFF/;
/** What means something in a regular expression, and nothing to Docker. */
const IN_CLASS = /[+()|{}]/;
const BEHIND_BACKSLASH = /[\]^]/;

/** The lines of a file: comments and empty lines are no patterns. */
export function linesOf(text: string): readonly string[] {
  return text.replace(BYTE_ORDER_MARK, '').split(/\r?\n/);
}

/**
 * `undefined` for a comment, an empty line, and what names the context itself or nothing in it.
 *
 * @throws {SyntaxError} for a `[` without its `]`, and a `\` at the end.
 */
export function parseIgnorePattern(line: string): IgnorePattern | undefined {
  if (line.startsWith('#')) return undefined;
  const written = line.trim();
  const negated = written.startsWith('!');
  const path = clean(negated ? written.slice(1).trim() : written);
  if (path === '' || path === '.' || path === '..' || path.startsWith('../')) return undefined;
  return { written, negated, glob: quote(path), literal: literalPart(path) };
}

function clean(pattern: string): string {
  if (pattern === '') return '';
  return posix.normalize(pattern).replace(/^\/+/, '').replace(/\/+$/, '');
}

function quote(pattern: string): string {
  let quoted = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '[') {
      const end = endOfClass(pattern, at);
      quoted += pattern.slice(at, end + 1);
      at = end;
    } else if (char === '\\') {
      at += 1;
      quoted += literally(pattern.charAt(at));
    } else {
      quoted += IN_CLASS.test(char) ? `[${char}]` : BEHIND_BACKSLASH.test(char) ? `\\${char}` : char;
    }
  }
  return quoted;
}

/** A letter or digit stands for itself; behind a backslash it would be a class of characters. */
function literally(char: string): string {
  if (char === '') throw new SyntaxError("nothing follows its last '\\'");
  return /[A-Za-z0-9]/.test(char) ? char : `\\${char}`;
}

/** Where `[…]` ends. */
function endOfClass(pattern: string, start: number): number {
  const first = pattern.charAt(start + 1) === '^' ? start + 2 : start + 1;
  for (let at = first; at < pattern.length; at++) {
    if (pattern.charAt(at) === '\\') at += 1;
    else if (pattern.charAt(at) === ']' && at > first) return at;
    else if (pattern.charAt(at) === ']') throw new SyntaxError("nothing stands between its '[' and ']'");
  }
  throw new SyntaxError("its '[' lacks a ']'");
}

function literalPart(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[\\]/.test(part));
  return parts.slice(0, wild === -1 ? parts.length : wild).join('/');
}
