/**
 * What the client promises, and whether the figures keep it.
 */
import { median } from '../figures.mjs';
import { OURS, THEIRS } from './contenders.mjs';

const MB = 1_000_000;
const MEMORY = { key: 'peakBytes', unit: 'MB peak', below: 160, scale: MB };

const BARS = [
  { measure: 'push-10mb', key: 'wallMs', unit: 's', below: 5, scale: 1000 },
  ...['10mb', '100mb', '1gib', '20x5mb'].flatMap((size) =>
    ['push', 'pull'].map((verb) => ({ measure: `${verb}-${size}`, ...MEMORY })),
  ),
  { measure: 'again-20x5mb', key: 'requests', unit: 'requests', below: 5, scale: 1 },
  { measure: 'tags', key: 'wallMs', unit: 'ms', below: 500, scale: 1 },
];

export function valueOf(results, measure, contender, key) {
  const result = results.find((each) => each.measure.name === measure && each.contender.name === contender);
  const values = (result?.samples ?? []).map((sample) => sample[key]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

/** @returns {number | undefined} our median as a multiple of skopeo's */
export function ratioToTheirs(results, measure, contender, key) {
  const [one, theirs] = [contender, THEIRS].map((name) => valueOf(results, measure, name, key));
  return one === undefined || theirs === undefined || theirs === 0 ? undefined : one / theirs;
}

/** The bars of these measures, taken or not. */
export function judge(results, measures) {
  const names = new Set(measures.map(({ name }) => name));
  return BARS.filter(({ measure }) => names.has(measure)).map(({ measure, key, unit, below, scale }) => {
    const found = valueOf(results, measure, OURS, key);
    const value = found === undefined ? null : found / scale;
    return { measure, unit, value, below, verdict: value === null ? 'not measured' : value < below ? 'ok' : 'MISSED' };
  });
}

export const isKept = (bars) => bars.every(({ verdict }) => verdict === 'ok');
