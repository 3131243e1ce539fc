/**
 * What lies in a source folder: regular files only, by relative path, read under a limit.
 *
 * Symbolic links are refused: what they lead to is not part of the sources that were reviewed.
 *
 * @module
 */
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { FORMAT_LIMITS } from '../format/limits.ts';
import { collisionKey, stepPathFault } from '../format/step-path.ts';
import { compareNatural } from './natural-order.ts';

export interface ListedFile {
  /** From the folder, POSIX, NFC. */
  readonly path: string;
  /** For messages: the folder as the project writes it, and the path. */
  readonly origin: string;
  read(): Promise<Uint8Array>;
  /** Its first bytes, at most that many: enough to tell what it is, however large it is. */
  readHead(sizeBytes: number): Promise<Uint8Array>;
}

/** Files of a folder and its subfolders in natural order; dot files left out. */
export interface FolderListing {
  /** The folder as the project writes it, for messages. */
  readonly label: string;
  readonly files: readonly ListedFile[];
}

/**
 * @param folder where it is; @param label how the project writes it (`db/migrations`).
 * @returns `undefined` when there is no such folder.
 * @throws {SquizzleError} `SOURCE_INVALID` for links, special files, unsafe or colliding names; `STORE_UNUSABLE` when unreadable.
 */
export async function listFolder(folder: string, label: string): Promise<FolderListing | undefined> {
  const kind = await lstat(folder).catch((cause: unknown) =>
    isMissing(cause) ? undefined : Promise.reject(unreadable(label, cause)),
  );
  if (kind === undefined) return undefined;
  if (!kind.isDirectory()) throw refuse(label, kind.isSymbolicLink() ? 'is a symbolic link' : 'is not a folder');
  const files: ListedFile[] = [];
  await walk(folder, '', label, files);
  refuseCollisions(files);
  return { label, files: files.sort((a, b) => compareNatural(a.path, b.path)) };
}

async function walk(root: string, below: string, label: string, files: ListedFile[]): Promise<void> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((cause: unknown) =>
    Promise.reject(unreadable(label, cause)),
  );
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const raw = below === '' ? entry.name : `${below}/${entry.name}`;
    const origin = `${label}/${raw}`;
    if (entry.isDirectory()) {
      await walk(root, raw, label, files);
      continue;
    }
    if (entry.isSymbolicLink()) throw refuse(origin, 'is a symbolic link; put the file itself here');
    if (!entry.isFile()) throw refuse(origin, 'is no regular file');
    const path = raw.normalize('NFC');
    const fault = stepPathFault(path);
    if (fault !== undefined) throw refuse(origin, `its name ${fault}`);
    files.push(toListed(join(root, raw), path, origin));
  }
}

function toListed(file: string, path: string, origin: string): ListedFile {
  return {
    path,
    origin,
    read: () => withOpenFile(file, origin, (handle) => readBounded(handle, origin)),
    readHead: (sizeBytes) => withOpenFile(file, origin, (handle) => readHead(handle, sizeBytes)),
  };
}

async function withOpenFile<T>(file: string, origin: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r').catch((cause: unknown) => Promise.reject(unreadable(origin, cause)));
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

async function readBounded(handle: FileHandle, origin: string): Promise<Uint8Array> {
  const limit = FORMAT_LIMITS.fileBytes;
  const { size } = await handle.stat();
  if (size > limit)
    throw refuse(origin, `has ${size} bytes, more than the ${limit} allowed; load bulk data by other means`);
  return handle.readFile();
}

async function readHead(handle: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(sizeBytes), 0, sizeBytes, 0);
  return buffer.subarray(0, bytesRead);
}

function refuseCollisions(files: readonly ListedFile[]): void {
  const seen = new Map<string, ListedFile>();
  for (const file of files) {
    const other = seen.get(collisionKey(file.path));
    if (other !== undefined) throw refuse(file.origin, `differs from ${other.origin} only in case or Unicode form`);
    seen.set(collisionKey(file.path), file);
  }
}

/** @param line where in the file, from 1; `null` when it is about the file as a whole. */
export function refuse(path: string, reason: string, line: number | null = null): SquizzleError<'SOURCE_INVALID'> {
  const place = line === null ? path : `${path}:${line}`;
  return new SquizzleError('SOURCE_INVALID', `${place}: ${reason}`, { path, line, column: null, reason });
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

function unreadable(path: string, cause: unknown): SquizzleError<'STORE_UNUSABLE'> {
  const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
  const message = `${path} cannot be read (${systemCode ?? 'unknown fault'}); check that it exists and may be read`;
  return new SquizzleError('STORE_UNUSABLE', message, { path, systemCode }, { cause });
}
