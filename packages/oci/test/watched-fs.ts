/**
 * A file system that notes every call and fails the one it is told to.
 *
 * @module
 */
import nodeFs from 'node:fs/promises';
import type { CacheFs } from '../src/cache/cache-folder.ts';
import type { LayoutFile, LayoutFs } from '../src/index.ts';

export interface WatchedFs {
  readonly fs: LayoutFs & CacheFs;
  /** `operation path`, in order; operations on an open file have its path. */
  readonly calls: readonly string[];
}

/** What Node throws when the system says no. */
export function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${syscall}`), { code, syscall, errno: -1 });
}

/** `fails` sees each call before it is made; the code it answers is thrown in place of making it. */
export function watchFs(fails: (call: string) => string | undefined = () => undefined): WatchedFs {
  const calls: string[] = [];
  const noted = async <T>(operation: string, path: string, run: () => Promise<T>): Promise<T> => {
    const call = `${operation} ${path}`;
    calls.push(call);
    const code = fails(call);
    if (code !== undefined) throw systemError(code, operation);
    return run();
  };
  const watchFile = (file: LayoutFile, path: string): LayoutFile => ({
    read: async (buffer, offset, length, position) =>
      noted('read', path, async () => file.read(buffer, offset, length, position)),
    writeFile: async (data) => noted('write', path, async () => file.writeFile(data)),
    sync: async () => noted('sync', path, async () => file.sync()),
    utimes: async (atime, mtime) => noted('utimes', path, async () => file.utimes(atime, mtime)),
    // Closed in any case: a test of a failing close must not leak the descriptor.
    close: async () => file.close().then(async () => noted('close', path, async () => undefined)),
  });
  const fs: WatchedFs['fs'] = {
    open: async (path: string, flags: string | number, mode?: number) =>
      noted(`open:${typeof flags === 'number' ? 'r' : flags}`, path, async () =>
        watchFile(await nodeFs.open(path, flags, mode), path),
      ),
    mkdir: async (path: string, options: { readonly recursive: true; readonly mode?: number }) =>
      noted('mkdir', path, async () => nodeFs.mkdir(path, options)),
    readdir: async (path) => noted('readdir', path, async () => nodeFs.readdir(path)),
    rename: async (from, to) => noted('rename', to, async () => nodeFs.rename(from, to)),
    unlink: async (path) => noted('unlink', path, async () => nodeFs.unlink(path)),
    stat: async (path) => noted('stat', path, async () => nodeFs.stat(path)),
    lstat: async (path) => noted('lstat', path, async () => nodeFs.lstat(path)),
  };
  return { fs, calls };
}
