/**
 * A file that is written and flushed and has no name yet that anyone looks for.
 *
 * @module
 */
import { dirname } from 'node:path';
import { hasCode, withFile, writeAll, type FileSystem } from './file-system.ts';
import type { Folders } from './folders.ts';

/** May be used once. */
export interface StagedFile {
  /** Takes the place of what is at `path`, in one step. Not durable before the folder is flushed. */
  moveTo(path: string): Promise<void>;
  /** As `moveTo`, and `false` when something is at `path` already, whoever put it there. */
  claim(path: string): Promise<boolean>;
  /** `moveTo`, durable when it resolves. */
  publish(path: string): Promise<void>;
}

/** Nothing is ever written to again: a change is another file. */
const MODE = 0o444;
/** How often a folder may vanish before a file gets into it. Each time, someone else has deleted its last file. */
const PLACING_ATTEMPTS = 8;

/** Runs `move`, which puts something at `path`, and makes the folder anew when that has gone. */
export async function place<T>(folders: Folders, path: string, move: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await move();
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT') || attempt === PLACING_ATTEMPTS) throw thrown;
      await folders.ensureLeaf(dirname(path));
    }
  }
}

/** The steps of one staged file, by whoever owns its `path`. */
export interface OwnStagedFile extends StagedFile {
  write(content: Uint8Array): Promise<void>;
  /** Removes it unless it got another name. Never fails: what stays is removed as a leftover. */
  discard(): Promise<void>;
}

export function createStagedFile(fs: FileSystem, folders: Folders, path: string): OwnStagedFile {
  let there = false;
  const moveTo = async (to: string): Promise<void> => {
    await place(folders, to, async () => fs.rename(path, to));
    there = false;
  };
  return {
    async write(content) {
      const fd = await place(folders, path, async () => fs.open(path, 'wx', MODE));
      there = true;
      await withFile(fs, fd, async () => {
        await writeAll(fs, fd, content, 0);
        await fs.sync(fd);
      });
    },
    moveTo,
    async publish(to) {
      await moveTo(to);
      await folders.flush(dirname(to));
    },
    async claim(to) {
      try {
        await place(folders, to, async () => fs.link(path, to));
        return true;
      } catch (thrown) {
        if (hasCode(thrown, 'EEXIST')) return false;
        throw thrown;
      }
    },
    async discard() {
      if (there) await fs.unlink(path).catch(() => undefined);
    },
  };
}
