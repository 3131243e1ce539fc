/**
 * A file system in memory that knows what a power failure would leave: bytes and names that were flushed for certain,
 * the others as it comes.
 *
 * Behaves as POSIX has it where the storage depends on it: an open file outlives its name, `rename` replaces, `rmdir`
 * refuses a folder that is not empty. Nothing is flushed on its own, and each name of a folder may survive or not
 * whatever becomes of the others, also the two names of a rename: worse than any real file system.
 *
 * @module
 */
import type { FileFacts, FileSystem } from '../../src/storage/filesystem/file-system.ts';

interface MemoryFile {
  readonly kind: 'file';
  readonly ino: number;
  mode: number;
  mtimeMs: number;
  nlink: number;
  bytes: Uint8Array;
  /** As of the last flush; `undefined` before the first. */
  flushed: Uint8Array | undefined;
}

interface MemoryFolder {
  readonly kind: 'folder';
  readonly ino: number;
  mtimeMs: number;
  readonly entries: Map<string, Entry>;
  flushed: Map<string, Entry>;
}

type Entry = MemoryFile | MemoryFolder;

/** Of two states that something may have after a power failure, which one it has. */
export type Survival = 'flushed' | 'latest' | (() => boolean);

export interface MemoryFileSystem extends FileSystem {
  /** How many files and folders are open. */
  openCount(): number;
  /** Paths of all files, sorted. */
  files(): readonly string[];
  readFile(path: string): Uint8Array;
  /** Changes a file as a fault of the disk would. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void;
  remove(path: string): void;
  /** Another file system in the same state, nothing open. */
  copy(): MemoryFileSystem;
  /** What is there when the power comes back. */
  afterPowerFailure(survival: Survival): MemoryFileSystem;
}

/** As Node makes them: without a stack, which costs more than all the rest here. */
export function systemError(code: string, path = ''): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'test' });
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** @param clock - milliseconds since the epoch, for the times of files. */
export function createMemoryFileSystem(clock: () => number = Date.now): MemoryFileSystem {
  return memoryFileSystem({ clock, numbers: { ino: 1 }, root: newFolder(0, clock()) });
}

interface State {
  readonly clock: () => number;
  readonly numbers: { ino: number };
  readonly root: MemoryFolder;
}

function newFolder(ino: number, mtimeMs: number): MemoryFolder {
  return { kind: 'folder', ino, mtimeMs, entries: new Map(), flushed: new Map() };
}

function memoryFileSystem(state: State): MemoryFileSystem {
  const open = new Map<number, Entry>();
  const tree = createTree(state);
  const { entryAt, spot, fileAt } = tree;
  let lastFd = 2;

  const opened = (fd: number): Entry => open.get(fd) ?? fail('EBADF', `${fd}`);
  const openedFile = (fd: number): MemoryFile => {
    const entry = opened(fd);
    return entry.kind === 'file' ? entry : fail('EISDIR', `${fd}`);
  };

  return {
    ...asynchronous({
      open(path: string, flags: string, mode = 0o666): number {
        const entry = flags === 'wx' ? tree.create(path, mode) : entryAt(path);
        if (flags === 'r+' && entry.kind === 'folder') fail('EISDIR', path);
        lastFd += 1;
        open.set(lastFd, entry);
        return lastFd;
      },
      close(fd: number): void {
        if (!open.delete(fd)) fail('EBADF', `${fd}`);
      },
      read(fd: number, into: Uint8Array, position: number): number {
        const part = openedFile(fd).bytes.subarray(position, position + into.byteLength);
        into.set(part);
        return part.byteLength;
      },
      write(fd: number, from: Uint8Array, position: number): number {
        const file = openedFile(fd);
        const bytes = new Uint8Array(Math.max(file.bytes.byteLength, position + from.byteLength));
        bytes.set(file.bytes);
        bytes.set(from, position);
        file.bytes = bytes;
        file.mtimeMs = state.clock();
        return from.byteLength;
      },
      truncate(fd: number, sizeBytes: number): void {
        const file = openedFile(fd);
        file.bytes = file.bytes.slice(0, sizeBytes);
        file.mtimeMs = state.clock();
      },
      sync(fd: number): void {
        const entry = opened(fd);
        if (entry.kind === 'file') entry.flushed = entry.bytes;
        else entry.flushed = new Map(entry.entries);
      },
      chmod(fd: number, mode: number): void {
        openedFile(fd).mode = mode;
      },
      touch(fd: number, mtimeMs: number): void {
        openedFile(fd).mtimeMs = mtimeMs;
      },
      inspect: (fd: number): FileFacts => factsOf(opened(fd)),
      stat: (path: string): FileFacts => factsOf(entryAt(path)),
      ...tree.operations,
    }),
    openCount: () => open.size,
    files: () => [...tree.walk()].sort(),
    readFile: (path) => fileAt(path).bytes,
    damage(path, change) {
      const file = fileAt(path);
      file.bytes = change(file.bytes);
    },
    remove(path) {
      const { folder, name } = spot(path);
      folder.entries.delete(name);
    },
    copy: () => memoryFileSystem({ ...state, root: copyOf(state.root, 'both') }),
    afterPowerFailure: (survival) => memoryFileSystem({ ...state, root: copyOf(state.root, survival) }),
  };
}

type TreeOperations = Pick<
  { [K in keyof FileSystem]: (...args: Parameters<FileSystem[K]>) => Awaited<ReturnType<FileSystem[K]>> },
  'rename' | 'link' | 'unlink' | 'mkdir' | 'rmdir' | 'readdir'
>;

function createTree({ clock, numbers, root }: State) {
  function entryAt(path: string): Entry {
    let entry: Entry = root;
    for (const part of partsOf(path)) {
      if (entry.kind === 'file') return fail('ENOTDIR', path);
      entry = entry.entries.get(part) ?? fail('ENOENT', path);
    }
    return entry;
  }

  function folderAt(path: string): MemoryFolder {
    const entry = entryAt(path);
    return entry.kind === 'folder' ? entry : fail('ENOTDIR', path);
  }

  function fileAt(path: string): MemoryFile {
    const entry = entryAt(path);
    return entry.kind === 'file' ? entry : fail('EISDIR', path);
  }

  function spot(path: string): { folder: MemoryFolder; name: string; entry: Entry | undefined } {
    const at = path.lastIndexOf('/');
    const [folder, name] = [folderAt(path.slice(0, at)), path.slice(at + 1)];
    return { folder, name, entry: folder.entries.get(name) };
  }

  function put(folder: MemoryFolder, name: string, entry: Entry | undefined): void {
    if (entry === undefined) folder.entries.delete(name);
    else folder.entries.set(name, entry);
    folder.mtimeMs = clock();
  }

  function freeSpot(path: string): ReturnType<typeof spot> {
    const free = spot(path);
    return free.entry === undefined ? free : fail('EEXIST', path);
  }

  function create(path: string, mode: number): MemoryFile {
    const { folder, name } = freeSpot(path);
    const ino = (numbers.ino += 1);
    const bytes = new Uint8Array();
    const file: MemoryFile = { kind: 'file', ino, mode, mtimeMs: clock(), nlink: 1, bytes, flushed: undefined };
    put(folder, name, file);
    return file;
  }

  function* walk(folder = root, prefix = ''): Generator<string> {
    for (const [name, entry] of folder.entries) {
      if (entry.kind === 'file') yield `${prefix}/${name}`;
      else yield* walk(entry, `${prefix}/${name}`);
    }
  }

  const operations: TreeOperations = {
    rename(from, to) {
      const source = spot(from);
      const target = spot(to);
      if (source.entry === undefined) fail('ENOENT', from);
      if (target.entry?.kind === 'folder') fail('EISDIR', to);
      if (target.entry?.kind === 'file') target.entry.nlink -= 1;
      put(source.folder, source.name, undefined);
      put(target.folder, target.name, source.entry);
    },
    link(existing, path) {
      const { folder, name } = freeSpot(path);
      const file = fileAt(existing);
      file.nlink += 1;
      put(folder, name, file);
    },
    unlink(path) {
      const { folder, name, entry } = spot(path);
      if (entry === undefined) return fail('ENOENT', path);
      if (entry.kind === 'folder') return fail('EISDIR', path);
      entry.nlink -= 1;
      put(folder, name, undefined);
    },
    mkdir(path) {
      const { folder, name } = freeSpot(path);
      put(folder, name, newFolder((numbers.ino += 1), clock()));
    },
    rmdir(path) {
      const { folder, name, entry } = spot(path);
      if (entry === undefined) fail('ENOENT', path);
      if (entry?.kind === 'file') fail('ENOTDIR', path);
      if (entry?.kind === 'folder' && entry.entries.size > 0) fail('ENOTEMPTY', path);
      put(folder, name, undefined);
    },
    readdir: (path) => [...folderAt(path).entries.keys()],
  };

  return { entryAt, fileAt, spot, create, walk, operations };
}

const knownParts = new Map<string, readonly string[]>();

/** Remembered, because tests look at the same few paths again and again. */
function partsOf(path: string): readonly string[] {
  const parts = knownParts.get(path) ?? path.split('/').filter(Boolean);
  knownParts.set(path, parts);
  return parts;
}

function factsOf(entry: Entry): FileFacts {
  const { ino, mtimeMs, kind } = entry;
  const [size, nlink, mode] = entry.kind === 'file' ? [entry.bytes.byteLength, entry.nlink, entry.mode] : [0, 2, 0o755];
  return { ino, mtimeMs, size, nlink, mode, isFile: () => kind === 'file', isDirectory: () => kind === 'folder' };
}

function fail(code: string, path: string): never {
  throw systemError(code, path);
}

type Synchronous = {
  [K in keyof FileSystem]: (...args: Parameters<FileSystem[K]>) => Awaited<ReturnType<FileSystem[K]>>;
};

/** Each call is one step that happens some time after it was asked for. */
function asynchronous(functions: Synchronous): FileSystem {
  const entries = Object.entries<(...args: never[]) => unknown>(functions);
  return Object.fromEntries(
    entries.map(([name, run]) => [name, async (...args: never[]) => Promise.resolve().then(() => run(...args))]),
  ) as unknown as FileSystem;
}

/** `both` keeps what is flushed and what is not apart, as they are. */
function copyOf(root: MemoryFolder, survival: Survival | 'both'): MemoryFolder {
  const copies = new Map<Entry, Entry>();
  const latest = (): boolean => (typeof survival === 'function' ? survival() : survival === 'latest');

  function copyFile(file: MemoryFile): MemoryFile {
    if (survival === 'both') return { ...file };
    const bytes = file.flushed === file.bytes || latest() ? file.bytes : tear(file, latest);
    return { ...file, bytes, flushed: bytes, nlink: 0 };
  }

  function copyFolder(folder: MemoryFolder): MemoryFolder {
    const copied = newFolder(folder.ino, folder.mtimeMs);
    copies.set(folder, copied);
    for (const name of new Set([...folder.flushed.keys(), ...folder.entries.keys()])) {
      const [before, now] = [folder.flushed.get(name), folder.entries.get(name)];
      if (survival === 'both') {
        if (now !== undefined) copied.entries.set(name, copyEntry(now));
        if (before !== undefined) copied.flushed.set(name, copyEntry(before));
        continue;
      }
      const survivor = before === now || latest() ? now : before;
      if (survivor === undefined) continue;
      const entry = copyEntry(survivor);
      if (entry.kind === 'file') entry.nlink += 1;
      copied.entries.set(name, entry);
      copied.flushed.set(name, entry);
    }
    return copied;
  }

  function copyEntry(entry: Entry): Entry {
    const known = copies.get(entry);
    if (known !== undefined) return known;
    const copied = entry.kind === 'file' ? copyFile(entry) : copyFolder(entry);
    copies.set(entry, copied);
    return copied;
  }

  return copyFolder(root);
}

/** Bytes that were never flushed: as they were, or nothing, or the right length without the content. */
function tear({ bytes, flushed }: MemoryFile, coin: () => boolean): Uint8Array {
  if (flushed !== undefined) return flushed;
  return coin() ? new Uint8Array(bytes.byteLength) : new Uint8Array();
}
