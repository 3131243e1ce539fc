/**
 * Differences of two schemas, an object a line: `+` is in the second alone, `-` in the first alone, `~` in both.
 *
 * @module
 */
import {
  summarizeDifferences,
  type DifferenceSummary,
  type PropertyDifference,
  type SchemaDifference,
  type SchemaValue,
} from '@squizzle/core';
import type { Paint } from './paint.ts';
import { plural } from './words.ts';

/** Longer values, and those of several lines, are shown line by line. */
const INLINE_LENGTH = 60;
const LINE_LENGTH = 120;
/** Of the lines of one value that came, and of those that went. */
const SHOWN_LINES = 10;

export function differenceLines(differences: readonly SchemaDifference[], paint: Paint): readonly string[] {
  return summarizeDifferences(differences).flatMap((summary) => summaryLines(summary, paint));
}

/** `1 object differs`, `3 objects differ`: each as it is counted in the JSON, parts of a table among them. */
export function countDifferences(differences: readonly SchemaDifference[]): string {
  return `${plural(differences.length, 'object')} ${differences.length === 1 ? 'differs' : 'differ'}`;
}

function summaryLines({ difference, parts }: DifferenceSummary, paint: Paint): readonly string[] {
  const { kind, name, change, properties } = difference;
  const head = `${kind} ${name}`;
  if (change === 'changed') return changedLines(head, properties, paint);
  const details = parts.length === 0 ? typeOf(difference) : ` (${parts.map(countOfKind).join(', ')})`;
  return [change === 'added' ? paint.green(`+ ${head}${details}`) : paint.red(`- ${head}${details}`)];
}

/** Of a column, what it holds. */
function typeOf({ kind, left, right }: SchemaDifference): string {
  const type = kind === 'column' ? (right ?? left)?.['type'] : undefined;
  return typeof type === 'string' ? `  ${type}` : '';
}

function countOfKind({ kind, count }: DifferenceSummary['parts'][number]): string {
  if (count === 1) return `1 ${kind}`;
  return `${count} ${kind === 'policy' ? 'policies' : `${kind}${kind.endsWith('x') ? 'es' : 's'}`}`;
}

function changedLines(head: string, properties: readonly PropertyDifference[], paint: Paint): readonly string[] {
  const texts = properties.map((property) => propertyLines(property, paint));
  const whole = `~ ${head}  ${texts.map(([first]) => first).join(', ')}`;
  if (texts.every((lines) => lines.length === 1) && whole.length <= LINE_LENGTH) return [paint.yellow(whole)];
  return [paint.yellow(`~ ${head}`), ...texts.flat().map((line) => `    ${line}`)];
}

function propertyLines({ property, left, right, added, removed }: PropertyDifference, paint: Paint): readonly string[] {
  if (added !== undefined && removed !== undefined) {
    const items = [...removed.map((item) => `-${item}`), ...added.map((item) => `+${item}`)];
    return [`${property}: ${items.length === 0 ? 'in another order' : items.join(' ')}`];
  }
  const [before, after] = [valueOf(left), valueOf(right)];
  if (isShort(before) && isShort(after)) return [`${property}: ${before} → ${after}`];
  return [`${property}:`, ...textLines(before, after, paint).map((line) => `  ${line}`)];
}

const isShort = (text: string): boolean => text.length <= INLINE_LENGTH && !text.includes('\n');

function valueOf(value: SchemaValue): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === '') return "''";
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function textLines(before: string, after: string, paint: Paint): readonly string[] {
  const [lefts, rights] = [before.split('\n'), after.split('\n')];
  const gone = lefts.filter((line) => !rights.includes(line));
  const come = rights.filter((line) => !lefts.includes(line));
  if (gone.length + come.length === 0) return ['the same lines, in another order'];
  return [
    ...firstOf(gone).map((line) => paint.red(`- ${line}`)),
    ...firstOf(come).map((line) => paint.green(`+ ${line}`)),
  ];
}

function firstOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - SHOWN_LINES;
  return more <= 0 ? lines : [...lines.slice(0, SHOWN_LINES), `… and ${plural(more, 'more line')}`];
}
