/**
 * A file system whose refusals for want of space are `STORAGE_FULL`, wherever they come from.
 *
 * @module
 */
import { RegistryError } from '../../registry-error.ts';
import { hasCode, type FileSystem } from './file-system.ts';

/** Only the calls that may need space are watched: not the reading ones, which have to be quick. */
export function reportFullStorage(fs: FileSystem): FileSystem {
  return {
    ...fs,
    open: (path, flags, mode) => (flags === 'wx' ? watch(fs.open(path, flags, mode)) : fs.open(path, flags, mode)),
    // Some network file systems tell only now that what was written did not fit.
    close: (fd) => watch(fs.close(fd)),
    write: (fd, from, position) => watch(fs.write(fd, from, position)),
    sync: (fd) => watch(fs.sync(fd)),
    rename: (from, to) => watch(fs.rename(from, to)),
    link: (existing, path) => watch(fs.link(existing, path)),
    mkdir: (path) => watch(fs.mkdir(path)),
  };
}

async function watch<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (!hasCode(cause, 'ENOSPC', 'EDQUOT')) throw cause;
    throw new RegistryError('STORAGE_FULL', 'the storage has no room for this; free some space, then send it again', {
      cause,
    });
  }
}
