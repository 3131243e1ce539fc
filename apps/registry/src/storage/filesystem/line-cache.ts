/**
 * Line files that are read again and again: one system call tells whether what was read before still holds.
 *
 * Files are replaced and never written to, so another content is another file: another number, or at least another
 * time. A number is used again once its file is gone, and a clock has ticks of milliseconds; so a file is remembered
 * only when it was old enough at that time for any later one to have another time. That way it also holds when another
 * process replaces it.
 *
 * @module
 */
import { createBoundedCache } from './bounded-cache.ts';
import { ifThere, type FileFacts, type FileSystem } from './file-system.ts';
import { readLine } from './small-files.ts';

export interface LineCache<T extends object> {
  /** `undefined` when there is no file. Throws what `parse` throws. */
  read(path: string): Promise<T | undefined>;
  forget(path: string): void;
  forgetAll(): void;
}

export interface LineCacheOptions<T extends object> {
  /** Longest line with its end. */
  readonly maxBytes: number;
  /** Most files remembered. */
  readonly room: number;
  readonly parse: (path: string, line: string) => T;
  /** Milliseconds since the epoch, as the file system counts them. */
  readonly now: () => number;
}

/** Far more than a tick of any file system's clock, and than what the clocks of its users may differ by. */
const SETTLED_MS = 2_000;

export function createLineCache<T extends object>(fs: FileSystem, options: LineCacheOptions<T>): LineCache<T> {
  const { maxBytes, room, parse, now } = options;
  const cache = createBoundedCache<{ readonly facts: FileFacts; readonly value: T }>({ room, weigh: () => 1 });
  return {
    async read(path) {
      const facts = await ifThere(fs.stat(path));
      if (facts === undefined) return undefined;
      const known = cache.get(path);
      if (known !== undefined && isSameFile(known.facts, facts)) return known.value;
      const line = await readLine(fs, path, maxBytes);
      if (line === undefined) return undefined;
      const value = parse(path, line);
      if (now() - facts.mtimeMs > SETTLED_MS) cache.set(path, { facts, value });
      return value;
    },
    forget: cache.delete,
    forgetAll: cache.clear,
  };
}

function isSameFile(a: FileFacts, b: FileFacts): boolean {
  return a.ino === b.ino && a.mtimeMs === b.mtimeMs && a.size === b.size;
}
