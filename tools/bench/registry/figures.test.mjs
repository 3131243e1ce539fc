import { describe, expect, it } from 'vitest';
import { isKept, judge } from './bars.mjs';
import { OURS, THEIRS } from './contenders.mjs';
import { percentile, summarize } from './figures.mjs';
import { readProfiles } from './profile.mjs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const result = (measure, contender, samples) => ({
  measure: { name: measure },
  contender: { name: contender },
  samples,
});
const verdictsOf = (results, measure) => judge(results, [{ name: measure }]);
const verdictOn = (results, measure, unit) => verdictsOf(results, measure).find((bar) => bar.unit === unit);

describe('figures of the registry benchmark', () => {
  it.each([
    { values: [3, 1, 2], percent: 50, expected: 2, why: 'sorted first' },
    { values: [1, 2, 3, 4], percent: 99, expected: 4, why: 'the nearest rank is one that was measured' },
    { values: [7], percent: 1, expected: 7, why: 'of one value every percentile is that value' },
    { values: Array.from({ length: 200 }, (_, i) => i + 1), percent: 99, expected: 198, why: 'two of 200 are slower' },
  ])('percentile $percent of $values.length values is $expected: $why', ({ values, percent, expected }) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it('a key that no sample has was not measured', () => {
    expect(summarize([{ a: 1 }], 'b')).toBeUndefined();
    expect(summarize([], 'a')).toBeUndefined();
  });

  it.each([
    { least: 'reached', perSecond: 5_000, verdict: 'ok', why: 'a least value may be reached' },
    { least: 'just missed', perSecond: 4_999, verdict: 'MISSED', why: 'no rounding' },
  ])('a rate that is $least is $verdict: $why', ({ perSecond, verdict }) => {
    const results = [result('get-tag', OURS, [{ perSecond }])];
    expect(verdictOn(results, 'get-tag', 'GET/s')).toMatchObject({ value: perSecond, verdict });
  });

  it.each([
    { p99Ms: 49.9, verdict: 'ok', why: 'under the bar' },
    { p99Ms: 50, verdict: 'MISSED', why: 'a bar of "less than" may not be reached' },
  ])('a p99 of $p99Ms ms is $verdict: $why', ({ p99Ms, verdict }) => {
    const results = [result('get-tag', OURS, [{ p99Ms }])];
    expect(verdictOn(results, 'get-tag', 'ms p99')).toMatchObject({ verdict });
  });

  it('compares medians with docker-registry, and only where both took part', () => {
    const ours = result('get-tag', OURS, [{ perSecond: 1 }, { perSecond: 300 }, { perSecond: 200 }]);
    const theirs = result('get-tag', THEIRS, [{ perSecond: 100 }]);
    const unit = '× docker-registry';
    expect(verdictOn([ours, theirs], 'get-tag', unit)).toMatchObject({ value: 2, verdict: 'ok' });
    expect(verdictOn([ours], 'get-tag', unit)).toMatchObject({ value: null, verdict: 'not measured' });
  });

  it('one failed upload in one of five rounds is one too many', () => {
    const samples = [0, 0, 1, 0, 0].map((failed) => ({ failed, p99Ms: 1 }));
    const verdicts = verdictsOf([result('uploads', OURS, samples)], 'uploads');
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['MISSED', 'ok']);
    expect(isKept(verdicts)).toBe(false);
  });

  it('bars of measures that were not chosen are not listed; of those that were skipped they are', () => {
    expect(verdictsOf([], 'start').map(({ verdict }) => verdict)).toEqual(['not measured', 'not measured']);
    expect(isKept(verdictsOf([], 'start'))).toBe(false);
  });
});

describe('profiles', () => {
  it('adds up self time by function over all profiles and leaves idle time out', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-profile-'));
    const frame = (functionName, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });
    const nodes = [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('serve', 'file:///app/server.cjs', 41) },
      { id: 3, callFrame: frame('(garbage collector)') },
    ];
    const profile = { nodes, samples: [1, 2, 3, 2], timeDeltas: [9_000, 1_000, 1_000, 500] };
    try {
      for (const name of ['a', 'b']) writeFileSync(path.join(folder, `${name}.cpuprofile`), JSON.stringify(profile));
      expect(readProfiles(folder)).toEqual([
        { name: 'serve server.cjs:42', ms: 3, share: 0.6 },
        { name: '(garbage collector)', ms: 2, share: 0.4 },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
