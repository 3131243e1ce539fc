/**
 * What the server promises, and whether the figures keep it. `least` may be reached; `below` may not.
 *
 * Differences under a tenth are noise here, so that is what "level with docker-registry" leaves room for.
 */
import { OURS } from './contenders.mjs';
import { findResult, ratioToTheirs, summarize } from './figures.mjs';

const LEVEL = 0.9;

/** Of the samples' median, or of the greatest where one failure is one too many. */
const BARS = [
  ...['get-tag', 'get-digest'].flatMap((measure) => [
    { measure, key: 'perSecond', unit: 'GET/s', least: 5_000 },
    { measure, key: 'p99Ms', unit: 'ms p99', below: 50, aim: 10 },
    { measure, key: 'perSecond', unit: '× docker-registry', ratio: true, least: 1 },
  ]),
  ...['put-8', 'put-32'].flatMap((measure) => [
    { measure, key: 'perSecond', unit: 'PUT/s', least: 300 },
    { measure, key: 'perSecond', unit: '× docker-registry', ratio: true, least: 1 },
  ]),
  { measure: 'blob-big', key: 'pushMbps', unit: 'MB/s push', least: 120 },
  { measure: 'blob-big', key: 'pushPeakMb', unit: 'MB peak of push', below: 100 },
  { measure: 'blob-big', key: 'pushMbps', unit: '× docker-registry, push', ratio: true, least: 1 },
  { measure: 'blob-big', key: 'pullMbps', unit: 'MB/s pull', least: 1_000 },
  { measure: 'blob-big', key: 'pullPeakMb', unit: 'MB peak of pull', below: 80 },
  { measure: 'blob-big', key: 'pullMbps', unit: '× docker-registry, pull', ratio: true, least: LEVEL, aim: 1 },
  { measure: 'uploads', key: 'failed', unit: 'failed', below: 1, greatest: true },
  { measure: 'uploads', key: 'p99Ms', unit: 'ms p99 of GET', below: 500 },
  { measure: 'start', key: 'idleMb', unit: 'MB idle', below: 50 },
  { measure: 'start', key: 'readyMs', unit: 'ms to ready', below: 500 },
];

/**
 * The bars of these measures, taken or not.
 *
 * @param {readonly { name: string }[]} measures
 * @typedef {{ measure: string, unit: string, value: number | null, least?: number, below?: number, aim?: number,
 *   verdict: 'ok' | 'MISSED' | 'not measured' }} Verdict
 * @returns {Verdict[]}
 */
export function judge(results, measures) {
  const names = new Set(measures.map(({ name }) => name));
  return BARS.filter(({ measure }) => names.has(measure)).map(({ measure, key, unit, ratio, greatest, ...limits }) => {
    const figure = summarize(findResult(results, measure, OURS)?.samples ?? [], key);
    const own = greatest ? figure?.max : figure?.value;
    const value = (ratio ? ratioToTheirs(results, measure, key) : own) ?? null;
    return { measure, unit, value, ...limits, verdict: verdictOn(value, limits) };
  });
}

function verdictOn(value, { least, below }) {
  if (value === null) return 'not measured';
  return least === undefined ? (value < below ? 'ok' : 'MISSED') : value >= least ? 'ok' : 'MISSED';
}

/** Whether every promise was measured and kept. */
export const isKept = (verdicts) => verdicts.every(({ verdict }) => verdict === 'ok');
