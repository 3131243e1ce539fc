/**
 * Durations as people write them: `250ms`, `30s`, `5m`, `1h`, `7d`. A number without a unit is refused, except 0.
 *
 * @module
 */
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

/** Where the timers of Node end: 24 days and some hours. */
const LONGEST_MS = 2_147_483_647;

/** Milliseconds, or `undefined` for what is no duration, or one beyond 24 days. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, amount, unit] = /^(\d{1,10}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN;
  const ms = Math.round(Number(amount) * factor);
  return Number.isFinite(ms) && ms <= LONGEST_MS ? ms : undefined;
}

/** In the largest unit that needs no fraction: what `parseDuration` reads back. */
export function formatDuration(ms: number): string {
  const [unit, factor] = UNITS.find(([, each]) => ms > 0 && ms % each === 0) ?? ['', 1];
  return `${ms / factor}${unit}`;
}
