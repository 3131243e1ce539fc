/**
 * From samples to figures.
 */
import { median } from '../figures.mjs';
import { OURS, THEIRS } from './contenders.mjs';

/** Of equal or unequal count; nearest rank. @param {number} percent */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/**
 * @param {readonly import('./measures.mjs').Sample[]} samples
 * @returns {{ value: number, min: number, max: number } | undefined} `undefined` when that was not measured
 */
export function summarize(samples, key) {
  const values = samples.map((sample) => sample[key]).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return { value: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** What one contender did in one measure; all its samples, or none when it failed. */
export const findResult = (results, measure, contender) =>
  results.find((result) => result.measure.name === measure && result.contender.name === contender);

/** @returns {number | undefined} a contender's median as a multiple of docker-registry's */
export function ratioToTheirs(results, measure, key, contender = OURS) {
  const [one, theirs] = [contender, THEIRS].map((name) =>
    summarize(findResult(results, measure, name)?.samples ?? [], key),
  );
  return one === undefined || theirs === undefined ? undefined : one.value / theirs.value;
}
