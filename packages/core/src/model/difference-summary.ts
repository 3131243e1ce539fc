/**
 * Differences as people want to read them: a table that came or went is one line, not one for each of its columns.
 *
 * @module
 */
import type { SchemaDifference } from './schema-snapshot.ts';

export interface DifferenceSummary {
  readonly difference: SchemaDifference;
  /** What came or went with it and is not told by itself, by kind; empty where nothing did. */
  readonly parts: readonly { readonly kind: string; readonly count: number }[];
}

/** What has parts: `schema.table.part`. */
const WHOLES = new Set(['table', 'foreign table', 'view', 'materialized view']);
const PARTS = new Set(['column', 'constraint', 'index', 'rule', 'trigger', 'policy']);

/** Folds columns, constraints, indexes, … of a table or view that came or went into it. The order stays. */
export function summarizeDifferences(differences: readonly SchemaDifference[]): readonly DifferenceSummary[] {
  const wholes = new Set(differences.filter(({ kind }) => WHOLES.has(kind)).map(keyOf));
  const folded = new Map<string, Map<string, number>>();
  const told = differences.filter((difference) => {
    const owner = ownerOf(difference);
    const whole = owner === null ? null : `${difference.change} ${owner}`;
    if (whole === null || difference.change === 'changed' || !wholes.has(whole)) return true;
    const counts = folded.get(whole) ?? new Map<string, number>();
    folded.set(whole, counts.set(difference.kind, (counts.get(difference.kind) ?? 0) + 1));
    return false;
  });
  return told.map((difference) => {
    const counts = WHOLES.has(difference.kind) ? folded.get(keyOf(difference)) : undefined;
    return { difference, parts: [...(counts ?? [])].map(([kind, count]) => ({ kind, count })) };
  });
}

const keyOf = ({ change, name }: SchemaDifference): string => `${change} ${name}`;

/** The table or view that the object belongs to. */
function ownerOf({ kind, name, left, right }: SchemaDifference): string | null {
  if (PARTS.has(kind)) return withoutLastName(name);
  const column = (left ?? right)?.['ownedBy'];
  return kind === 'sequence' && typeof column === 'string' ? withoutLastName(column) : null;
}

/** `a."b.c".d` → `a."b.c"`: dots in quotes separate nothing. */
function withoutLastName(name: string): string | null {
  let [quoted, last] = [false, -1];
  for (let at = 0; at < name.length; at++) {
    if (name[at] === '"') quoted = !quoted;
    if (name[at] === '.' && !quoted) last = at;
  }
  return last < 0 ? null : name.slice(0, last);
}
