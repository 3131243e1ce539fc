/**
 * Every relation that a syntax tree names, names of WITH queries left out.
 *
 * @module
 */
import type { RangeVar } from 'libpg-query';

/** A statement with more nodes is data; the relations in it are named at its beginning. */
const MAX_NODES = 5_000;

export function relationsIn(node: object | undefined): readonly RangeVar[] {
  const relations: RangeVar[] = [];
  const named = new Set<string>();
  const next: unknown[] = [node];
  // Breadth first: what a statement is about stands near the root, the rows of a VALUES far from it.
  for (let at = 0; at < next.length && at < MAX_NODES; at++) {
    const value = next[at];
    if (typeof value !== 'object' || value === null) continue;
    if ('ctename' in value) named.add(String(value.ctename));
    if ('relname' in value) relations.push(value as RangeVar);
    else for (const child of Object.values(value)) if (typeof child === 'object') next.push(child);
  }
  return relations.filter(({ schemaname, relname }) => schemaname !== undefined || !named.has(relname ?? ''));
}
