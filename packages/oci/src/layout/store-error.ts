/**
 * Faults of the file system as `STORE_UNUSABLE`: what failed, where, and what to do about it.
 *
 * Only what a file system call threw is translated; every other error passes unchanged.
 *
 * @module
 */
import { isSquizzleError, SquizzleError } from '@squizzle/core';

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'give this user the right to read and write there, or choose another folder',
  EPERM: 'give this user the right to read and write there, or choose another folder',
  EROFS: 'the file system is mounted read-only: choose a folder that can be written',
  ENOSPC: 'the disk is full: free some space, then run it again',
  EDQUOT: 'the quota is used up: free some space, then run it again',
  ENOTDIR: 'a file stands where a folder should be: remove it, or choose another folder',
  EISDIR: 'a folder stands where a file should be: remove it, or choose another folder',
  ENOENT: 'it vanished while it was used: see who removes files there, then run it again',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine: close some programs',
  EIO: 'the disk reports a fault: check it, and the last lines of the kernel log',
};
const OTHER_ADVICE = 'see what the system code means for this folder';

/** The store cannot be used for a reason of its own: `message` says what was found and what to do. */
export function storeUnusable(path: string, message: string, options?: ErrorOptions): SquizzleError<'STORE_UNUSABLE'> {
  return new SquizzleError('STORE_UNUSABLE', `${path}: ${message}`, { path, systemCode: null }, options);
}

/** Awaits a file system call and translates its fault. */
export async function guarded<T>(path: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    const systemCode = systemCodeOf(cause);
    if (systemCode === undefined) throw cause;
    const message = `${path}: ${systemCode}: ${ADVICE[systemCode] ?? OTHER_ADVICE}`;
    throw new SquizzleError('STORE_UNUSABLE', message, { path, systemCode }, { cause });
  }
}

/** As `guarded`, and `undefined` when there is nothing at the path. */
export async function guardedIfThere<T>(path: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await guarded(path, call);
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}

/** Whether this is a translated fault with one of these codes. */
export function hasSystemCode(thrown: unknown, ...codes: readonly string[]): boolean {
  if (!isSquizzleError(thrown, 'STORE_UNUSABLE')) return false;
  const { systemCode } = thrown.details;
  return systemCode !== null && codes.includes(systemCode);
}

function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
