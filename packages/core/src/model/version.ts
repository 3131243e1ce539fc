/**
 * Versions of a schema: SemVer 2.0, compared as its §11 says.
 *
 * `+build` becomes `_` in a tag, as tags may not hold `+` (Helm does the same); the true version
 * stands in the artifact's annotations and config.
 *
 * @see https://semver.org/spec/v2.0.0.html
 * @module
 */
import { parseTag, type Tag } from '@squizzle/oci-spec';
import semverCompare from 'semver/functions/compare.js';
import semverParse from 'semver/functions/parse.js';

declare const versionBrand: unique symbol;
/** A valid SemVer 2.0 version without leading `v`. Only {@link parseVersion} mints one. */
export type Version = string & { readonly [versionBrand]: true };

/** Tags hold at most 128 characters, one of them the `v`. */
const MAX_LENGTH = 127;

/** What part `nextVersion` raises. */
export type Bump = 'patch' | 'minor' | 'major';

/** Accepts `1.2.3`, `1.2.3-rc.1+build`, and the same with one leading `v`. */
export function parseVersion(text: string): Version | undefined {
  return parseBare(text.startsWith('v') ? text.slice(1) : text);
}

/** The semver package passes over blanks at either end; a version has none. */
function parseBare(bare: string): Version | undefined {
  if (bare.length > MAX_LENGTH || !/^\d\S*$/.test(bare)) return undefined;
  return semverParse(bare) === null ? undefined : (bare as Version);
}

/** Precedence by SemVer §11: -1, 0 or 1. Build metadata is ignored. */
export function compareVersions(a: Version, b: Version): number {
  return semverCompare(a, b);
}

export function isPrerelease(version: Version): boolean {
  return (semverParse(version)?.prerelease.length ?? 0) > 0;
}

/**
 * The version after `last`: `1.0.0` when there is none.
 * From a prerelease, the release it leads to when that satisfies the bump (`2.0.0-rc.1` → major → `2.0.0`).
 */
export function nextVersion(last: Version | null, bump: Bump): Version {
  if (last === null) return '1.0.0' as Version;
  const next = semverParse(last)?.inc(bump).version;
  return parseVersion(next ?? '') ?? last;
}

/** The immutable tag of a version: `v1.2.3`, `+` written as `_`. */
export function versionTag(version: Version): Tag {
  const tag = parseTag(`v${version.replace('+', '_')}`);
  if (tag === undefined) throw new RangeError(`no tag can be made of version ${version}`);
  return tag;
}

/** The version a tag stands for, or `undefined` for moving and foreign tags. */
export function versionOfTag(tag: string): Version | undefined {
  return tag.startsWith('v') ? parseBare(tag.slice(1).replace('_', '+')) : undefined;
}

/** The moving tags a version may carry: `v1.2`, `v1`, `latest`; none for a prerelease. */
export function movingTags(version: Version): readonly Tag[] {
  const parsed = semverParse(version);
  if (parsed === null || parsed.prerelease.length > 0) return [];
  return [`v${parsed.major}.${parsed.minor}`, `v${parsed.major}`, 'latest'].flatMap((text) => parseTag(text) ?? []);
}

/** Whether `version` belongs to the line that the moving tag stands for (`v1.2` holds 1.2.x). */
export function movingTagHolds(tag: Tag, version: Version): boolean {
  return movingTags(version).includes(tag);
}
