import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { refuserOf } from './archive-error.ts';
import { readTarEntries } from './tar-entries.ts';
import { createStreamInput } from './tar-input.ts';
import { tarEnd, tarFile, tarFolder } from './tar-writer.ts';

const long = `blobs/sha512/${'f'.repeat(128)}`;

async function* archive(): AsyncGenerator<Uint8Array> {
  yield tarFolder('blobs/');
  yield* tarFile('empty', 0, []);
  yield* tarFile('block', 512, [new Uint8Array(512).fill(0x61)]);
  yield* tarFile(long, 3, [Uint8Array.of(0x61), Uint8Array.of(0x62, 0x63)]);
  yield tarEnd();
}

describe('a tar that we write', () => {
  it('is what another reader reads, long names too', async () => {
    const reader = extract();
    const found: string[] = [];
    reader.on('entry', ({ name, type, size, uid, mtime }, content, next) => {
      found.push(`${type} ${name} ${size} ${uid} ${mtime?.getTime()}`);
      content.on('end', () => next(null));
      content.resume();
    });
    await pipeline(archive(), reader);
    expect(found).toEqual(['directory blobs/ 0 0 0', 'file empty 0 0 0', 'file block 512 0 0', `file ${long} 3 0 0`]);
  });

  it.each([
    { size: 8 * 1024 ** 3 - 1, why: 'the largest that eleven octal digits hold' },
    { size: 8 * 1024 ** 3, why: 'one more' },
    { size: 5 * 1024 ** 4, why: 'much more' },
  ])('says the size of a file of $size bytes: $why', async ({ size }) => {
    const input = createStreamInput(tarFile('large', size, []));
    const options = { refuse: refuserOf('test.tar'), maxEntries: 9, maxBytes: Number.MAX_SAFE_INTEGER };
    const entries = readTarEntries(input, options);
    expect((await entries.next()).value).toMatchObject({ path: 'large', size });
    await expect(entries.next()).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', details: { entry: 'large' } });
  });
});
