/**
 * Writes files that must not exist yet, and lines that must: whole or not at all, never over anything.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { appendFile, copyFile, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { systemCodeOf, withSystemFaults } from './system-fault.ts';

/**
 * Makes the folders above, writes beside, and claims the name.
 *
 * @param label how the file is called in messages.
 * @throws {SquizzleError} `FILE_EXISTS`; `STORE_UNUSABLE` on a read-only folder or a full disk: no file is left.
 */
export async function writeNewFile(path: string, content: string, label: string): Promise<void> {
  await withSystemFaults(label, async () => {
    await mkdir(dirname(path), { recursive: true });
    const arriving = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
    try {
      const file = await open(arriving, 'wx', 0o666);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await claim(arriving, path, label);
    } finally {
      await rm(arriving, { force: true });
    }
  });
}

/** Not every file system has links; copying is the next best thing that never writes over a file. */
async function claim(arriving: string, path: string, label: string): Promise<void> {
  try {
    await link(arriving, path).catch((cause: unknown) => {
      if (systemCodeOf(cause) === 'EEXIST') throw cause;
      return copyFile(arriving, path, constants.COPYFILE_EXCL);
    });
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EEXIST') throw cause;
    throw new SquizzleError('FILE_EXISTS', `${label} exists already; it was left as it is`, { path: label }, { cause });
  }
}

/** Adds a line to a text file, which is made when missing. @returns whether the line was not there before. */
export async function ensureLine(path: string, line: string, label: string): Promise<boolean> {
  return withSystemFaults(label, async () => {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (systemCodeOf(cause) === 'ENOENT') return '';
      throw cause;
    });
    const lines = text.split(/\r?\n/).map((each) => each.trim());
    if (lines.includes(line)) return false;
    const newline = text.includes('\r\n') ? '\r\n' : '\n';
    const separator = text === '' || text.endsWith('\n') ? '' : newline;
    await appendFile(path, `${separator}${line}${newline}`);
    return true;
  });
}
