/**
 * From samples to figures: medians, ratios, and what they say about the bars.
 */

export const MINIMUM_RUNS = 5;
/** The bars speak of so many. */
export const BARS_FILES = 1_000;
export const MB = 1_000_000;

const ONE_RELEASE = 'squizzle';
const MANY_RELEASES = 'squizzle, one release per file';
const wallSeconds = ({ wallMs }) => wallMs / 1000;
const ratioToPsql = ({ wallMs }, psqlMs) => wallMs / psqlMs;

/** What squizzle promises. Ratios are to the faster psql. */
const BARS = [
  { who: ONE_RELEASE, what: 'apply', unit: '× psql', value: ratioToPsql, limit: 1.2 },
  { who: ONE_RELEASE, what: 'apply', unit: 's CPU', value: ({ cpuMs }) => cpuMs / 1000, limit: 1 },
  { who: ONE_RELEASE, what: 'apply', unit: 'MB', value: ({ peakBytes }) => peakBytes / MB, limit: 150 },
  { who: ONE_RELEASE, what: 'no-op apply', unit: 's', value: wallSeconds, limit: 0.35 },
  { who: ONE_RELEASE, what: 'status', unit: 's', value: wallSeconds, limit: 0.35 },
  { who: MANY_RELEASES, what: 'apply', unit: '× psql', value: ratioToPsql, limit: 1.5 },
  { who: MANY_RELEASES, what: 'no-op apply', unit: 's', value: wallSeconds, limit: 0.35 },
  { who: MANY_RELEASES, what: 'status', unit: 's', value: wallSeconds, limit: 0.35 },
  { who: MANY_RELEASES, what: 'plan', unit: 'ms', value: ({ wallMs }) => wallMs, limit: 50 },
];

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly import('./measure.mjs').Sample[]} samples */
export function summarize(samples) {
  const of = (key) => samples.map((sample) => sample[key]);
  const keys = ['wallMs', 'cpuMs', 'peakBytes', 'serverCpuMs'];
  const [wallMs, cpuMs, peakBytes, serverCpuMs] = keys.map((key) => median(of(key)));
  return {
    wallMs,
    cpuMs,
    peakBytes,
    serverCpuMs,
    minWallMs: Math.min(...of('wallMs')),
    maxWallMs: Math.max(...of('wallMs')),
  };
}

/** @returns {number} median of the faster psql; `NaN` when psql took no part */
export function fasterPsqlMs(results) {
  const walls = results
    .filter(({ name, samples }) => name.startsWith('psql') && samples.apply?.length > 0)
    .map(({ samples }) => summarize(samples.apply).wallMs);
  return walls.length === 0 ? NaN : Math.min(...walls);
}

/**
 * @returns {{ who: string, what: string, unit: string, value: number | null, limit: number,
 *   verdict: 'ok' | 'MISSED' | 'not measured' }[]}
 */
export function judge(results) {
  const psqlMs = fasterPsqlMs(results);
  return BARS.map(({ who, what, unit, value: toValue, limit }) => {
    const samples = results.find(({ name }) => name === who)?.samples[what] ?? [];
    const measured = samples.length === 0 ? NaN : toValue(summarize(samples), psqlMs);
    const value = Number.isNaN(measured) ? null : measured;
    return { who, what, unit, value, limit, verdict: verdictOn(value, limit) };
  });
}

function verdictOn(value, limit) {
  if (value === null) return 'not measured';
  return value <= limit ? 'ok' : 'MISSED';
}

/** Whether every promise was measured and kept. */
export const isKept = (bars) => bars.every(({ verdict }) => verdict === 'ok');
