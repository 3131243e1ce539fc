/**
 * Writes files that must not exist yet, and lines that must: whole or not at all, never over anything.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import nodeFs, { copyFile, mkdir, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { systemCodeOf, withSystemFaults } from './system-fault.ts';

/** The functions that tests let fail. */
export type FileCalls = Pick<typeof nodeFs, 'link' | 'appendFile'>;

/** Before the umask: whoever may read the folder, or the owner alone. */
export const SHARED = 0o666;
export const PRIVATE = 0o600;

/**
 * Makes the folders above, writes beside, and claims the name.
 *
 * @param label how the file is called in messages.
 * @throws {SquizzleError} `FILE_EXISTS`; `STORE_UNUSABLE` on a read-only folder or a full disk: no file is left.
 */
export async function writeNewFile(
  path: string,
  content: string,
  label: string,
  fs: FileCalls = nodeFs,
  mode: number = SHARED,
): Promise<void> {
  await withSystemFaults(label, async () => {
    await makeFolder(dirname(path));
    const arriving = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
    try {
      const file = await open(arriving, 'wx', mode);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await claim(arriving, path, label, fs);
    } finally {
      await rm(arriving, { force: true });
    }
  });
}

/** Not every file system has links; copying is the next best thing that never writes over a file. */
async function claim(arriving: string, path: string, label: string, fs: FileCalls): Promise<void> {
  try {
    await fs.link(arriving, path).catch((cause: unknown) => {
      if (systemCodeOf(cause) === 'EEXIST') throw cause;
      return copyFile(arriving, path, constants.COPYFILE_EXCL);
    });
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EEXIST') throw cause;
    throw new SquizzleError('FILE_EXISTS', `${label} exists already; it was left as it is`, { path: label }, { cause });
  }
}

/** Adds a line to a text file, which is made when missing. @returns whether the line was not there before. */
export async function ensureLine(path: string, line: string, label: string, fs: FileCalls = nodeFs): Promise<boolean> {
  const bytes = await withSystemFaults(label, () => readIfThere(path));
  if (bytes === undefined) {
    await writeNewFile(path, `${line}\n`, label);
    return true;
  }
  const text = bytes.toString('utf8');
  if (text.split(/\r?\n/).some((each) => each.trim() === line)) return false;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : newline;
  await withSystemFaults(label, () => append(path, `${separator}${line}${newline}`, bytes.byteLength, fs));
  return true;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  });
}

/** A disk that fills up may take half of it: the file gets its old size back. */
async function append(path: string, text: string, sizeBytes: number, fs: FileCalls): Promise<void> {
  try {
    await fs.appendFile(path, text);
  } catch (cause) {
    await truncate(path, sizeBytes).catch(() => undefined); // the first fault is the one to tell
    throw cause;
  }
}

/** Folder by folder: Node's own way reports a read-only file system as ENOENT. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      await makeFolder(path);
      return;
    }
    if (!(await isFolder(path))) throw cause;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
