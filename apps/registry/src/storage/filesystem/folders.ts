/**
 * Folders that survive a power failure: made, and their names flushed.
 *
 * A file is only as durable as the name that leads to it, and so is a folder: whoever adds or removes a name flushes
 * the folder it is in before saying so to anyone.
 *
 * @module
 */
import { dirname } from 'node:path';
import { hasCode, withFile, type FileSystem } from './file-system.ts';
import { settleAll } from './settle-all.ts';

export interface Folders {
  /**
   * Makes the folder and those above it that are missing, up to the storage's root; resolves when their names are
   * flushed, whoever made them. Asked for again, a folder costs nothing: for those that nobody removes.
   */
  ensure(path: string): Promise<void>;
  /** As `ensure`, for a folder that is removed when it is empty: what was true of it may no longer be. */
  ensureLeaf(path: string): Promise<void>;
  /** Resolves when every name that was added or removed before the call is flushed. */
  flush(path: string): Promise<void>;
}

/** What systems without flushable folders say: Windows at `open`, some network and FUSE file systems at `fsync`. */
const CANNOT_FLUSH_FOLDERS = ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS'];
export function cannotFlush(thrown: unknown): boolean {
  return hasCode(thrown, ...CANNOT_FLUSH_FOLDERS);
}

/** Paths of folders known to be durable: some 300 KiB at most. */
const MAX_KNOWN = 2_000;

export function createFolders(fs: FileSystem, root: string): Folders {
  const { flush } = createFlusher(fs, root);
  const known = new Set<string>();

  async function make(path: string): Promise<void> {
    const missing: string[] = [];
    for (let folder = path; folder.length > root.length && !known.has(folder); folder = dirname(folder)) {
      missing.unshift(folder);
    }
    for (const folder of missing) await makeOne(fs, folder);
    // Also those that were there: whoever made them may not have flushed them yet, or may have been killed before.
    await settleAll(missing.map(async (folder) => flush(dirname(folder))));
    if (known.size > MAX_KNOWN) known.clear();
    for (const folder of missing) if (folder !== path) known.add(folder);
  }

  async function ensureLeaf(path: string): Promise<void> {
    known.delete(path);
    try {
      await make(path);
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT')) throw thrown;
      // Someone removed a folder that was known: begin anew from the root.
      known.clear();
      await make(path);
    }
  }

  return {
    flush,
    ensureLeaf,
    async ensure(path) {
      if (known.has(path)) return;
      await ensureLeaf(path);
      known.add(path);
    },
  };
}

async function makeOne(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.mkdir(path);
  } catch (thrown) {
    if (!hasCode(thrown, 'EEXIST')) throw thrown;
  }
}

/**
 * Flushes that many share: whoever comes before the system call begins waits for that one, whoever comes later for the
 * next. So a folder that a hundred requests write to is flushed a few times, not a hundred.
 */
function createFlusher(fs: FileSystem, root: string): Pick<Folders, 'flush'> {
  /** Not begun yet: a name added now is still flushed by it. */
  const pending = new Map<string, Promise<void>>();
  /** Begun or not, the last one of each folder. */
  const latest = new Map<string, Promise<void>>();

  async function flushAfter(previous: Promise<void> | undefined, path: string): Promise<void> {
    await previous?.catch(() => undefined);
    let begun = false;
    const begin = (): void => {
      if (!begun) pending.delete(path);
      begun = true;
    };
    try {
      await flushNow(fs, root, path, begin);
    } finally {
      begin();
    }
  }

  return {
    async flush(path) {
      const joined = pending.get(path);
      if (joined !== undefined) {
        await joined;
        return;
      }
      const flushing = flushAfter(latest.get(path), path);
      pending.set(path, flushing);
      latest.set(path, flushing);
      try {
        await flushing;
      } finally {
        if (latest.get(path) === flushing) latest.delete(path);
      }
    },
  };
}

async function flushNow(fs: FileSystem, root: string, path: string, begin: () => void): Promise<void> {
  try {
    const fd = await fs.open(path, 'r');
    await withFile(fs, fd, async () => {
      begin();
      await fs.sync(fd);
    });
  } catch (thrown) {
    // A folder that was removed for being empty: what counts now is that the one above has lost its name.
    if (hasCode(thrown, 'ENOENT') && path.length > root.length) await flushNow(fs, root, dirname(path), begin);
    else if (!cannotFlush(thrown)) throw thrown;
  }
}
