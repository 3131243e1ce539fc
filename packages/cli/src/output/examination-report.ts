/**
 * What `doctor` found in a database and mended, as it is shown: a line each, what to do below it.
 *
 * @module
 */
import type { Finding, RepairOutcome } from '@squizzle/core';
import type { Paint } from './paint.ts';
import { plural } from './words.ts';

export function repairLines(repairs: readonly RepairOutcome[], paint: Paint): readonly string[] {
  if (repairs.length === 0) return ['nothing to repair', ''];
  return [...repairs.map((outcome) => repairLine(outcome, paint)), ''];
}

function repairLine({ check, repaired, message, seq }: RepairOutcome, paint: Paint): string {
  const recorded = seq === null ? '' : ` (ledger event ${seq})`;
  const said = repaired ? paint.green('repaired') : paint.red('not repaired');
  return `${said}  ${check}: ${message}${recorded}`;
}

export function findingLines(findings: readonly Finding[], paint: Paint): readonly string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ state, check, message, remedy, repair }) => {
    const [first = '', ...more] = [...message.split('\n'), ...(remedy === null ? [] : adviceLines(remedy, repair))];
    const margin = ' '.repeat(STATE_WIDTH + width + 4);
    return [`${paintState(state, paint)}  ${check.padEnd(width)}  ${first}`, ...more.map((line) => `${margin}${line}`)];
  });
}

function adviceLines(remedy: string, repair: Finding['repair']): readonly string[] {
  const [first = '', ...more] = remedy.split('\n');
  const own = repair === null || remedy.includes('--repair') ? [] : ["'squizzle doctor --repair' does it"];
  return [`→ ${first}`, ...[...more, ...own].map((line) => `  ${line}`)];
}

/** `3 faults; 'squizzle doctor --repair' mends 1 of them` */
export function verdict(findings: readonly Finding[]): string {
  const faults = findings.filter(({ state }) => state === 'fault');
  if (faults.length === 0) return 'no fault found';
  const safe = faults.filter(({ repair }) => repair !== null).length;
  const count = plural(faults.length, 'fault');
  if (safe === 0) return count;
  const which = safe < faults.length ? `${safe} of them` : safe === 1 ? 'it' : 'all of them';
  return `${count}; 'squizzle doctor --repair' mends ${which}`;
}

const STATE_WIDTH = 'fault'.length;

function paintState(state: Finding['state'], paint: Paint): string {
  const text = state.padEnd(STATE_WIDTH);
  if (state === 'fault') return paint.red(text);
  return state === 'note' ? paint.yellow(text) : paint.green(text);
}
