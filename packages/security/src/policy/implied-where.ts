/**
 * What everybody means who asks for an approval: that it approves, and for the environment that is asked about. It need
 * not be written, and is no part of the policy's digest; where the policy names a path itself, that counts.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { WhereCondition } from './trust-policy.ts';

const OF_APPROVALS: readonly WhereCondition[] = [
  { path: 'environment', equals: '$env', implied: true },
  { path: 'decision', equals: 'approve', implied: true },
];

export function impliedWhere(type: string, written: readonly WhereCondition[]): readonly WhereCondition[] {
  if (type !== PREDICATE_TYPES.approval) return [];
  return OF_APPROVALS.filter(({ path }) => !written.some((each) => each.path === path));
}
