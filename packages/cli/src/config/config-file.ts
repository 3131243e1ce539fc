/**
 * Finds and reads `squizzle.yaml`: the one that is named, or the nearest in this folder and those above.
 *
 * @module
 */
import { dirname, join, relative, resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { readUpTo } from '../files/read-bounded-file.ts';
import { systemCodeOf } from '../files/system-fault.ts';

export const CONFIG_FILE = 'squizzle.yaml';

/** Configuration is written by hand; a megabyte of it is something else. */
const MAX_BYTES = 1_048_576;

export interface ConfigText {
  /** Absolute. */
  readonly path: string;
  /** For messages: relative to the working folder where that is shorter. */
  readonly name: string;
  readonly text: string;
}

/**
 * @param named the file that was asked for by flag or variable; `undefined` searches upward from `cwd`.
 * @throws {SquizzleError} `CONFIG_NOT_FOUND`; `CONFIG_INVALID` when it cannot be read as UTF-8 text.
 */
export async function readConfigFile(cwd: string, named: string | undefined): Promise<ConfigText> {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    const text = await readText(path, named);
    if (text !== undefined) return { path, name: named, text };
    throw new SquizzleError('CONFIG_NOT_FOUND', `there is no file ${named}`, { folder: dirname(path) });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    const name = shorter(path, relative(cwd, path));
    const text = await readText(path, name);
    if (text !== undefined) return { path, name, text };
    if (folder === dirname(folder)) throw notFound(cwd);
  }
}

/** `undefined` when there is no such file. */
async function readText(path: string, name: string): Promise<string | undefined> {
  try {
    const bytes = await readUpTo(path, MAX_BYTES + 1);
    if (bytes.byteLength > MAX_BYTES) throw unreadable(name, `it has more than the ${MAX_BYTES} allowed bytes`);
    return decode(bytes, name);
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === null) throw cause;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(
      name,
      code === 'EFTYPE' ? 'it is a pipe or a device, and no file' : `it cannot be read (${code})`,
      cause,
    );
  }
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(name, 'it is not UTF-8 text', cause);
  }
}

function unreadable(file: string, reason: string, cause?: unknown): SquizzleError<'CONFIG_INVALID'> {
  const options = cause === undefined ? {} : { cause };
  return new SquizzleError('CONFIG_INVALID', `${file}: ${reason}`, { file, key: null }, options);
}

function notFound(cwd: string): SquizzleError<'CONFIG_NOT_FOUND'> {
  const message = `there is no ${CONFIG_FILE} in ${cwd} or any folder above; 'squizzle init' makes one, --cwd and --config lead elsewhere`;
  return new SquizzleError('CONFIG_NOT_FOUND', message, { folder: cwd });
}

const shorter = (a: string, b: string): string => (b.length < a.length ? b : a);
