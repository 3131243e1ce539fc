/**
 * Files that appear whole or not at all, and are still there after a power failure.
 *
 * Written beside in `staging`, flushed, then given their name, and the folder flushed. Folders that only lose a name
 * in `staging` or `uploads` are not flushed: what comes back there after a power failure is cleaned up as leftovers are.
 *
 * @module
 */
import { dirname } from 'node:path';
import { ifThere, type FileSystem } from './file-system.ts';
import type { Folders } from './folders.ts';
import { createSemaphore } from './semaphore.ts';
import { settleAll } from './settle-all.ts';
import { createStagedFile, place, type StagedFile } from './staged-file.ts';

/** One for each of the contents, in their order. */
export type StagedFiles<C extends readonly Uint8Array[]> = { readonly [K in keyof C]: StagedFile };

export interface DurableFiles {
  /**
   * Stages a file for each of `contents` while `prepare` runs; when all of that is done, runs `work` with the files.
   * Those that `work` did not use are removed, however it ends.
   */
  withStaged<const C extends readonly Uint8Array[]>(
    contents: C,
    prepare: () => Promise<unknown>,
    work: (staged: StagedFiles<C>) => Promise<void>,
  ): Promise<void>;
  /** Renames a flushed file; durable when it resolves. */
  publish(from: string, to: string): Promise<void>;
  /**
   * Removes a file. `false` when it was not there. Durable when it resolves, either way: an earlier attempt may have
   * removed it and failed to flush that.
   */
  remove(path: string): Promise<boolean>;
}

/** Files open for staging at once, for all requests together: a manifest may come with hundreds of tags. */
const STAGED_AT_ONCE = 64;

export function createDurableFiles(fs: FileSystem, folders: Folders, newPath: () => string): DurableFiles {
  const staging = createSemaphore(STAGED_AT_ONCE);

  async function remove(path: string): Promise<boolean> {
    const removed = (await ifThere(fs.unlink(path).then(() => true))) ?? false;
    await folders.flush(dirname(path));
    return removed;
  }

  return {
    remove,
    async withStaged(contents, prepare, work) {
      const staged = contents.map((content) => ({ content, file: createStagedFile(fs, folders, newPath()) }));
      const writes = staged.map(async ({ content, file }) => staging.run(async () => file.write(content)));
      try {
        await settleAll<unknown>([...writes, prepare()]);
        await work(staged.map(({ file }) => file) as unknown as StagedFiles<typeof contents>);
      } finally {
        await Promise.all(staged.map(async ({ file }) => file.discard()));
      }
    },
    async publish(from, to) {
      await place(folders, to, async () => fs.rename(from, to));
      await folders.flush(dirname(to));
    },
  };
}
