/**
 * Durations as people write them: `250ms`, `3s`, `5min`, `1h`. A bare number has no unit and is refused, except 0.
 *
 * @module
 */
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** PostgreSQL's settings in milliseconds end here: 24 days and some hours. */
const LONGEST_MS = 2_147_483_647;

export const DURATION_EXPECTED = 'a duration with its unit, as 250ms, 3s, 5min or 1h, up to 24d';

/** Milliseconds, or `undefined` for what is no duration. */
export function parseDuration(text: string, longestMs: number = LONGEST_MS): number | undefined {
  if (text.trim() === '0') return 0;
  const [, amount, unit] = /^\s*(\d{1,10}(?:\.\d{1,6})?)\s*(ms|s|min|m|h|d)\s*$/.exec(text) ?? [];
  const ms = Math.round(Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN));
  return Number.isFinite(ms) && ms <= longestMs ? ms : undefined;
}

/** `12 ms`, `1.5 s`, `2 min 5 s`: for people, not for parsing. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60;
  return rest === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}
