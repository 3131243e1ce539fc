/**
 * Files that are small by nature, read in as few system calls as can be.
 *
 * A line file holds one line and its newline: the newline shows that nothing is missing at the end.
 *
 * @module
 */
import { ifThere, readFully, withFile, type FileSystem } from './file-system.ts';
import { damaged } from './storage-error.ts';

const NEWLINE = 0x0a;

export function lineFile(line: string): Uint8Array {
  return Buffer.from(`${line}\n`);
}

/** The line in the file, or `undefined` when there is no file. One without an end, or longer than `maxBytes`, is damaged. */
export async function readLine(fs: FileSystem, path: string, maxBytes: number): Promise<string | undefined> {
  const fd = await ifThere(fs.open(path, 'r'));
  if (fd === undefined) return undefined;
  return withFile(fs, fd, async () => {
    const buffer = Buffer.allocUnsafe(maxBytes);
    let count = 0;
    while (count === 0 || buffer[count - 1] !== NEWLINE) {
      const read = await fs.read(fd, buffer.subarray(count), count);
      if (read === 0) throw damaged(path, `expected a line of at most ${maxBytes} bytes, found no end of it`);
      count += read;
    }
    return buffer.toString('utf8', 0, count - 1);
  });
}

/** All bytes of the file, in a buffer of its own, or `undefined` when there is none. */
export async function readBytes(fs: FileSystem, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const fd = await ifThere(fs.open(path, 'r'));
  if (fd === undefined) return undefined;
  return withFile(fs, fd, async () => {
    const { size } = await fs.inspect(fd);
    if (size > maxBytes) throw damaged(path, `expected at most ${maxBytes} bytes, found ${size}`);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, await readFully(fs, fd, bytes, 0));
  });
}
