/**
 * How a release is named on every command line: version, moving tag, range, digest, commit, or any other tag.
 *
 * @module
 */
import { parseDigest, parseTag, type Digest, type Tag } from '@squizzle/oci-spec';
import semverValidRange from 'semver/ranges/valid.js';
import { parseVersion, versionOfTag, type Version } from './version.ts';

export type Selector =
  | { readonly kind: 'version'; readonly version: Version }
  /** `latest`, `v1`, `v1.2`. */
  | { readonly kind: 'moving'; readonly tag: Tag }
  | { readonly kind: 'range'; readonly range: string }
  | { readonly kind: 'digest'; readonly digest: Digest }
  /** 7 to 64 hex digits. Where no version was built from such a commit, a tag of that name must name a release that was. */
  | { readonly kind: 'commit'; readonly revision: string }
  | { readonly kind: 'tag'; readonly tag: Tag };

const MOVING = /^(?:latest|v?(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5}))?)$/;
/** Holds what only ranges hold, and at least one number or wildcard: a blank is a range to the semver package. */
const RANGE = /^(?=.*[\d*x])(?:.*[\^~<>=*|\s]|.*\.x\b)/i;
const COMMIT = /^[0-9a-f]{7,64}$/i;

/** `undefined` for what is none of them. */
export function parseSelector(text: string): Selector | undefined {
  const version = parseVersion(text) ?? versionOfTag(text);
  if (version !== undefined) return { kind: 'version', version };
  const digest = parseDigest(text);
  if (digest !== undefined) return { kind: 'digest', digest };
  const moving = MOVING.test(text) ? parseTag(/^\d/.test(text) ? `v${text}` : text) : undefined;
  if (moving !== undefined) return { kind: 'moving', tag: moving };
  if (COMMIT.test(text)) return { kind: 'commit', revision: text.toLowerCase() };
  if (RANGE.test(text) && semverValidRange(text) !== null) return { kind: 'range', range: text };
  const tag = parseTag(text);
  return tag === undefined ? undefined : { kind: 'tag', tag };
}
