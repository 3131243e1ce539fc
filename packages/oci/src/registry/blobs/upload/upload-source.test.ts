import type { ContentId } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, failingAfter, inChunks, LARGE_BLOB, SMALL_BLOB } from '../../../../test/push-content.ts';
import { scriptTransfer } from '../../../../test/scripted-transfer.ts';
import type { HttpBody } from '../../../http/http.ts';
import { openUploadSource } from './upload-source.ts';

const { bytes, descriptor } = LARGE_BLOB;
const size = { mostBytes: 100_000, leastBytes: 0 };

function open(
  content: Parameters<typeof openUploadSource>[0],
  expected: ContentId = descriptor,
  { access } = scriptTransfer(() => ({ status: 200 }), { chunkBytes: CHUNK_BYTES }),
) {
  const reached: number[] = [];
  const progress = { reach: (doneBytes: number) => void reached.push(doneBytes), finish: () => undefined };
  const source = openUploadSource(content, expected, { access, signal: undefined, progress });
  return { source, reached };
}

/** Content that can be read again, and how often that was begun and ended. */
function counted(content: () => AsyncIterable<Uint8Array> = () => inChunks(bytes)) {
  const state = { begun: 0, ended: 0 };
  async function* read(): AsyncGenerator<Uint8Array> {
    state.begun += 1;
    try {
      yield* content();
    } finally {
      state.ended += 1;
    }
  }
  return { state, content: { [Symbol.asyncIterator]: read } };
}

async function readAll({ open: openBody }: HttpBody, mostBytes = Infinity): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of openBody()) {
    chunks.push(chunk);
    count += chunk.byteLength;
    if (count >= mostBytes) break;
  }
  return Buffer.concat(chunks);
}

describe('content that can be read again', () => {
  it('is read once for all its parts, and closed in the end', async () => {
    const { state, content } = counted();
    const source = await open(content).source;
    for (let at = 0; at < bytes.byteLength; at += 100_000) {
      const part = await source.part(at, size);
      expect((await readAll(part)).equals(bytes.subarray(at, at + part.sizeBytes))).toBe(true);
    }
    expect(source.givenBytes()).toBe(bytes.byteLength);
    expect(state.begun).toBe(1);
    await source.close();
    expect(state.ended).toBe(1);
  });

  it('is read again where a part broke off, from where it is wanted', async () => {
    const { state, content } = counted();
    const source = await open(content).source;
    await readAll(await source.part(0, size), 10);
    const again = await source.part(1_234, size);
    expect((await readAll(again)).equals(bytes.subarray(1_234, 101_234))).toBe(true);
    expect((await readAll(again)).equals(bytes.subarray(1_234, 101_234))).toBe(true);
    expect(state.begun).toBe(3);
    await source.close();
    expect(state.ended).toBe(3);
  });

  it('is left alone by a part that was given up while it waited', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let first = true;
    const { content } = counted(async function* () {
      if (first) {
        first = false;
        yield bytes.subarray(0, 50_000);
        await gate;
      } else yield* inChunks(bytes);
    });
    const source = await open(content).source;
    const slow = (await source.part(0, size)).open() as AsyncGenerator<Uint8Array>;
    const waiting = slow.next();
    const part = await readAll(await source.part(0, size));
    release();
    await expect(waiting).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expect(part.equals(bytes.subarray(0, 100_000))).toBe(true);
    expect(source.failure()).toBeUndefined();
  });

  it('keeps its last bytes until all is proven', async () => {
    const wrong = Buffer.concat([bytes.subarray(0, -1), Buffer.of(0)]);
    const { content } = counted(() => inChunks(wrong));
    const source = await open(content).source;
    const given: Uint8Array[] = [];
    const body = await source.part(0, { ...size, mostBytes: Infinity });
    const reading = (async () => {
      for await (const chunk of body.open()) given.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(Buffer.concat(given).byteLength).toBeLessThan(bytes.byteLength);
    expect(source.failure()?.thrown).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });
});

describe('content that can be read once', () => {
  it('gives its parts again until the next is asked for', async () => {
    const source = await open(inChunks(bytes)).source;
    const first = await source.part(0, size);
    expect((await readAll(first)).equals(await readAll(first))).toBe(true);
    expect((await readAll(await source.part(99_999, size))).equals(bytes.subarray(99_999, 100_000))).toBe(true);
    expect(source.firstByte()).toBe(0);
    expect((await readAll(await source.part(100_000, size))).equals(bytes.subarray(100_000, 200_000))).toBe(true);
    expect(source.firstByte()).toBe(100_000);
    await source.close();
  });

  it('holds no more of it than is good, unless the registry must have more', async () => {
    const mib = 1024 * 1024;
    const size40 = { digest: descriptor.digest, size: 40 * mib };
    const endless = async function* () {
      for (;;) yield new Uint8Array(mib);
    };
    const part = async (mostBytes: number, leastBytes: number) =>
      (await (await open(endless(), size40).source).part(0, { mostBytes, leastBytes })).sizeBytes;
    expect(await part(16 * mib, 5 * mib)).toBe(8 * mib);
    expect(await part(16 * mib, 12 * mib)).toBe(12 * mib);
    expect(await part(4 * mib, 0)).toBe(4 * mib);
  });

  const mib = 1024 * 1024;
  const endless = async function* () {
    for (;;) yield new Uint8Array(mib);
  };
  const scripted = (heldBytes: number) =>
    scriptTransfer(() => ({ status: 200 }), { chunkBytes: CHUNK_BYTES, heldBytes });

  it('waits for room where others hold theirs, and has it when they have done', async () => {
    const together = scripted(20 * mib);
    const expected = { digest: descriptor.digest, size: 40 * mib };
    const whole = { mostBytes: 8 * mib, leastBytes: 0 };
    const sources = await Promise.all([1, 2, 3].map(async () => open(endless(), expected, together).source));
    let arrived = 0;
    const parts = sources.map(async (source) => {
      await source.part(0, whole);
      arrived += 1;
    });
    await Promise.all(parts.slice(0, 2));
    await sources[0]?.part(8 * mib, whole);
    expect(arrived).toBe(2);
    await sources[0]?.close();
    await Promise.all(parts);
    expect(arrived).toBe(3);
  });

  it('is UNSUPPORTED where the registry must have more than can be held', async () => {
    const expected = { digest: descriptor.digest, size: 40 * mib };
    const { source } = open(endless(), expected, scripted(20 * mib));
    const asked = (await source).part(0, { mostBytes: 40 * mib, leastBytes: 30 * mib });
    await expect(asked).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const small = open(inChunks(bytes), descriptor, scripted(20 * mib));
    const all = await (await small.source).part(0, { mostBytes: 40 * mib, leastBytes: 30 * mib });
    expect(all.sizeBytes).toBe(bytes.byteLength);
  });

  it('gives nothing any more of a part that is over', async () => {
    const { source } = open(inChunks(bytes));
    const opened = await source;
    const first = await opened.part(0, size);
    await opened.part(100_000, size);
    await expect(readAll(first)).rejects.toThrow(RangeError);
    const second = await opened.part(100_000, size);
    await opened.close();
    await expect(readAll(second)).rejects.toThrow(RangeError);
  });
});

describe('small content', () => {
  it.each([
    { spoiled: SMALL_BLOB.bytes.subarray(1), code: 'SIZE_MISMATCH' },
    { spoiled: Buffer.alloc(1_000), code: 'DIGEST_MISMATCH' },
  ])('is refused before anything is sent, with $code', async ({ spoiled, code }) => {
    await expect(open([spoiled], SMALL_BLOB.descriptor).source).rejects.toMatchObject({ code });
  });

  it('is held, and given as often as need be', async () => {
    const source = await open(inChunks(SMALL_BLOB.bytes), SMALL_BLOB.descriptor).source;
    const part = await source.part(0, size);
    expect(await readAll(part)).toEqual(SMALL_BLOB.bytes);
    expect(await readAll(part)).toEqual(SMALL_BLOB.bytes);
  });
});

describe('every source', () => {
  it('tells how far each try has come', async () => {
    for (const content of [counted().content, inChunks(bytes)]) {
      const { source, reached } = open(content);
      const opened = await source;
      await readAll(await opened.part(0, size));
      expect(reached[0]).toBe(0);
      expect(reached.at(-1)).toBe(100_000);
      await opened.close();
    }
  });

  it('keeps what the content threw', async () => {
    const error = new TypeError('the source broke');
    const broken = () => failingAfter(bytes.subarray(0, 80_000), error);
    for (const content of [counted(broken).content, broken()]) {
      const source = await open(content).source;
      const reading = (async () => readAll(await source.part(0, size)))();
      await expect(reading).rejects.toBe(error);
      expect(source.failure()?.thrown).toBe(error);
    }
  });
});
