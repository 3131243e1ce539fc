/**
 * Sizes as people write them: `500MB` (powers of 1000), `4MiB` (powers of 1024), `1024B`. The unit is always written.
 *
 * @module
 */
const UNITS: readonly (readonly [unit: string, bytes: number])[] = [
  ['TiB', 1_024 ** 4],
  ['TB', 1_000 ** 4],
  ['GiB', 1_024 ** 3],
  ['GB', 1_000 ** 3],
  ['MiB', 1_024 ** 2],
  ['MB', 1_000 ** 2],
  ['KiB', 1_024],
  ['KB', 1_000],
  ['B', 1],
];

/** Bytes, or `undefined` for what is no size, parts of a byte, or more than a number holds exactly. */
export function parseByteSize(text: string): number | undefined {
  const [, amount, written] = /^(\d{1,15}(?:\.\d{1,6}(?!B))?)([KMGT]i?B|B)$/i.exec(text) ?? [];
  const factor = UNITS.find(([unit]) => unit.toLowerCase() === written?.toLowerCase())?.[1] ?? Number.NaN;
  const bytes = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** In the largest unit that needs no fraction: what `parseByteSize` reads back. */
export function formatByteSize(bytes: number): string {
  const [unit, factor] = UNITS.find(([, each]) => bytes > 0 && bytes % each === 0) ?? ['B', 1];
  return `${bytes / factor}${unit}`;
}
