/**
 * A folder of images and their names, used by any number of processes at once.
 *
 * What changes it holds the lock of the names, so that a name never stands for an image that is being removed.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';
import { fileSize, removeFile } from '../../layout/layout-fs.ts';
import { flushFolder } from '../../layout/publish-file.ts';
import { guarded } from '../../layout/store-error.ts';
import type { ImageFs } from './image-fs.ts';
import { parseImageName, requireImageName, type ImageName } from './image-name.ts';
import type { ImagePaths } from './image-paths.ts';
import { imageNotFound, locateImage } from './locate-image.ts';
import { describeImage, listImages, namesOf, type ImageList, type StoredImage } from './stored-image.ts';
import { changeTags, readTags, type ImageTags } from './tags-file.ts';

export interface RemovedImage {
  /** Names that are gone. */
  readonly untagged: readonly string[];
  /** The image, when it is gone too; `null` while it has other names. */
  readonly removed: Digest | null;
}

export interface ImageStorage {
  /** Makes a whole file the image of this digest, under this name or none. @returns where it is now. */
  keep(ready: string, digest: Digest, name: ImageName | null, options?: CallOptions): Promise<string>;
  /** Damaged files are listed as such. */
  list(options?: CallOptions): Promise<ImageList>;
  /**
   * The image of a name, an image id or a digest. Of the latter two, the first digits are enough when they fit one image.
   *
   * @throws {SquizzleError} `ARTIFACT_NOT_FOUND`; `SELECTOR_INVALID` when several images fit; `ARCHIVE_INVALID` when it
   *   is damaged.
   */
  find(reference: string, options?: CallOptions): Promise<StoredImage>;
  /** Gives an image another name, and takes that from any other. Errors as of `find`. */
  tag(reference: string, newTag: string, options?: CallOptions): Promise<StoredImage>;
  /** Takes a name away, and the image with its last one; by id or digest, the image with all its names. Errors as of `find`. */
  remove(reference: string, options?: CallOptions): Promise<RemovedImage>;
}

export function createImageStorage(fs: ImageFs, paths: ImagePaths): ImageStorage {
  const locate = async (reference: string, options: CallOptions): Promise<Digest> =>
    locateImage({ fs, paths, tags: await readTags(fs, paths) }, reference, options);
  const describe = async (digest: Digest, options: CallOptions): Promise<StoredImage> =>
    describeImage(paths, digest, await readTags(fs, paths), options);
  return {
    async keep(ready, digest, name, options) {
      const path = paths.image(digest);
      const place = async (tags: ImageTags): Promise<ImageTags> => {
        await guarded(path, fs.rename(ready, path));
        await flushFolder(fs, paths.root);
        return name === null ? tags : withTag(tags, name, digest);
      };
      await changeTags(fs, paths, place, options);
      return path;
    },
    list: async (options = {}) => listImages({ fs, paths, tags: await readTags(fs, paths) }, options),
    find: async (reference, options = {}) => describe(await locate(reference, options), options),
    async tag(reference, newTag, options = {}) {
      const name = requireImageName(newTag);
      const digest = await locate(reference, options);
      const rename = async (tags: ImageTags): Promise<ImageTags> => {
        if ((await fileSize(fs, paths.image(digest))) === undefined) throw imageNotFound(paths, reference);
        return withTag(tags, name, digest);
      };
      await changeTags(fs, paths, rename, options);
      return describe(digest, options);
    },
    async remove(reference, options = {}) {
      const digest = await locate(reference, options);
      return removeImage(fs, paths, { digest, name: parseImageName(reference) }, options);
    },
  };
}

interface Removal {
  readonly digest: Digest;
  /** What it was asked for by, where that is a name. */
  readonly name: ImageName | undefined;
}

/** The image goes before its names: what is left when this is interrupted can be removed again. */
async function removeImage(
  fs: ImageFs,
  paths: ImagePaths,
  { digest, name }: Removal,
  options: CallOptions,
): Promise<RemovedImage> {
  let outcome: RemovedImage = { untagged: [], removed: null };
  const remove = async (tags: ImageTags): Promise<ImageTags> => {
    const all = namesOf(tags, digest);
    const untagged = name !== undefined && tags.get(name) === digest ? [name] : all;
    const removed = untagged.length === all.length ? digest : null;
    if (removed !== null) await removeFile(fs, paths.image(digest));
    outcome = { untagged, removed };
    return untagged.length === 0 ? tags : new Map([...tags].filter(([each]) => !untagged.includes(each)));
  };
  await changeTags(fs, paths, remove, options);
  return outcome;
}

function withTag(tags: ImageTags, name: ImageName, digest: Digest): ImageTags {
  return tags.get(name) === digest ? tags : new Map([...tags, [name, digest]]);
}
