import type { ContentSource } from '@squizzle/core';
import { sampleBlob } from '@squizzle/core/testing';
import type { Bytes, Descriptor } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { LayoutContent } from '../storage/layout-tar.ts';
import { withFetchedAhead } from './fetch-ahead.ts';

const MIB = 1024 * 1024;
const reason = new RangeError('stopped by the test');
const blobs = [1, 2, 3, 4, 5, 6].map((seed) => sampleBlob(100, seed).descriptor);
const later = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The same one again and again. */
function* mebibytes(count: number): Generator<Uint8Array> {
  const bytes = new Uint8Array(MIB);
  for (let given = 0; given < count; given += 1) yield bytes;
}

/** Counts what is begun, pulled and ended. Ends for the signal's reason, as stores do. */
function watch(content: (at: number) => Bytes) {
  const seen = { begun: 0, running: 0, most: 0, pulled: blobs.map(() => 0) };
  const fetch: ContentSource['fetch'] = (descriptor, { signal } = {}) => {
    const at = blobs.indexOf(descriptor);
    return (async function* () {
      seen.begun += 1;
      seen.running += 1;
      seen.most = Math.max(seen.most, seen.running);
      try {
        await later();
        for await (const chunk of content(at)) {
          signal?.throwIfAborted();
          seen.pulled[at] = (seen.pulled[at] ?? 0) + chunk.byteLength;
          yield chunk;
        }
        signal?.throwIfAborted();
      } finally {
        seen.running -= 1;
      }
    })();
  };
  return { seen, source: { fetch } };
}

const takeAll = (taken: Uint8Array[]) => async (contents: readonly LayoutContent[]) => {
  for (const { open } of contents) for await (const chunk of open()) taken.push(chunk);
};

describe('withFetchedAhead', () => {
  it('gives contents in their order, and fetches four at once', async () => {
    const { seen, source } = watch((at) => [Uint8Array.of(at), Uint8Array.of(at, at)]);
    const [taken, told]: [Uint8Array[], Descriptor[]] = [[], []];
    const options = { signal: undefined, onTaken: (each: Descriptor) => void told.push(each) };
    await withFetchedAhead(blobs, source, options, takeAll(taken));
    expect(Buffer.concat(taken).toJSON().data).toEqual([0, 1, 2, 3, 4, 5].flatMap((at) => [at, at, at]));
    expect(told).toEqual(blobs);
    expect(seen).toMatchObject({ begun: 6, running: 0, most: 4 });
  });

  it('holds a little of what is not wanted yet', async () => {
    const { seen, source } = watch(() => mebibytes(20));
    await withFetchedAhead(blobs, source, { signal: undefined, onTaken: () => undefined }, async ([first]) => {
      let taken = 0;
      for await (const chunk of first?.open() ?? []) {
        taken += chunk.byteLength;
        await later();
        expect(seen.pulled[0]).toBeLessThanOrEqual(taken + 5 * MIB);
      }
      expect(taken).toBe(20 * MIB);
    });
    expect(seen.pulled.slice(1, 4)).toEqual([4 * MIB, 4 * MIB, 4 * MIB]);
    expect(seen.running).toBe(0);
  });

  it('ends with the error of what fails ahead of its turn', async () => {
    const error = new TypeError('the third is broken');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1);
      throw error;
    }
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let turn = 0; turn < 1000; turn += 1) {
        await later();
        yield Uint8Array.of(1);
      }
    }
    const { seen, source } = watch((at) => (at === 2 ? broken() : slow()));
    const taking = withFetchedAhead(blobs, source, { signal: undefined, onTaken: () => undefined }, takeAll([]));
    await expect(taking).rejects.toBe(error);
    expect(seen.running).toBe(0);
    expect(seen.pulled[0]).toBeLessThan(1000);
  });

  it('leaves nothing running when it is aborted, or when who takes gives up', async () => {
    const controller = new AbortController();
    const endless = () => watch(() => mebibytes(Infinity));
    const aborted = endless();
    const options = { signal: controller.signal, onTaken: () => undefined };
    const taking = withFetchedAhead(blobs, aborted.source, options, async (contents) => {
      for await (const chunk of contents[0]?.open() ?? []) if (chunk.byteLength > 0) controller.abort(reason);
    });
    await expect(taking).rejects.toBe(reason);
    expect(aborted.seen.running).toBe(0);
    const left = endless();
    const leaving = withFetchedAhead(blobs, left.source, { ...options, signal: undefined }, async ([first]) => {
      for await (const chunk of first?.open() ?? []) if (chunk.byteLength > 0) throw reason;
    });
    await expect(leaving).rejects.toBe(reason);
    expect(left.seen.running).toBe(0);
  });
});
