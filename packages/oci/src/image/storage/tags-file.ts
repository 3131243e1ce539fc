/**
 * What images are called: one small file, read as it is, replaced whole, changed only under the lock.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import { canonicalJsonBytes, isContentError, parseDigest, parseJsonObject, type Digest } from '@squizzle/oci-spec';
import { withFileLock } from '../../layout/file-lock.ts';
import { readSmallFile, type LayoutFs } from '../../layout/layout-fs.ts';
import { publishFile } from '../../layout/publish-file.ts';
import { storeUnusable } from '../../layout/store-error.ts';
import type { ImageName } from './image-name.ts';
import type { ImagePaths } from './image-paths.ts';

/** The manifest that each name stands for. */
export type ImageTags = ReadonlyMap<ImageName, Digest>;

const FORMAT_VERSION = 1;
const FILE_MODE = 0o644;
/** Some 100,000 names. */
const TAGS_BYTES = 16 * 1024 * 1024;

/** @throws {SquizzleError} `STORE_UNUSABLE` when the file is damaged, or a newer program wrote it. */
export async function readTags(fs: LayoutFs, { tags: path }: ImagePaths): Promise<ImageTags> {
  const bytes = await readSmallFile(fs, path, TAGS_BYTES);
  if (bytes === undefined) return new Map();
  try {
    const { formatVersion, tags } = parseJsonObject(bytes, { maxBytes: TAGS_BYTES, what: 'tags.json' });
    if (formatVersion === FORMAT_VERSION && typeof tags === 'object' && tags !== null) return toTags(path, tags);
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    throw damaged(path, cause.message, { cause });
  }
  throw damaged(path, `expected formatVersion ${FORMAT_VERSION} with tags`);
}

/**
 * Replaces the names by what `edit` makes of them. What it does to images, it does under the lock too.
 *
 * The folder must exist.
 */
export async function changeTags(
  fs: LayoutFs,
  paths: ImagePaths,
  edit: (tags: ImageTags) => Promise<ImageTags>,
  options: CallOptions = {},
): Promise<void> {
  const work = async ({ assertHeld }: { readonly assertHeld: () => Promise<void> }): Promise<void> => {
    const before = await readTags(fs, paths);
    const after = await edit(before);
    if (after === before) return;
    const tags = Object.fromEntries(after);
    const bytes = canonicalJsonBytes({ formatVersion: FORMAT_VERSION, tags });
    const publication = { arriving: paths.arriving(), path: paths.tags, mode: FILE_MODE, beforeRename: assertHeld };
    await publishFile(fs, publication, [bytes]);
  };
  await withFileLock(fs, paths.lock, work, options);
}

function toTags(path: string, tags: object): ImageTags {
  return new Map(
    Object.entries(tags).map(([name, value]: [string, unknown]) => {
      const digest = typeof value === 'string' ? parseDigest(value) : undefined;
      if (digest === undefined) throw damaged(path, `${JSON.stringify(name)} names no digest`);
      return [name as ImageName, digest];
    }),
  );
}

function damaged(path: string, problem: string, options?: ErrorOptions): Error {
  return storeUnusable(path, `${problem}; restore it, or remove it: images stay, without their names`, options);
}
