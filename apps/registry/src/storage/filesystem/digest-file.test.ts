import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { createMemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import { digestFile } from './digest-file.ts';
import { createSemaphore } from './semaphore.ts';

const bytes = Buffer.alloc(200_000, 'content');

async function openFile() {
  const disk = createMemoryFileSystem();
  const fd = await disk.open('/file', 'wx');
  await disk.write(fd, bytes, 0);
  return { disk, fd };
}

describe('digestFile', () => {
  it.each(['sha256', 'sha512'] as const)('hashes all of the file with %s', async (algorithm) => {
    const { disk, fd } = await openFile();
    expect(await digestFile(disk, fd, algorithm, createSemaphore(1), () => undefined)).toBe(digestOf(bytes, algorithm));
  });

  it('stops between two pieces when there is no time left', async () => {
    const { disk, fd } = await openFile();
    let pieces = 0;
    const outOfTime = new RangeError('closing');
    const requireTime = (): void => {
      if (++pieces > 2) throw outOfTime;
    };
    await expect(digestFile(disk, fd, 'sha256', createSemaphore(1), requireTime)).rejects.toBe(outOfTime);
    expect(pieces).toBe(3);
  });
});
