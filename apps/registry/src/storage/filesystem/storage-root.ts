/**
 * The root folder: made, tried, and tidied of what killed processes left half written.
 *
 * @module
 */
import { dirname } from 'node:path';
import type { DurableFiles } from './durable-files.ts';
import { hasCode, ifThere, withFile, type FileFacts, type FileSystem } from './file-system.ts';
import { cannotFlush } from './folders.ts';
import type { Layout } from './layout.ts';
import { StorageError } from './storage-error.ts';
import type { StorageFiles } from './storage-files.ts';

/** Staged files live for milliseconds: one this old belongs to a process that is no more. */
const LEFTOVER_MS = 60 * 60 * 1_000;

/** @throws {StorageError} `ROOT_UNUSABLE` when it is no folder, or cannot be written. */
export async function openRoot({ fs, layout, folders, durable }: StorageFiles): Promise<void> {
  const { root, blobs, repositories, uploads, staging } = layout;
  try {
    await makeRoot(fs, root);
    for (const folder of [blobs, repositories, uploads, staging]) {
      await folders.ensure(folder);
      requireFolder(folder, await fs.stat(folder));
    }
    await probe(durable);
  } catch (cause) {
    throw unusable(root, cause);
  }
}

/**
 * For a store that nothing is written to, perhaps because nothing may be.
 *
 * @throws {StorageError} `ROOT_UNUSABLE` when there is no such folder, or it cannot be read.
 */
export async function openReadOnlyRoot({ fs, layout }: StorageFiles): Promise<void> {
  try {
    requireFolder(layout.root, await fs.stat(layout.root));
    await fs.readdir(layout.root);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    const found = cause instanceof Error ? cause.message : 'an unknown fault';
    throw new StorageError('ROOT_UNUSABLE', `${layout.root}: expected a folder that can be read, found ${found}`, {
      cause,
    });
  }
}

/** Writes, flushes and removes a file. */
export async function probe(durable: DurableFiles): Promise<void> {
  await durable.withStaged(
    [Buffer.from('probe\n')],
    async () => undefined,
    async () => undefined,
  );
}

/** Best effort: what cannot be removed is in nobody's way. */
export async function removeLeftovers(fs: FileSystem, { staging }: Layout, now: number): Promise<void> {
  for (const name of await fs.readdir(staging)) {
    const path = `${staging}/${name}`;
    const facts = await ifThere(fs.stat(path));
    if (facts?.isFile() === true && now - facts.mtimeMs > LEFTOVER_MS) await fs.unlink(path).catch(() => undefined);
  }
}

async function makeRoot(fs: FileSystem, root: string): Promise<void> {
  const facts = await ifThere(fs.stat(root));
  if (facts !== undefined) {
    requireFolder(root, facts);
    return;
  }
  const parent = dirname(root);
  if (parent !== root) await makeRoot(fs, parent);
  try {
    await fs.mkdir(root);
  } catch (thrown) {
    if (!hasCode(thrown, 'EEXIST')) throw thrown;
  }
  await flush(fs, parent);
}

/** As far as the system can, and as this user may read the folder: only its name could be lost, before anything is in it. */
async function flush(fs: FileSystem, folder: string): Promise<void> {
  try {
    const fd = await fs.open(folder, 'r');
    await withFile(fs, fd, async () => fs.sync(fd));
  } catch (thrown) {
    if (!cannotFlush(thrown) && !hasCode(thrown, 'EACCES')) throw thrown;
  }
}

function requireFolder(path: string, facts: FileFacts): void {
  if (!facts.isDirectory()) throw new StorageError('ROOT_UNUSABLE', `${path}: expected a folder, found a file`);
}

function unusable(root: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const found = cause instanceof Error ? cause.message : 'an unknown fault';
  return new StorageError(
    'ROOT_UNUSABLE',
    `${root}: expected a folder that can be written, found ${found}; give this user the right to write there, or choose another folder`,
    { cause },
  );
}
