/**
 * The file system of this machine, through Node's callback functions: those of `node:fs/promises` wrap each open file
 * in an object, at several times the price.
 *
 * @module
 */
import nodeFs from 'node:fs';
import type { FileSystem } from './file-system.ts';

/** What Node calls when a function has ended; functions that result in nothing leave `value` out. */
type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

function promise<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value as T);
    });
  });
}

export const NODE_FILE_SYSTEM: FileSystem = {
  open: (path, flags, mode) => promise((done) => nodeFs.open(path, flags, mode, done)),
  close: (fd) => promise((done) => nodeFs.close(fd, done)),
  read: (fd, into, position) => promise((done) => nodeFs.read(fd, into, 0, into.byteLength, position, done)),
  write: (fd, from, position) => promise((done) => nodeFs.write(fd, from, 0, from.byteLength, position, done)),
  truncate: (fd, sizeBytes) => promise((done) => nodeFs.ftruncate(fd, sizeBytes, done)),
  sync: (fd) => promise((done) => nodeFs.fsync(fd, done)),
  chmod: (fd, mode) => promise((done) => nodeFs.fchmod(fd, mode, done)),
  touch: (fd, mtimeMs) => promise((done) => nodeFs.futimes(fd, mtimeMs / 1000, mtimeMs / 1000, done)),
  inspect: (fd) => promise((done) => nodeFs.fstat(fd, done)),
  stat: (path) => promise((done) => nodeFs.stat(path, done)),
  rename: (from, to) => promise((done) => nodeFs.rename(from, to, done)),
  link: (existing, path) => promise((done) => nodeFs.link(existing, path, done)),
  unlink: (path) => promise((done) => nodeFs.unlink(path, done)),
  mkdir: (path) => promise((done) => nodeFs.mkdir(path, done)),
  rmdir: (path) => promise((done) => nodeFs.rmdir(path, done)),
  readdir: (path) => promise((done) => nodeFs.readdir(path, done)),
};
