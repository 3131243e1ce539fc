/**
 * Tags: names that a repository may move from one manifest to another.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * @module
 */
import { digestAlgorithm, digestHex, type Digest } from './digest.ts';
import { LIMITS } from './limits.ts';

declare const tagBrand: unique symbol;

/** 1–128 of letters, digits, `_`, `.` and `-`, the first no dot or dash. Safe in URLs and paths. Only this module mints one. */
export type Tag = string & { readonly [tagBrand]: true };

const PATTERN = new RegExp(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,${LIMITS.tagLength - 1}}$`);

/** What Docker means when nothing is said. Never assumed by the parsers here. */
export const DEFAULT_TAG = 'latest' as Tag;

export function parseTag(text: string): Tag | undefined {
  return PATTERN.test(text) ? (text as Tag) : undefined;
}

/**
 * The tag of the index that lists a manifest's referrers where the registry has no referrers API: `sha256-<hex>`,
 * a hash longer than 64 digits cut there.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function referrersTag(subject: Digest): Tag {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}` as Tag;
}
