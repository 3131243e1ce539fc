/**
 * The few file system functions that the storage needs, so that tests can watch their order and fail any of them.
 *
 * Every function is one system call, fails with the system's own error (`code`), and leaves nothing behind when it
 * fails. Nothing here flushes on its own.
 *
 * @module
 */

/** What is known of a file or folder without opening it. Node's `Stats` is one. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, with a fraction as fine as the file system keeps it. */
  readonly mtimeMs: number;
  readonly ino: number;
  /** How many names the file has: 0 once it was removed while open. */
  readonly nlink: number;
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** `wx` creates for writing and fails with EEXIST when the name is taken. A folder is opened with `r` to be flushed. */
export type OpenFlags = 'r' | 'r+' | 'wx';

export interface FileSystem {
  open(path: string, flags: OpenFlags, mode?: number): Promise<number>;
  close(fd: number): Promise<void>;
  /** Fills `into` from the file's `position` on, as far as one call goes, and returns the count; 0 at the end. */
  read(fd: number, into: Uint8Array, position: number): Promise<number>;
  /** Writes as much of `from` at the file's `position` as one call does, and returns the count. */
  write(fd: number, from: Uint8Array, position: number): Promise<number>;
  truncate(fd: number, sizeBytes: number): Promise<void>;
  /** fsync: resolves when the file's bytes, or the folder's names, survive a power failure. */
  sync(fd: number): Promise<void>;
  chmod(fd: number, mode: number): Promise<void>;
  touch(fd: number, mtimeMs: number): Promise<void>;
  inspect(fd: number): Promise<FileFacts>;
  stat(path: string): Promise<FileFacts>;
  /** Replaces what is at `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file. Fails with EEXIST when the name is taken. */
  link(existing: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  /** Fails with ENOTEMPTY when the folder is not empty. */
  rmdir(path: string): Promise<void>;
  /** Names, in no order. */
  readdir(path: string): Promise<readonly string[]>;
}

/** Whether this is the system's refusal with one of these codes: `ENOENT`, `EEXIST` … */
export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && codes.includes(thrown.code);
}

/** What `call` resolves to, or `undefined` when there is nothing at its path. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined;
    throw thrown;
  }
}

/** Runs `work` and then closes the file, however that ended. A fault of closing counts when nothing else failed. */
export async function withFile<T>(fs: FileSystem, fd: number, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (thrown) {
    await fs.close(fd).catch(() => undefined);
    throw thrown;
  }
  await fs.close(fd);
  return result;
}

/** Writes all of `bytes`, in as many calls as it takes. */
export async function writeAll(fs: FileSystem, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const written = await fs.write(fd, bytes.subarray(done), position + done);
    if (written === 0) throw new RangeError('the file system took none of the bytes and gave no reason');
    done += written;
  }
}

/** Fills `into` as far as the file goes, in as many calls as it takes. */
export async function readFully(fs: FileSystem, fd: number, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.byteLength) {
    const count = await fs.read(fd, into.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
