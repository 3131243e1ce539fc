/**
 * index.json on disk: read as it is, replaced whole, changed only under the lock.
 *
 * @module
 */
import { isContentError } from '@squizzle/oci-spec';
import { withFileLock, type FileLockOptions } from './file-lock.ts';
import { fileSize, readSmallFile, type LayoutFs } from './layout-fs.ts';
import { EMPTY_INDEX, formatLayoutIndex, INDEX_BYTES, parseLayoutIndex, type LayoutIndex } from './layout-index.ts';
import { inspectLayout, MARKER_TEXT } from './layout-marker.ts';
import type { LayoutPaths } from './layout-paths.ts';
import { ensureFolder, publishFile } from './publish-file.ts';
import { storeUnusable } from './store-error.ts';

export interface IndexFile {
  /** @throws {SquizzleError} `STORE_UNUSABLE` when the folder is not ours to use. */
  inspect(): Promise<'layout' | 'empty'>;
  /** Empty where there is no layout yet. */
  read(): Promise<LayoutIndex>;
  /**
   * Makes the folder a layout and replaces the index by what `edit` makes of it; what it returns unchanged is not
   * written. `after` runs while the lock is still held.
   */
  change(
    edit: (index: LayoutIndex) => Promise<LayoutIndex>,
    options?: FileLockOptions,
    after?: () => Promise<void>,
  ): Promise<void>;
  /** Makes the folder a layout, unless it is one. */
  ensureLayout(options?: FileLockOptions): Promise<void>;
}

const FILE_MODE = 0o644;

export function createIndexFile(fs: LayoutFs, paths: LayoutPaths): IndexFile {
  const read = async (): Promise<LayoutIndex> =>
    (await inspectLayout(fs, paths)) === 'empty' ? EMPTY_INDEX : readIndex(fs, paths.index);

  const locked = async (work: (assertHeld: () => Promise<void>) => Promise<void>, options?: FileLockOptions) => {
    await inspectLayout(fs, paths); // before anything is written into somebody's folder
    await ensureFolder(fs, paths.arrivals);
    await withFileLock(
      fs,
      paths.lock,
      async ({ assertHeld }) => {
        await completeLayout(fs, paths);
        await work(assertHeld);
      },
      options,
    );
  };

  return {
    inspect: async () => inspectLayout(fs, paths),
    read,
    change: async (edit, options, after) =>
      locked(async (assertHeld) => {
        const before = await readIndex(fs, paths.index);
        const edited = await edit(before);
        if (edited !== before) await replaceIndex(fs, paths, edited, assertHeld);
        await after?.();
      }, options),
    async ensureLayout(options) {
      const whole = (await inspectLayout(fs, paths)) === 'layout' && (await fileSize(fs, paths.index)) !== undefined;
      if (!whole) await locked(async () => undefined, options);
    },
  };
}

/** The mark first: a folder with anything else and no mark is somebody else's. */
async function completeLayout(fs: LayoutFs, paths: LayoutPaths): Promise<void> {
  if ((await inspectLayout(fs, paths)) === 'empty') {
    const content = [new TextEncoder().encode(MARKER_TEXT)];
    await publishFile(fs, { arriving: paths.arriving(), path: paths.marker, mode: FILE_MODE }, content);
  }
  await ensureFolder(fs, paths.blobs);
  if ((await fileSize(fs, paths.index)) === undefined) await replaceIndex(fs, paths, EMPTY_INDEX);
}

async function readIndex(fs: LayoutFs, path: string): Promise<LayoutIndex> {
  const bytes = await readSmallFile(fs, path, INDEX_BYTES);
  if (bytes === undefined) return EMPTY_INDEX;
  return parseIndex(path, bytes) ?? refuseIndex(path, 'expected an image index with schemaVersion 2');
}

function parseIndex(path: string, bytes: Uint8Array): LayoutIndex | undefined {
  try {
    return parseLayoutIndex(bytes);
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    return refuseIndex(path, cause.message, { cause });
  }
}

function refuseIndex(path: string, problem: string, options?: ErrorOptions): never {
  const advice = 'restore it from a copy, or move it away and push again; the blobs are not affected';
  throw storeUnusable(path, `${problem}; ${advice}`, options);
}

async function replaceIndex(
  fs: LayoutFs,
  { index: path, arriving }: LayoutPaths,
  index: LayoutIndex,
  beforeRename: () => Promise<void> = async () => undefined,
): Promise<void> {
  const bytes = formatLayoutIndex(index);
  if (bytes.byteLength > INDEX_BYTES) {
    throw storeUnusable(path, `would pass ${INDEX_BYTES} bytes; delete releases, or use a registry for this many`);
  }
  await publishFile(fs, { arriving: arriving(), path, mode: FILE_MODE, beforeRename }, [bytes]);
}
