import type { Tag } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  isPrerelease,
  movingTagHolds,
  movingTags,
  nextVersion,
  parseVersion,
  versionOfTag,
  versionTag,
  type Bump,
  type Version,
} from './version.ts';

const V = (text: string): Version => text as Version;

describe('parseVersion', () => {
  it.each([
    { text: '1.2.3', version: '1.2.3', why: 'the plain form' },
    { text: 'v1.2.3', version: '1.2.3', why: 'one leading v' },
    { text: '0.0.0', version: '0.0.0', why: 'zeros' },
    { text: '1.2.3-rc.1+build.5', version: '1.2.3-rc.1+build.5', why: 'prerelease and build are kept' },
    { text: '1.2.3+001', version: '1.2.3+001', why: 'build may have leading zeros' },
    { text: '1.2.3--a.-', version: '1.2.3--a.-', why: 'hyphens are letters' },
    { text: `1.0.0-${'a'.repeat(121)}`, version: `1.0.0-${'a'.repeat(121)}`, why: 'the longest that fits a tag' },
  ])('reads $text: $why', ({ text, version }) => expect(parseVersion(text)).toBe(version));

  it.each([
    { text: '', why: 'nothing' },
    { text: '1.2', why: 'two parts' },
    { text: '1.2.3.4', why: 'four parts' },
    { text: 'vv1.2.3', why: 'two v' },
    { text: 'V1.2.3', why: 'a capital V' },
    { text: '=1.2.3', why: 'what the semver package would pass over' },
    { text: ' 1.2.3', why: 'a blank before' },
    { text: '1.2.3 ', why: 'a blank behind, which the semver package passes over' },
    { text: '1.2.3\n', why: 'a line break behind' },
    { text: '1.2.3\u00a0', why: 'a blank that does not break' },
    { text: '01.2.3', why: 'a leading zero' },
    { text: '1.2.3-01', why: 'a leading zero in a prerelease' },
    { text: '1.2.3-', why: 'an empty prerelease' },
    { text: '1.2.3-a..b', why: 'an empty part' },
    { text: '1.2.3+', why: 'an empty build' },
    { text: '1.2.3-α', why: 'a letter beyond ASCII' },
    { text: '9007199254740992.0.0', why: 'a number that doubles cannot tell from its neighbour' },
    { text: `1.0.0-${'a'.repeat(122)}`, why: 'too long for a tag' },
  ])('refuses $text: $why', ({ text }) => expect(parseVersion(text)).toBeUndefined());
});

const part = fc.oneof(fc.nat(20).map(String), fc.constantFrom('alpha', 'rc', '-', 'A', 'rc1'));
const versions = fc
  .tuple(fc.nat(3), fc.nat(3), fc.nat(12), fc.array(part, { maxLength: 3 }), fc.array(part, { maxLength: 1 }))
  .map(([major, minor, patch, pre, build]) =>
    V(
      `${major}.${minor}.${patch}${pre.length === 0 ? '' : `-${pre.join('.')}`}${build.length === 0 ? '' : `+${build.join('.')}`}`,
    ),
  );

/** SemVer §11 once more, as plainly as it is written there. */
function precedence(a: Version, b: Version): number {
  const [[left, leftPre], [right, rightPre]] = [split(a), split(b)];
  for (const at of [0, 1, 2]) if (left[at] !== right[at]) return Number(left[at]) - Number(right[at]);
  if (leftPre.length === 0 || rightPre.length === 0)
    return rightPre.length - leftPre.length === 0 ? 0 : leftPre.length === 0 ? 1 : -1;
  for (let at = 0; at < Math.min(leftPre.length, rightPre.length); at++) {
    const [one = '', two = ''] = [leftPre[at], rightPre[at]];
    if (one === two) continue;
    const [digits, others] = [/^\d+$/.test(one), /^\d+$/.test(two)];
    if (digits && others) return Number(one) - Number(two);
    if (digits !== others) return digits ? -1 : 1;
    return one < two ? -1 : 1;
  }
  return leftPre.length - rightPre.length;
}

function split(version: Version): readonly [readonly string[], readonly string[]] {
  const [bare = ''] = version.split('+');
  const dash = bare.indexOf('-');
  const numbers = dash < 0 ? bare : bare.slice(0, dash);
  return [numbers.split('.'), dash < 0 ? [] : bare.slice(dash + 1).split('.')];
}

describe('compareVersions', () => {
  it('orders the example of SemVer §11', () => {
    const sorted = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.1.0',
      '2.0.0',
    ];
    sorted.forEach((version, at) => {
      sorted.forEach((other, index) => expect(compareVersions(V(version), V(other))).toBe(Math.sign(at - index)));
    });
  });

  it('is §11 for any two, either way, and ignores build metadata', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        fc.pre(parseVersion(a) !== undefined && parseVersion(b) !== undefined);
        expect(compareVersions(a, b)).toBe(Math.sign(precedence(a, b)));
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
        expect(compareVersions(a, V(`${a.split('+')[0] ?? ''}+other`))).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('nextVersion', () => {
  it.each<{ last: string | null; bump: Bump; next: string; why: string }>([
    { last: null, bump: 'patch', next: '1.0.0', why: 'the first' },
    { last: null, bump: 'major', next: '1.0.0', why: 'the first, however it is asked for' },
    { last: '1.2.3', bump: 'patch', next: '1.2.4', why: 'patch' },
    { last: '1.2.3', bump: 'minor', next: '1.3.0', why: 'minor' },
    { last: '1.2.3', bump: 'major', next: '2.0.0', why: 'major' },
    { last: '1.2.3+build', bump: 'patch', next: '1.2.4', why: 'build metadata belongs to the last' },
    { last: '2.0.0-rc.1', bump: 'major', next: '2.0.0', why: 'a prerelease leads to its release' },
    { last: '2.0.0-rc.1', bump: 'patch', next: '2.0.0', why: 'which satisfies a smaller bump too' },
    { last: '2.1.0-rc.1', bump: 'major', next: '3.0.0', why: 'but not a greater one' },
    { last: '1.2.3-rc.1', bump: 'minor', next: '1.3.0', why: 'nor this' },
  ])('$last and $bump: $next, $why', ({ last, bump, next }) => {
    expect(nextVersion(last === null ? null : V(last), bump)).toBe(next);
  });

  it('comes after the last', () => {
    fc.assert(
      fc.property(versions, fc.constantFrom<Bump>('patch', 'minor', 'major'), (last, bump) => {
        fc.pre(parseVersion(last) !== undefined);
        expect(compareVersions(nextVersion(last, bump), last)).toBe(1);
      }),
    );
  });
});

describe('tags of versions', () => {
  it('hold the whole version, and give it back', () => {
    fc.assert(
      fc.property(versions, (version) => {
        fc.pre(parseVersion(version) !== undefined);
        expect(versionOfTag(versionTag(version))).toBe(version);
      }),
    );
  });

  it.each([
    { tag: 'v1.2.3', version: '1.2.3', why: 'the plain form' },
    { tag: 'v1.2.3-a_b', version: '1.2.3-a+b', why: '_ stands for +' },
    { tag: '1.2.3', version: undefined, why: 'no v: not ours' },
    { tag: 'vv1.2.3', version: undefined, why: 'two v: not ours' },
    { tag: 'v1.2', version: undefined, why: 'a moving tag' },
    { tag: 'latest', version: undefined, why: 'a moving tag' },
    { tag: 'v1.2.3_', version: undefined, why: 'an empty build' },
    { tag: 'v1.2.3_a_b', version: undefined, why: 'two +' },
  ])('$tag: $why', ({ tag, version }) => expect(versionOfTag(tag)).toBe(version));

  it.each([
    { version: '1.2.3', tags: ['v1.2', 'v1', 'latest'], prerelease: false, why: 'a release moves three' },
    { version: '0.1.0', tags: ['v0.1', 'v0', 'latest'], prerelease: false, why: 'zero is no exception' },
    {
      version: '1.2.3+b-1',
      tags: ['v1.2', 'v1', 'latest'],
      prerelease: false,
      why: 'a hyphen in the build makes no prerelease',
    },
    { version: '1.2.3-rc.1', tags: [], prerelease: true, why: 'a prerelease moves none' },
  ])('$version: $why', ({ version, tags, prerelease }) => {
    expect(movingTags(V(version))).toEqual(tags);
    expect(isPrerelease(V(version))).toBe(prerelease);
    for (const tag of ['v1.2', 'v1', 'v0', 'v0.1', 'latest', 'v1.20'])
      expect(movingTagHolds(tag as Tag, V(version))).toBe((tags as readonly string[]).includes(tag));
  });

  it('cannot be made of a version that is too long', () => {
    expect(() => versionTag(V(`1.0.0-${'a'.repeat(200)}`))).toThrow(RangeError);
  });
});
