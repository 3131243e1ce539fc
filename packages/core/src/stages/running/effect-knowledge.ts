/**
 * What can be known of a statement that runs alone once it was sent and no answer came, or only half of its work is done.
 *
 * @module
 */
import type { StatementEffect } from '../../contracts/sql-analyzer.ts';

/** Nobody can tell from outside what became of it: only a person decides whether it runs again. */
export function isUnknowable(effect: StatementEffect): boolean {
  return effect.kind === 'unknown' || (effect.kind === 'create-index' && effect.index === null);
}

/** The catalog shows whether it had its effect, so that the journal need not. */
export function isVisible(effect: StatementEffect): boolean {
  return !isUnknowable(effect) && effect.kind !== 'rerunnable';
}
