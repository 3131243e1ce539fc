/**
 * Images from folders, kept in a folder: built, listed, named and removed.
 *
 * @module
 */
import nodeFs from 'node:fs/promises';
import { buildImage, type BuildImageOptions, type BuiltImage } from './build-image.ts';
import type { ImageFs } from './storage/image-fs.ts';
import { imagePaths } from './storage/image-paths.ts';
import { createImageStorage, type ImageStorage } from './storage/image-storage.ts';

export interface ImageBuilderOptions {
  /** Where images are kept. Made by the first build where it is missing. */
  readonly storageDir: string;
  /** Default: `node:fs/promises`. */
  readonly fs?: ImageFs | undefined;
}

/** Any number of builders, also in other processes, may use one folder at once. */
export interface ImageBuilder extends Pick<ImageStorage, 'list' | 'find' | 'tag' | 'remove'> {
  /**
   * Makes a folder an image of one layer: its files, folders and links, without what `.dockerignore` and `exclusions`
   * leave out, owned by root, in modes 0755 and 0644. The same files are the same image, whoever builds it when.
   *
   * Memory does not grow with the folder. Ending early, however, leaves nothing behind.
   *
   * @throws {SquizzleError} `CONTEXT_INVALID` naming what cannot be read, leads out of the folder, is no file, folder or
   *   link, or changed meanwhile; `SELECTOR_INVALID` for a tag that is none; `STORE_UNUSABLE` when the image cannot be
   *   written; `ARTIFACT_TOO_LARGE` when labels pass what registries take. The signal's reason when aborted.
   */
  build(options: BuildImageOptions): Promise<BuiltImage>;
}

export function createImageBuilder({ storageDir, fs = nodeFs }: ImageBuilderOptions): ImageBuilder {
  const paths = imagePaths(storageDir);
  const storage = createImageStorage(fs, paths);
  const { list, find, tag, remove } = storage;
  return { build: async (options) => buildImage({ fs, paths, storage }, options), list, find, tag, remove };
}
