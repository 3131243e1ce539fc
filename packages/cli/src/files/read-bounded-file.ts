/**
 * Files that a command is told to read, whole and no larger than they may be.
 *
 * Nothing here waits for somebody who may never come: a named pipe without a writer would hold the program for ever, and no
 * signal ends such a wait. So only files are read, and the pipes that a shell makes of `<(…)` and hands over as
 * `/dev/fd/63`; these are asked again and again, until they end or a signal comes.
 *
 * @module
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { SquizzleError, type CallOptions } from '@squizzle/core';
import { systemCodeOf } from './system-fault.ts';

export interface BoundedFile extends CallOptions {
  /** How messages name it: the option and what was given with it. */
  readonly label: string;
  readonly limitBytes: number;
}

/** @throws {SquizzleError} `USAGE_INVALID` for a file that is not there, cannot be read, or is too large. */
export async function readBoundedFile(path: string, { label, limitBytes, signal }: BoundedFile): Promise<Uint8Array> {
  try {
    const bytes = await readUpTo(path, limitBytes + 1, { signal });
    if (bytes.byteLength <= limitBytes) return bytes;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === null) throw cause;
    throw refuse(label, REASONS[code] ?? `it cannot be read (${code})`, { cause });
  }
  throw refuse(label, `it has more than the ${limitBytes} bytes that are allowed`);
}

/** What BSD calls a file of the wrong kind; Linux has no name for it. */
const WRONG_KIND = 'EFTYPE';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  [WRONG_KIND]: 'it is a pipe or a device, and no file',
};

/**
 * The beginning of a file: also of one whose size says nothing, as that of a pipe.
 *
 * @throws what the file system says; with `EFTYPE` what is neither a file nor a shell's pipe. The signal's reason.
 */
export async function readUpTo(path: string, bytes: number, { signal }: CallOptions = {}): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await requireFile(file, path);
    const buffer = Buffer.alloc(bytes);
    let size = 0;
    for (let read = -1; read !== 0 && size < bytes; size += read) {
      read = await readSome(file, buffer.subarray(size), signal);
    }
    return new Uint8Array(buffer.subarray(0, size));
  } finally {
    await file.close();
  }
}

const SHELL_PIPE = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/(?:self|\d+)\/fd\/\d+)$/;

async function requireFile(file: FileHandle, path: string): Promise<void> {
  const found = await file.stat();
  // a folder says so itself when it is read
  if (found.isFile() || found.isDirectory() || (found.isFIFO() && SHELL_PIPE.test(path))) return;
  throw Object.assign(new Error(`${WRONG_KIND}: no file`), { code: WRONG_KIND, syscall: 'open' });
}

const PIPE_POLL_MS = 20;

async function readSome(file: FileHandle, into: Uint8Array, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return (await file.read(into)).bytesRead;
    } catch (cause) {
      if (systemCodeOf(cause) !== 'EAGAIN') throw cause;
    }
    await setTimeout(PIPE_POLL_MS);
  }
}

function refuse(label: string, reason: string, options: ErrorOptions = {}): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', `${label}: ${reason}`, { argument: label }, options);
}
