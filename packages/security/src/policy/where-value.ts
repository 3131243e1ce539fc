/**
 * What a policy compares a field of a predicate with: a value, in whose text `$env`, `$version` and `$digest` are filled
 * in and `*` is a glob.
 *
 * Only the policy's own value is read so. What is filled in is compared as it is, stars and dollars too, and the
 * predicate's value is never anything but a value.
 *
 * @module
 */
import { matchesGlob, parseGlob, type GlobPart } from './glob.ts';

/** What the variables stand for. */
export interface WhereContext {
  readonly env: string;
  readonly version: string;
  /** With its algorithm: `sha256:…`. */
  readonly digest: string;
}

export type WhereValue = string | number | boolean;

const VARIABLES = ['env', 'version', 'digest'] as const satisfies readonly (keyof WhereContext)[];

export const WHERE_EXPECTED = `after a $ one of ${VARIABLES.join(', ')}; write $$ for a $`;

/** A `$` that begins no variable. */
export function hasUnknownVariable(value: WhereValue): boolean {
  return (
    typeof value === 'string' && /\$(?!\$|(?:env|version|digest)(?![A-Za-z0-9_]))/.test(value.replaceAll('$$', ''))
  );
}

/** Whether the predicate's value is what the policy asks for: of the same type, and the same text or fitting the glob. */
export function matchesWhere(wanted: WhereValue, found: unknown, context: WhereContext): boolean {
  if (typeof wanted !== 'string') return found === wanted;
  if (typeof found !== 'string') return false;
  const parts = fill(wanted, context);
  const texts = parts.filter((part) => typeof part === 'string');
  return texts.length < parts.length ? matchesGlob(parts, found) : found === texts.join('');
}

/** The value with its variables filled in, for people. */
export function describeWhere(wanted: WhereValue, context: WhereContext): string {
  if (typeof wanted !== 'string') return String(wanted);
  return `'${fill(wanted, context)
    .map((part) => (typeof part === 'string' ? part : '*'.repeat(part.stars)))
    .join('')}'`;
}

function fill(wanted: string, context: WhereContext): readonly GlobPart[] {
  return wanted.split(/(\$\$|\$(?:env|version|digest)(?![A-Za-z0-9_]))/).flatMap((part): readonly GlobPart[] => {
    if (part === '$$') return ['$'];
    const variable = VARIABLES.find((name) => part === `$${name}`);
    return variable === undefined ? parseGlob(part) : [context[variable]];
  });
}

/**
 * The value at a dotted path. Own members alone: `constructor` is no field. A list is entered by index. A field whose
 * name has a dot cannot be reached.
 */
export function valueAt(predicate: unknown, path: string): unknown {
  let value = predicate;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
