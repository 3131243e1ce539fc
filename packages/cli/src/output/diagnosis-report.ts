/**
 * What the probes of a registry found, as commands show it.
 *
 * @module
 */
import type { ProbeResult } from '@squizzle/oci';
import type { Paint } from './paint.ts';
import { formatTable } from './table.ts';

export function diagnosisTable(results: readonly ProbeResult[], paint: Paint): readonly string[] {
  return formatTable(
    [
      { title: 'PROBE', cell: ({ probe }) => probe },
      {
        title: 'RESULT',
        cell: ({ outcome }) => outcome,
        paint: (text, { outcome }) => paintOutcome(text, outcome, paint),
      },
      { title: 'MEANING', cell: ({ summary }) => summary },
    ],
    results,
    paint.dim,
  );
}

/** What to do, after an empty line. */
export function diagnosisLines(results: readonly ProbeResult[]): readonly string[] {
  const hints = results.flatMap(({ probe, hint }) => (hint === null ? [] : [`${probe}: ${hint}`]));
  return hints.length === 0 ? [] : ['', ...hints];
}

export function hasFailed(results: readonly ProbeResult[]): boolean {
  return results.some(({ outcome }) => outcome === 'failed');
}

function paintOutcome(text: string, outcome: ProbeResult['outcome'], paint: Paint): string {
  if (outcome === 'failed') return paint.red(text);
  if (outcome === 'ok') return paint.green(text);
  return outcome === 'unsupported' ? paint.yellow(text) : paint.dim(text);
}
