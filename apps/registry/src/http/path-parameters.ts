/**
 * The parts of a path, from text as it arrived to checked values.
 *
 * Decoded once, then parsed: an encoded slash, dot or NUL either makes no name at all or never meant more than itself.
 *
 * @module
 */
import { parseDigest, parseRepositoryName, parseTag, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';
import type { ManifestReference } from '../services/manifests.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Characters of a client's own text that an answer repeats. */
const QUOTED = 128;

export function readRepository(raw: string): RepositoryName {
  // A name written with encoded slashes would be another path to whatever guards paths in front of us.
  const name = /%2f/i.test(raw) ? undefined : parseRepositoryName(decode(raw));
  return name ?? refuseName(raw);
}

/** A name in a query, where it arrives decoded. */
export function parseRepository(text: string): RepositoryName {
  return parseRepositoryName(text) ?? refuseName(text);
}

export function readDigest(raw: string): Digest {
  return requireDigest(decode(raw));
}

/** A digest in a query, where it arrives decoded. */
export function requireDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest !== undefined) return digest;
  throw new RegistryError(
    'DIGEST_INVALID',
    `expected sha256: and 64, or sha512: and 128, lowercase hex digits, found ${quote(text)}`,
  );
}

/** What holds a colon is meant as a digest; everything else as a tag. */
export function readReference(raw: string, method: string): ManifestReference {
  const text = decode(raw);
  if (text.includes(':')) return { type: 'digest', digest: requireDigest(text) };
  const tag = parseTag(text);
  if (tag !== undefined) return { type: 'tag', tag };
  const found = `expected a tag of 1 to 128 of A-Z a-z 0-9 _ . - (no . or - first), found ${quote(text)}`;
  // Nothing can be stored under it, so whoever reads it finds nothing.
  throw new RegistryError(method === 'PUT' ? 'TAG_INVALID' : 'MANIFEST_UNKNOWN', found);
}

export function readUploadId(raw: string): string {
  if (UUID.test(raw)) return raw;
  throw new RegistryError('UPLOAD_UNKNOWN', `expected the id of an upload, found ${quote(raw)}; start anew`);
}

/** A client's own text as part of a message: bounded, and on one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text);
}

function refuseName(text: string): never {
  throw new RegistryError(
    'NAME_INVALID',
    `expected a repository name of at most 255 characters, lowercase parts with slashes between, found ${quote(text)}`,
  );
}

function decode(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    throw new RegistryError('REQUEST_INVALID', `expected percent-encoded UTF-8, found ${quote(raw)}`, { cause });
  }
}
