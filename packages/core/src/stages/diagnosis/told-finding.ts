/**
 * A finding as a check tells it; which check that is, is added where checks are run.
 *
 * @module
 */
import type { Finding, FindingRepair } from '../../model/diagnosis.ts';

export type ToldFinding = Omit<Finding, 'check'>;

export const sound = (message: string): ToldFinding => ({ state: 'ok', message, remedy: null, repair: null });

export function note(message: string, remedy: string | null = null, repair: FindingRepair | null = null): ToldFinding {
  return { state: 'note', message, remedy, repair };
}

export function fault(message: string, remedy: string | null, repair: FindingRepair | null = null): ToldFinding {
  return { state: 'fault', message, remedy, repair };
}

/** What was found, or that all is well. */
export function orSound(found: readonly ToldFinding[], message: string): readonly ToldFinding[] {
  return found.length > 0 ? found : [sound(message)];
}

/** `1 release`, `2 releases`, `2 indexes`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
