/**
 * Following manifests to everything they name.
 *
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import {
  contentsOf,
  isContentError,
  isManifestMediaType,
  LIMITS,
  parseManifest,
  readVerified,
  type ContentId,
  type Descriptor,
  type Manifest,
} from '@squizzle/oci-spec';

/** Where manifests are read: a folder, an archive. */
export interface ContentReader {
  /** The bytes as they lie there, unverified. @throws {SquizzleError} `CONTENT_NOT_FOUND`, at the first read. */
  read(content: ContentId, options: CallOptions): AsyncIterable<Uint8Array>;
}

/** What the content names; nothing for content that is no manifest. */
export type NamedBy = (descriptor: Descriptor) => Promise<readonly Descriptor[]>;

/**
 * Yields the roots and everything below them, whoever names before what is named, each once for each media type.
 *
 * Ends for every input: nothing is opened twice, and no content can name its own digest.
 */
export async function* walkManifests(
  roots: readonly Descriptor[],
  namedBy: NamedBy,
): AsyncGenerator<Descriptor, void, undefined> {
  const seen = new Set<string>();
  const waiting = roots.toReversed();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = `${next.mediaType} ${next.digest}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield next;
    waiting.push(...(await namedBy(next)).toReversed());
  }
}

/** Reads what the manifest names. One that is not here names nothing: a layout may hold a part of an image. */
export async function readNamed(blobs: ContentReader, manifest: Descriptor): Promise<readonly Descriptor[]> {
  const read = await readManifest(blobs, manifest);
  return read === undefined ? [] : contentsOf(read);
}

/** As `readNamed`; a damaged manifest names nothing either. */
export async function readNamedIfWhole(blobs: ContentReader, manifest: Descriptor): Promise<readonly Descriptor[]> {
  const read = await readManifestIfWhole(blobs, manifest);
  return read === undefined ? [] : contentsOf(read);
}

/** `undefined` for content that is no manifest, is not here, or is damaged. */
export async function readManifestIfWhole(blobs: ContentReader, manifest: Descriptor): Promise<Manifest | undefined> {
  try {
    return await readManifest(blobs, manifest);
  } catch (thrown) {
    if (isContentError(thrown)) return undefined;
    throw thrown;
  }
}

async function readManifest(blobs: ContentReader, manifest: Descriptor): Promise<Manifest | undefined> {
  if (!isManifestMediaType(manifest.mediaType)) return undefined;
  try {
    const bytes = await readVerified(blobs.read(manifest, {}), manifest, LIMITS.manifestBytes);
    return parseManifest(bytes, manifest.mediaType);
  } catch (thrown) {
    if (isSquizzleError(thrown, 'CONTENT_NOT_FOUND')) return undefined;
    throw thrown;
  }
}
