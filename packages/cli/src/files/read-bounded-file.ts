/**
 * Files that a command is told to read, whole and no larger than they may be.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import { SquizzleError } from '@squizzle/core';
import { systemCodeOf } from './system-fault.ts';

export interface BoundedFile {
  /** How messages name it: the option and what was given with it. */
  readonly label: string;
  readonly limitBytes: number;
}

/** @throws {SquizzleError} `USAGE_INVALID` for a file that is not there, cannot be read, or is too large. */
export async function readBoundedFile(path: string, { label, limitBytes }: BoundedFile): Promise<Uint8Array> {
  try {
    const bytes = await readUpTo(path, limitBytes + 1);
    if (bytes.byteLength <= limitBytes) return bytes;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === null) throw cause;
    throw refuse(label, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`, { cause });
  }
  throw refuse(label, `it has more than the ${limitBytes} bytes that are allowed`);
}

/**
 * The beginning of a file: also of one whose size says nothing, as that of a pipe, and that has no end.
 *
 * @throws what the file system says.
 */
export async function readUpTo(path: string, bytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    let size = 0;
    for (let read = -1; read !== 0 && size < bytes; size += read) {
      ({ bytesRead: read } = await file.read(buffer, size, bytes - size));
    }
    return new Uint8Array(buffer.subarray(0, size));
  } finally {
    await file.close();
  }
}

function refuse(label: string, reason: string, options: ErrorOptions = {}): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', `${label}: ${reason}`, { argument: label }, options);
}
