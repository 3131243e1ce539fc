/**
 * An open blob: reads at positions, from a file that deleting or replacing the blob does not disturb.
 *
 * A file's number is used again as soon as it is closed. So the file is closed when the last read under way has ended,
 * and no read begins after that: it might get the bytes of another blob.
 *
 * @module
 */
import type { BlobReader } from '../contracts.ts';
import { ifThere, readFully, type FileSystem } from './file-system.ts';
import { damaged } from './storage-error.ts';

/** `undefined` when there is no file at the path. */
export async function openBlob(fs: FileSystem, path: string): Promise<BlobReader | undefined> {
  const fd = await ifThere(fs.open(path, 'r'));
  if (fd === undefined) return undefined;
  try {
    const facts = await fs.inspect(fd);
    if (!facts.isFile()) throw damaged(path, 'expected a file, found something else');
    return createBlobReader(fs, { fd, path, sizeBytes: facts.size });
  } catch (thrown) {
    await fs.close(fd).catch(() => undefined);
    throw thrown;
  }
}

interface OpenFile {
  readonly fd: number;
  readonly path: string;
  readonly sizeBytes: number;
}

function createBlobReader(fs: FileSystem, { fd, path, sizeBytes }: OpenFile): BlobReader {
  let reads = 0;
  let closed: Promise<void> | undefined;
  let whenIdle: (() => void) | undefined;

  async function closeWhenIdle(): Promise<void> {
    if (reads > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
    await fs.close(fd);
  }

  return {
    sizeBytes,
    async read(into, position) {
      if (closed !== undefined) throw new TypeError('a blob was read after it was closed');
      const wanted = into.subarray(0, Math.max(0, Math.min(into.byteLength, sizeBytes - position)));
      reads += 1;
      try {
        const count = await readFully(fs, fd, wanted, position);
        if (count < wanted.byteLength) throw damaged(path, `expected ${sizeBytes} bytes, found ${position + count}`);
        return count;
      } finally {
        reads -= 1;
        if (reads === 0) whenIdle?.();
      }
    },
    async close() {
      closed ??= closeWhenIdle();
      await closed;
    },
  };
}
