/**
 * Faults of the file system, as errors of the catalogue.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** `ENOENT`, `EACCES`, …; `null` for what the system did not say. */
export function systemCodeOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * Runs work on a path; what the system refuses is `STORE_UNUSABLE` with the reason in words.
 *
 * @param path for the message.
 */
export async function withSystemFaults<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const systemCode = systemCodeOf(cause);
    if (systemCode === null) throw cause;
    const words = WORDS[systemCode];
    const message = `${path} cannot be used (${words === undefined ? systemCode : `${systemCode}: ${words}`}); nothing was changed there`;
    throw new SquizzleError('STORE_UNUSABLE', message, { path, systemCode }, { cause });
  }
}
