import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { describeContent } from './descriptor.ts';
import { isReiterable, isVerifiedAs, verifiedContent } from './verified-content.ts';
import type { Bytes } from './verify-content.ts';

const bytes = Uint8Array.of(1, 2, 3);
const expected = describeContent('application/octet-stream', bytes);
const other = describeContent('application/octet-stream', Uint8Array.of(4));

async function read(content: Bytes): Promise<number> {
  let size = 0;
  for await (const chunk of content) size += chunk.byteLength;
  return size;
}

async function* once(): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('verifiedContent', () => {
  it('opens the content anew for every iteration', async () => {
    let opened = 0;
    const content = verifiedContent(() => {
      opened += 1;
      return once();
    }, expected);
    expect(opened).toBe(0);
    expect([await read(content), await read(content)]).toEqual([3, 3]);
    expect(opened).toBe(2);
  });

  it('never ends well with other bytes', async () => {
    await expect(read(verifiedContent(() => [Uint8Array.of(1, 2, 4)], expected))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('tells of each iteration that ended well, and of no other', async () => {
    let told = 0;
    const tell = (): void => void (told += 1);
    const content = verifiedContent(once, expected, tell);
    expect([await read(content), await read(content), told]).toEqual([3, 3, 2]);
    for await (const chunk of content) {
      expect(chunk).toHaveLength(3);
      break;
    }
    await expect(read(verifiedContent(once, other, tell))).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expect(told).toBe(2);
  });

  it('is known as what it was made for, and nothing else is', () => {
    const content = verifiedContent(once, expected);
    expect(isVerifiedAs(content, expected)).toBe(true);
    expect(isVerifiedAs(content, other)).toBe(false);
    expect(isVerifiedAs([bytes], expected)).toBe(false);
    expect(isVerifiedAs({ ...content }, expected)).toBe(false);
  });
});

describe('isReiterable', () => {
  it.each<{ what: string; content: Bytes; reiterable: boolean }>([
    { what: 'an array', content: [bytes], reiterable: true },
    { what: 'verified content', content: verifiedContent(once, expected), reiterable: true },
    { what: 'an object that makes iterators', content: { [Symbol.asyncIterator]: once }, reiterable: true },
    { what: 'a generator', content: once(), reiterable: false },
    { what: 'an iterator of an array', content: [bytes].values(), reiterable: false },
    { what: 'a stream', content: Readable.from([bytes]), reiterable: false },
  ])('$what: $reiterable', ({ content, reiterable }) => {
    expect(isReiterable(content)).toBe(reiterable);
  });
});
