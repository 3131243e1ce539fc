/**
 * What everything that keeps files in the storage folder is made with.
 *
 * @module
 */
import type { DurableFiles } from './durable-files.ts';
import { createDurableFiles } from './durable-files.ts';
import type { FileSystem } from './file-system.ts';
import { createFolders, type Folders } from './folders.ts';
import { reportFullStorage } from './full-storage.ts';
import { createLayout, type Layout } from './layout.ts';

export interface StorageFiles {
  readonly fs: FileSystem;
  readonly layout: Layout;
  readonly folders: Folders;
  readonly durable: DurableFiles;
}

/** @param root - an absolute path without a slash at its end. */
export function createStorageFiles(root: string, system: FileSystem, randomId: () => string): StorageFiles {
  const fs = reportFullStorage(system);
  const layout = createLayout(root);
  const folders = createFolders(fs, root);
  return { fs, layout, folders, durable: createDurableFiles(fs, folders, () => layout.staged(randomId())) };
}
