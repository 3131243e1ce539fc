/**
 * Why a folder cannot become an image: `CONTEXT_INVALID`, naming the path and what to do about it.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read; give this user the right to read it, or name it in .dockerignore',
  EPERM: 'cannot be read; give this user the right to read it, or name it in .dockerignore',
  ENOENT: 'vanished while the image was built; build again when nobody changes the folder',
  ELOOP: 'became a link while the image was built; build again when nobody changes the folder',
  ENOTDIR: 'is no folder any more; build again when nobody changes the folder',
  EMFILE: 'cannot be opened, too many files are open; raise the limit (ulimit -n)',
  EIO: 'cannot be read, the disk reports a fault; check it, and the last lines of the kernel log',
};

/** @param path below the context with `/`, or the context itself. `reason` follows it in the message. */
export function contextInvalid(path: string, reason: string, options?: ErrorOptions): SquizzleError<'CONTEXT_INVALID'> {
  return new SquizzleError('CONTEXT_INVALID', `${path} ${reason}`, { path, reason }, options);
}

/** Awaits a call of the file system and says which path of the context it failed at. */
export async function readingContext<T>(path: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === undefined) throw cause;
    throw contextInvalid(path, ADVICE[code] ?? `cannot be read: ${code}`, { cause });
  }
}

export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
