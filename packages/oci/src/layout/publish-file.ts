/**
 * Files that appear whole or not at all: written beside, flushed, renamed, and the folder flushed.
 *
 * @module
 */
import { dirname } from 'node:path';
import type { Bytes } from '@squizzle/oci-spec';
import { discardFile, type LayoutFile, type LayoutFs } from './layout-fs.ts';
import { guarded, hasSystemCode } from './store-error.ts';

export interface Publication {
  /** Where it is written first: the same file system, a name nobody else uses. */
  readonly arriving: string;
  readonly path: string;
  readonly mode: number;
  /** Last moment to refuse: runs when all is flushed and nothing is visible. */
  readonly beforeRename?: () => Promise<void>;
  /** Removes the file again when the folder could not be flushed: who is told of a fault should not find it. */
  readonly withdrawUnflushed?: boolean;
}

/** What systems without flushable folders say: Windows at `open`, some network and FUSE file systems at `fsync`. */
const CANNOT_FLUSH_FOLDERS = ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS'];

/**
 * Makes `content` the file at `path`, replacing what was there in one step.
 *
 * Whatever fails up to the rename, also in `content` itself, leaves `path` as it was and removes `arriving`. When only
 * the last step fails, flushing the folder, the new file stands (unless `withdrawUnflushed`) but may not survive a
 * power failure.
 */
export async function publishFile(fs: LayoutFs, publication: Publication, content: Bytes): Promise<void> {
  const { arriving, path } = publication;
  try {
    await writeFlushed(fs, publication, content);
    await publication.beforeRename?.();
    await guarded(path, fs.rename(arriving, path));
  } catch (thrown) {
    await discardFile(fs, arriving);
    throw thrown;
  }
  try {
    await flushFolder(fs, dirname(path));
  } catch (thrown) {
    if (publication.withdrawUnflushed === true) await discardFile(fs, path);
    throw thrown;
  }
}

async function writeFlushed(fs: LayoutFs, { arriving, mode }: Publication, content: Bytes): Promise<void> {
  const file = await guarded(arriving, fs.open(arriving, 'wx', mode));
  try {
    for await (const chunk of content) await guarded(arriving, file.writeFile(chunk));
    await guarded(arriving, file.sync());
  } catch (thrown) {
    await closeQuietly(file);
    throw thrown;
  }
  await guarded(arriving, file.close());
}

/** Creates the folder and those above it that are missing; what was created survives a power failure. */
export async function ensureFolder(fs: LayoutFs, path: string): Promise<void> {
  const created = await guarded(path, fs.mkdir(path, { recursive: true }));
  if (created !== undefined) await flushFolder(fs, dirname(created));
}

/** Flushes the names in a folder, where the system can. */
export async function flushFolder(fs: LayoutFs, path: string): Promise<void> {
  try {
    const folder = await guarded(path, fs.open(path, 'r'));
    try {
      await guarded(path, folder.sync());
    } finally {
      await closeQuietly(folder);
    }
  } catch (thrown) {
    if (!hasSystemCode(thrown, ...CANNOT_FLUSH_FOLDERS)) throw thrown;
  }
}

/** Closing what is given up, or was only flushed: a fault here says nothing that counts. */
async function closeQuietly(file: LayoutFile): Promise<void> {
  await file.close().catch(() => undefined);
}
