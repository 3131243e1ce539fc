import {
  canonicalJsonBytes,
  describeContent,
  EMPTY_DESCRIPTOR,
  isManifestMediaType,
  MEDIA_TYPES,
  type Descriptor,
} from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { ContentStore } from '../contracts/content-store.ts';
import { fetchAll, pushImage, sampleBlob, sampleImage, sampleIndex, tagsOf } from '../testing/content-samples.ts';
import { createMemoryContentStore } from '../testing/memory-content-store.ts';
import { copyContent } from './copy-content.ts';

const [one, two, three] = [sampleBlob(1000, 1), sampleBlob(200_000, 2), sampleBlob(0, 3)];

async function pushIndex(store: ContentStore, manifests: readonly Descriptor[]): Promise<Descriptor> {
  const { descriptor, bytes } = sampleIndex(manifests);
  await store.push(descriptor, [bytes]);
  return descriptor;
}

/** The store, with what was pushed to it in order, and the most pushes that ran at once. */
function watchPushes(store: ContentStore) {
  const pushed: Descriptor[] = [];
  const running = { now: 0, most: 0 };
  const watched: ContentStore = {
    ...store,
    async push(descriptor, content, options) {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      await store.push(descriptor, content, options).finally(() => (running.now -= 1));
      pushed.push(descriptor);
    },
  };
  return { watched, pushed, running };
}

describe('copyContent', () => {
  it('copies an image with everything it names, and sets no tag', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one, two, three]);
    await copyContent(image, from, to);
    expect(await to.resolve(image.digest)).toMatchObject({ digest: image.digest });
    for (const { descriptor, bytes } of [one, two, three]) expect(await fetchAll(to, descriptor)).toEqual(bytes);
    expect(await to.has(EMPTY_DESCRIPTOR)).toBe(true);
    expect(await tagsOf(to)).toEqual([]);
  });

  it('copies an index of indexes, every manifest after what it names, so that what arrived is whole', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const [a, b] = [await pushImage(from, 'a', [one, two]), await pushImage(from, 'b', [two, three])];
    const inner = await pushIndex(from, [a, b]);
    const outer = await pushIndex(from, [inner, a]);
    const { watched, pushed } = watchPushes(to);
    await copyContent(outer, from, watched);
    const order = pushed.map(({ digest }) => digest);
    expect(new Set(order).size).toBe(order.length);
    expect(order.slice(-2)).toEqual([inner.digest, outer.digest]);
    expect(order.indexOf(a.digest)).toBeGreaterThan(order.indexOf(two.descriptor.digest));
    expect(order.indexOf(b.digest)).toBeGreaterThan(order.indexOf(three.descriptor.digest));
  });

  it('asks for nothing below a manifest that a store of whole manifests has', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one, two]);
    await copyContent(image, from, to);
    const asked: string[] = [];
    const whole: ContentStore = {
      ...to,
      wholeManifests: true,
      has: async (descriptor, options) => {
        asked.push(descriptor.digest);
        return to.has(descriptor, options);
      },
    };
    const told: string[] = [];
    await copyContent(image, from, whole, { onBlob: ({ digest }, outcome) => told.push(`${digest} ${outcome}`) });
    expect(asked).toEqual([image.digest]);
    expect(told).toEqual([`${image.digest} present`]);
  });

  it('does not ask a registry for a blob that it is about to push, since the push itself looks', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one, two]);
    await to.push(one.descriptor, [one.bytes]);
    const asked: string[] = [];
    const has: ContentStore['has'] = async (descriptor, options) => {
      asked.push(descriptor.digest);
      return to.has(descriptor, options);
    };
    const told = new Map<string, string>();
    const whole: ContentStore = { ...to, wholeManifests: true, has };
    await copyContent(image, from, whole, { onBlob: ({ digest }, outcome) => told.set(digest, outcome) });
    expect(asked).toEqual([image.digest]);
    expect(told.get(one.descriptor.digest)).toBe('present');
    expect(told.get(two.descriptor.digest)).toBe('copied');
  });

  it('copies a blob that is no manifest', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    await from.push(one.descriptor, [one.bytes]);
    await copyContent(one.descriptor, from, to);
    expect(await fetchAll(to, one.descriptor)).toEqual(one.bytes);
  });

  it('pushes only what is missing and tells of both, because layers of earlier releases are there', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one, two]);
    await to.push(one.descriptor, [one.bytes]);
    const told = new Map<string, string>();
    await copyContent(image, from, to, { onBlob: ({ digest }, outcome) => told.set(digest, outcome) });
    expect(Object.fromEntries(told)).toEqual({
      [EMPTY_DESCRIPTOR.digest]: 'copied',
      [one.descriptor.digest]: 'present',
      [two.descriptor.digest]: 'copied',
      [image.digest]: 'copied',
    });
  });

  it('restores a missing blob below a manifest that is there, because a target may be damaged', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one]);
    const { bytes } = sampleImage('a', [one.descriptor]);
    await to.push(image, [bytes]);
    await copyContent(image, from, to);
    expect(await to.has(one.descriptor)).toBe(true);
  });

  it('runs four transfers at once and no more', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const layers = Array.from({ length: 20 }, (_, at) => sampleBlob(50, 100 + at));
    const image = await pushImage(from, 'many', layers);
    const { watched, running } = watchPushes(to);
    await copyContent(image, from, watched);
    expect(running.most).toBe(4);
  });

  it('throws CONTENT_NOT_FOUND for a layer the source lacks, and leaves no manifest at the target', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const { descriptor, bytes } = sampleImage('a', [one.descriptor, two.descriptor]);
    await from.push(descriptor, [bytes]);
    await from.push(two.descriptor, [two.bytes]);
    await expect(copyContent(descriptor, from, to)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    expect(await to.has(descriptor)).toBe(false);
  });

  it('ends the other transfers when one fails, and throws what failed first', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one, two]);
    const signals: AbortSignal[] = [];
    const failure = new RangeError('no room');
    const failing: ContentStore = {
      ...to,
      async push(descriptor, _content, { signal } = {}) {
        if (descriptor.digest === one.descriptor.digest) throw failure;
        if (signal !== undefined && signal !== null) signals.push(signal);
        await new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      },
    };
    await expect(copyContent(image, from, failing)).rejects.toBe(failure);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('stops with the reason of the signal, before and in the middle', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const image = await pushImage(from, 'a', [one, two]);
    const reason = new RangeError('stopped by the test');
    await expect(copyContent(image, from, to, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const options = { signal: controller.signal, onBlob: () => controller.abort(reason) };
    await expect(copyContent(image, from, to, options)).rejects.toBe(reason);
    expect(await to.has(image)).toBe(false);
  });

  it.each([
    { depth: 8, outcome: undefined, why: 'the deepest that is allowed' },
    { depth: 9, outcome: 'ARTIFACT_TOO_LARGE', why: 'a hostile index may nest without end' },
  ])('takes manifests $depth deep with $outcome, because it is $why', async ({ depth, outcome }) => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    let root = await pushImage(from, 'deep');
    for (let at = 1; at < depth; at += 1) root = await pushIndex(from, [root]);
    const [copied] = await Promise.allSettled([copyContent(root, from, to)]);
    expect(copied).toMatchObject(outcome === undefined ? { status: 'fulfilled' } : { reason: { code: outcome } });
    expect(await to.has(root)).toBe(outcome === undefined);
  });

  it('throws MANIFEST_INVALID for a manifest it cannot read', async () => {
    const [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    const bytes = canonicalJsonBytes({ schemaVersion: 1 });
    const bad = describeContent(MEDIA_TYPES.ociManifest, bytes);
    await from.push(bad, [bytes]);
    expect(isManifestMediaType(bad.mediaType)).toBe(true);
    await expect(copyContent(bad, from, to)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });
});
