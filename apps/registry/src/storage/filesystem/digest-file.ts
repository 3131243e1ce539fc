/**
 * The digest of a file that was not hashed while it was written.
 *
 * @module
 */
import { createDigester, type Digest, type DigestAlgorithm } from '@squizzle/oci-spec';
import type { FileSystem } from './file-system.ts';
import type { Semaphore } from './semaphore.ts';

/** One buffer for each file that is read, and a quarter of a millisecond's hashing in one turn of the event loop. */
const BUFFER_BYTES = 64 * 1024;

export async function digestFile(
  fs: FileSystem,
  fd: number,
  algorithm: DigestAlgorithm,
  permits: Semaphore,
  /** Throws when there is no time left for it. */
  requireTime: () => void,
): Promise<Digest> {
  const digester = createDigester(algorithm);
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let position = 0; ;) {
    requireTime();
    const count = await permits.run(async () => {
      const read = await fs.read(fd, buffer, position);
      digester.update(buffer.subarray(0, read));
      return read;
    });
    if (count === 0) return digester.digest();
    position += count;
  }
}
