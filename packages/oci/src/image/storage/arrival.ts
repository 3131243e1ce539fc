/**
 * Files that are written on the way to an image, gone when the work is over, however it ends.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import { discardFile, namesIn } from '../../layout/layout-fs.ts';
import { flushFolder } from '../../layout/publish-file.ts';
import { guarded, guardedIfThere, hasSystemCode } from '../../layout/store-error.ts';
import type { ImageFs } from './image-fs.ts';
import { ARRIVING_PREFIX, type ImagePaths } from './image-paths.ts';

export interface Arrival {
  /** Compressed, before its digest is known. */
  readonly layer: string;
  /** The image's file while it is written, and when it is whole. */
  readonly tar: string;
  readonly ready: string;
}

const LEFTOVER_MS = 24 * 60 * 60 * 1000;
/** Another run may take away an empty folder that it made, between our making it and using it. */
const ATTEMPTS = 5;

/** Makes the folder of images where it is missing. When the work fails, it is taken away again. */
export async function withArrival<T>(
  fs: ImageFs,
  paths: ImagePaths,
  work: (arrival: Arrival) => Promise<T>,
): Promise<T> {
  const { mark, created } = await arrive(fs, paths);
  const arrival = { layer: `${mark}.layer`, tar: `${mark}.tar`, ready: `${mark}.ready` };
  let done = false;
  try {
    await removeLeftovers(fs, paths);
    const result = await work(arrival);
    done = true;
    return result;
  } finally {
    for (const path of [...Object.values(arrival), mark]) await discardFile(fs, path);
    if (!done && created !== undefined) await removeEmpty(fs, paths.root, created);
  }
}

/** A file of ours in the folder: nobody can take that away now. */
async function arrive(fs: ImageFs, paths: ImagePaths): Promise<{ mark: string; created: string | undefined }> {
  for (let attempt = 1; ; attempt += 1) {
    const created = await guarded(paths.root, fs.mkdir(paths.root, { recursive: true }));
    const mark = paths.arriving();
    try {
      const file = await guarded(mark, fs.open(mark, 'wx', 0o600));
      await file.close();
    } catch (thrown) {
      if (attempt < ATTEMPTS && hasSystemCode(thrown, 'ENOENT')) continue;
      throw thrown;
    }
    if (created !== undefined) await flushFolder(fs, dirname(created));
    return { mark, created };
  }
}

/** From the folder up to the first that was made. One that somebody uses by now stays, with those above it. */
async function removeEmpty(fs: ImageFs, folder: string, topmost: string): Promise<void> {
  for (let path = folder; path.length >= topmost.length; path = dirname(path)) {
    const removed = await fs.rmdir(path).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** What killed runs left, a day after they last wrote. */
async function removeLeftovers(fs: ImageFs, { root }: ImagePaths): Promise<void> {
  for (const name of await namesIn(fs, root)) {
    if (!name.startsWith(ARRIVING_PREFIX)) continue;
    const path = join(root, name);
    const found = await guardedIfThere(path, fs.stat(path));
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MS) await discardFile(fs, path);
  }
}
