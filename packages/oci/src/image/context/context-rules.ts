/**
 * Which paths of a context are left out: `.dockerignore`, then the caller's exclusions, the last that fits decides.
 *
 * @module
 */
import dockerignore from '@balena/dockerignore';
import { contextInvalid } from './context-fault.ts';
import { linesOf, parseIgnorePattern, type IgnorePattern } from './ignore-pattern.ts';

export interface ContextRules {
  /** @param path below the context, with `/`. */
  excludes(path: string): boolean;
  /** Whether something below an excluded folder may be taken back by a `!` pattern. */
  mayIncludeBelow(folder: string): boolean;
}

export interface RuleSource {
  /** Where the patterns stand, for messages: `.dockerignore`, `exclusions`. */
  readonly name: string;
  readonly lines: readonly string[];
}

const ignore = dockerignore.default;

export const IGNORE_FILE = '.dockerignore';

/**
 * All paths are matched below a folder of this name: the matcher looks them up in an object, where the name of a
 * method (`constructor`) would be found.
 */
const ROOT = 'context/';

/** @throws {SquizzleError} `CONTEXT_INVALID` for a pattern that cannot be read. */
export function createContextRules(sources: readonly RuleSource[]): ContextRules {
  const patterns = sources.flatMap((source) => parseLines(source));
  const rules = ignore({ ignorecase: false }).add(patterns.map(toLine));
  const taken = patterns.filter(({ negated }) => negated);
  return {
    excludes(path) {
      // A matcher of its own for each path: one remembers every path it was ever asked for.
      return patterns.length > 0 && ignore({ ignorecase: false }).add(rules).ignores(`${ROOT}${path}`);
    },
    mayIncludeBelow: (folder) => taken.some(({ literal }) => areOnOneWay(literal, folder)),
  };
}

export function ignoreFileRules(text: string): RuleSource {
  return { name: IGNORE_FILE, lines: linesOf(text) };
}

function parseLines({ name, lines }: RuleSource): readonly IgnorePattern[] {
  return lines.flatMap((line, index) => {
    try {
      const pattern = parseIgnorePattern(line);
      if (pattern === undefined) return [];
      ignore({ ignorecase: false })
        .add([toLine(pattern)])
        .ignores(`${ROOT}a`);
      return [pattern];
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      const reason = `line ${index + 1} is no pattern: ${JSON.stringify(line)}: ${cause.message}`;
      throw contextInvalid(name, reason, { cause });
    }
  });
}

function toLine({ negated, glob }: IgnorePattern): string {
  return `${negated ? '!' : ''}${ROOT}${glob}`;
}

/** Whether one path leads to the other. The empty one, of a pattern that begins wild, leads everywhere. */
function areOnOneWay(one: string, other: string): boolean {
  return one === '' || `${other}/`.startsWith(`${one}/`) || `${one}/`.startsWith(`${other}/`);
}
