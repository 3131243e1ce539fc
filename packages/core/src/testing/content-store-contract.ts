/**
 * The suite of `ContentStore`: every store runs it, and what passes can take any other's place.
 *
 * @module
 */
import { digestOf, EMPTY_DESCRIPTOR, MEDIA_TYPES, type Bytes, type Descriptor } from '@squizzle/oci-spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore } from '../contracts/content-store.ts';
import {
  fetchAll,
  inChunks,
  pushImage,
  sampleBlob,
  sampleImage,
  sampleIndex,
  sampleSha512Blob,
  tagsOf,
  toTag,
  type Sample,
  type StoreFixture,
} from './content-samples.ts';

/** The members that every store knows of a manifest. */
const identity = ({ mediaType, digest, size }: Descriptor): object => ({ mediaType, digest, size });

const drain = async (content: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const chunk of content) expect(chunk).toBeInstanceOf(Uint8Array);
};

export interface ContentStoreTraits {
  /** What resolving the digest of a blob in JSON amounts to. distribution 2 fails where there is nothing to find. */
  readonly ofBlobDigest?: 'nothing' | 'REGISTRY_FAILED';
}

/** `open` gives an empty store each time. */
export function describeContentStoreContract(
  name: string,
  open: () => Promise<StoreFixture<ContentStore>>,
  { ofBlobDigest = 'nothing' }: ContentStoreTraits = {},
): void {
  describe(`${name} as a ContentStore`, () => {
    let fixture: StoreFixture<ContentStore>;
    let store: ContentStore;
    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
    });
    afterEach(async () => fixture.close());

    const current = (): ContentStore => store;
    itKeepsContent(current);
    itRefusesBadContent(current);
    itNamesManifests(current, ofBlobDigest);
    itListsTags(current);
    itStopsWhenAborted(current);

    it('says what it is, because errors and status show it', () => {
      expect(store.description).toMatch(/\S/);
    });
  });
}

function itKeepsContent(store: () => ContentStore): void {
  it.each<{ what: string; sample: Sample; chunkBytes: number; why: string }>([
    { what: 'nothing', sample: sampleBlob(0), chunkBytes: 1, why: 'an empty file is content' },
    { what: 'one byte', sample: sampleBlob(1), chunkBytes: 1, why: 'the smallest chunk' },
    { what: 'uneven chunks', sample: sampleBlob(1000), chunkBytes: 7, why: 'chunk borders carry no meaning' },
    {
      what: 'a round size',
      sample: sampleBlob(128 * 1024),
      chunkBytes: 4096,
      why: 'buffers end where the content does',
    },
    { what: '5 MB', sample: sampleBlob(5_000_000), chunkBytes: 65_536, why: 'more than any buffer on the way' },
    { what: 'a sha512 digest', sample: sampleSha512Blob(5000), chunkBytes: 512, why: 'image-spec registers both' },
  ])('gives back $what as pushed: $why', async ({ sample: { descriptor, bytes }, chunkBytes }) => {
    expect(await store().has(descriptor)).toBe(false);
    await store().push(descriptor, inChunks(bytes, chunkBytes));
    expect(await store().has(descriptor)).toBe(true);
    const fetched = await fetchAll(store(), descriptor);
    expect(fetched.byteLength).toBe(bytes.byteLength);
    expect(digestOf(fetched)).toBe(digestOf(bytes));
  });

  it('takes a plain array of chunks, because small documents need no stream', async () => {
    const { descriptor, bytes } = sampleBlob(10);
    await store().push(descriptor, [bytes.subarray(0, 4), new Uint8Array(0), bytes.subarray(4)]);
    expect(await fetchAll(store(), descriptor)).toEqual(bytes);
  });

  it('takes the same content twice, so that a push can be run again', async () => {
    const { descriptor, bytes } = sampleBlob(1000);
    await store().push(descriptor, [bytes]);
    await store().push(descriptor, [bytes]);
    expect(await fetchAll(store(), descriptor)).toEqual(bytes);
  });

  it('takes the same content from several at once, because pipelines do not wait for each other', async () => {
    const { descriptor, bytes } = sampleBlob(100_000);
    await Promise.all(Array.from({ length: 4 }, async () => store().push(descriptor, inChunks(bytes, 1000))));
    expect(await fetchAll(store(), descriptor)).toEqual(bytes);
  });

  it('gives the content again from its start, because a transfer that broke off is begun anew', async () => {
    const { descriptor, bytes } = sampleBlob(300_000);
    await store().push(descriptor, [bytes]);
    const content = store().fetch(descriptor);
    const readOnce = async (): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      return digestOf(Buffer.concat(chunks));
    };
    expect([await readOnce(), await readOnce()]).toEqual([descriptor.digest, descriptor.digest]);
  });

  it('gives the same content to several at once', async () => {
    const { descriptor, bytes } = sampleBlob(300_000);
    await store().push(descriptor, [bytes]);
    const all = await Promise.all(Array.from({ length: 4 }, async () => fetchAll(store(), descriptor)));
    expect(all.map((fetched) => digestOf(fetched))).toEqual(all.map(() => descriptor.digest));
  });

  it('is not disturbed by a reader that stops early', async () => {
    const { descriptor, bytes } = sampleBlob(1_000_000);
    await store().push(descriptor, [bytes]);
    const reader = store().fetch(descriptor)[Symbol.asyncIterator]();
    await reader.next();
    await reader.return?.();
    expect(digestOf(await fetchAll(store(), descriptor))).toBe(descriptor.digest);
  });

  it('throws CONTENT_NOT_FOUND at the first read of what it does not have', async () => {
    const { descriptor } = sampleBlob(10);
    const content = store().fetch(descriptor);
    await expect(drain(content)).rejects.toMatchObject({
      name: 'SquizzleError',
      code: 'CONTENT_NOT_FOUND',
      details: { digest: descriptor.digest },
    });
  });
}

const flipFirst = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));

async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes.subarray(0, bytes.byteLength - 1), 100);
  throw new RangeError('the source broke');
}

function itRefusesBadContent(store: () => ContentStore): void {
  it.each<{ fault: string; content: (bytes: Uint8Array) => Bytes; code: string }>([
    { fault: 'a wrong byte', content: (bytes) => [flipFirst(bytes)], code: 'DIGEST_MISMATCH' },
    { fault: 'a missing byte', content: (bytes) => [bytes.subarray(1)], code: 'SIZE_MISMATCH' },
    { fault: 'an extra byte', content: (bytes) => [bytes, Uint8Array.of(0)], code: 'SIZE_MISMATCH' },
    { fault: 'nothing at all', content: () => [], code: 'SIZE_MISMATCH' },
    { fault: 'a wrong byte in a stream', content: (bytes) => inChunks(flipFirst(bytes), 100), code: 'DIGEST_MISMATCH' },
  ])('refuses $fault with $code and keeps nothing', async ({ content, code }) => {
    const { descriptor, bytes } = sampleBlob(1000);
    await expect(store().push(descriptor, content(bytes))).rejects.toMatchObject({ name: 'ContentError', code });
    expect(await store().has(descriptor)).toBe(false);
    await expect(drain(store().fetch(descriptor))).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
  });

  it('keeps nothing of a source that fails, and throws what the source threw', async () => {
    const { descriptor, bytes } = sampleBlob(1000);
    await expect(store().push(descriptor, failing(bytes))).rejects.toThrow('the source broke');
    expect(await store().has(descriptor)).toBe(false);
  });

  it('takes the right content after it refused the wrong one, so that a retry works', async () => {
    const { descriptor, bytes } = sampleBlob(1000);
    await expect(store().push(descriptor, failing(bytes))).rejects.toThrow(RangeError);
    await store().push(descriptor, [bytes]);
    expect(await fetchAll(store(), descriptor)).toEqual(bytes);
  });

  it('lists no manifest whose content was refused', async () => {
    const { descriptor, bytes } = sampleImage('refused');
    await pushImage(store(), 'other');
    await expect(store().push(descriptor, [flipFirst(bytes)])).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await store().resolve(descriptor.digest)).toBeUndefined();
  });
}

function itNamesManifests(store: () => ContentStore, ofBlobDigest: ContentStoreTraits['ofBlobDigest']): void {
  it('resolves a manifest by its digest and by its tag to the same descriptor', async () => {
    const image = await pushImage(store(), 'a');
    await store().tag(image, toTag('v1'));
    expect(await store().resolve(toTag('v1'))).toMatchObject(identity(image));
    expect(await store().resolve(image.digest)).toMatchObject(identity(image));
  });

  it('resolves a manifest without a tag by its digest, because referrers have none', async () => {
    const image = await pushImage(store(), 'a');
    expect(await store().resolve(image.digest)).toMatchObject(identity(image));
  });

  it('resolves an index with its own media type', async () => {
    const image = await pushImage(store(), 'a');
    const index = sampleIndex([image]);
    await store().push(index.descriptor, [index.bytes]);
    await store().tag(index.descriptor, toTag('all'));
    expect(await store().resolve(toTag('all'))).toMatchObject({ mediaType: MEDIA_TYPES.ociIndex });
  });

  it('resolves what it does not have to undefined, because asking is no fault', async () => {
    expect(await store().resolve(toTag('none'))).toBeUndefined();
    expect(await store().resolve(sampleImage('none').descriptor.digest)).toBeUndefined();
    await pushImage(store(), 'other');
    expect(await store().resolve(toTag('none'))).toBeUndefined();
    expect(await store().resolve(sampleImage('none').descriptor.digest)).toBeUndefined();
  });

  it('resolves no blob that is not a manifest, though it has it', async () => {
    await pushImage(store(), 'a');
    expect(await store().has(EMPTY_DESCRIPTOR)).toBe(true);
    const resolving = store().resolve(EMPTY_DESCRIPTOR.digest);
    if (ofBlobDigest === 'nothing') expect(await resolving).toBeUndefined();
    else await expect(resolving).rejects.toMatchObject({ name: 'SquizzleError', code: ofBlobDigest });
  });

  it('moves a tag, and still finds by its digest what the tag named before', async () => {
    const [first, second] = [await pushImage(store(), 'first'), await pushImage(store(), 'second')];
    await store().tag(first, toTag('latest'));
    await store().tag(second, toTag('latest'));
    expect(await store().resolve(toTag('latest'))).toMatchObject(identity(second));
    expect(await store().resolve(first.digest)).toMatchObject(identity(first));
    expect(await tagsOf(store())).toEqual(['latest']);
  });

  it('gives one manifest several tags, and tagging again changes nothing', async () => {
    const image = await pushImage(store(), 'a');
    for (const tag of ['v1', 'v1.0', 'v1']) await store().tag(image, toTag(tag));
    expect(await tagsOf(store())).toEqual(['v1', 'v1.0']);
    expect(await store().resolve(toTag('v1'))).toMatchObject(identity(image));
    expect(await store().resolve(toTag('v1.0'))).toMatchObject(identity(image));
  });

  it('refuses to tag a manifest that was not pushed, with CONTENT_NOT_FOUND, and sets no tag', async () => {
    const { descriptor } = sampleImage('absent');
    await expect(store().tag(descriptor, toTag('v1'))).rejects.toMatchObject({
      name: 'SquizzleError',
      code: 'CONTENT_NOT_FOUND',
      details: { digest: descriptor.digest },
    });
    expect(await store().resolve(toTag('v1'))).toBeUndefined();
    expect(await tagsOf(store())).toEqual([]);
  });
}

function itListsTags(store: () => ContentStore): void {
  it('lists no tags when there are none, and a pushed manifest alone makes none', async () => {
    expect(await tagsOf(store())).toEqual([]);
    await pushImage(store(), 'a');
    expect(await tagsOf(store())).toEqual([]);
  });

  it('lists tags in byte order, the same on every machine', async () => {
    const image = await pushImage(store(), 'a');
    for (const tag of ['v10', 'b', 'v2', '_x', 'B', 'v1.0', '0', 'v1-a', 'a.b']) await store().tag(image, toTag(tag));
    expect(await tagsOf(store())).toEqual(['0', 'B', '_x', 'a.b', 'b', 'v1-a', 'v1.0', 'v10', 'v2']);
  });

  it('lists 300 tags, set four at a time, because a store may page', { timeout: 60_000 }, async () => {
    const image = await pushImage(store(), 'a');
    const expected = Array.from({ length: 300 }, (_, at) => toTag(`v${String(at).padStart(3, '0')}`));
    const waiting = [...expected];
    const work = async (): Promise<void> => {
      for (let tag = waiting.shift(); tag !== undefined; tag = waiting.shift()) await store().tag(image, tag);
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(await tagsOf(store())).toEqual(expected);
  });

  it('lets a reader of tags stop early', async () => {
    const image = await pushImage(store(), 'a');
    for (const tag of ['a', 'b']) await store().tag(image, toTag(tag));
    for await (const tag of store().tags()) {
      expect(tag).toBe('a');
      break;
    }
  });
}

function itStopsWhenAborted(store: () => ContentStore): void {
  const reason = new RangeError('stopped by the test');
  const { descriptor, bytes } = sampleBlob(1000, 9);
  const image = sampleImage('aborted');
  const signal = AbortSignal.abort(reason);

  it.each<{ call: string; run: (open: ContentStore) => Promise<unknown> }>([
    { call: 'has', run: async (open) => open.has(descriptor, { signal }) },
    { call: 'push', run: async (open) => open.push(descriptor, [bytes], { signal }) },
    { call: 'fetch', run: async (open) => drain(open.fetch(descriptor, { signal })) },
    { call: 'tag', run: async (open) => open.tag(image.descriptor, toTag('v1'), { signal }) },
    { call: 'resolve', run: async (open) => open.resolve(toTag('v1'), { signal }) },
    { call: 'tags', run: async (open) => open.tags({ signal })[Symbol.asyncIterator]().next() },
  ])('does not start $call when already aborted', async ({ run }) => {
    await expect(run(store())).rejects.toBe(reason);
    expect(await store().has(descriptor)).toBe(false);
    expect(await tagsOf(store())).toEqual([]);
  });

  it('ends a push when aborted, also while the source keeps it waiting, and keeps nothing', async () => {
    const controller = new AbortController();
    async function* stalling(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 10);
      setTimeout(() => controller.abort(reason), 10);
      await new Promise<never>(() => undefined);
    }
    await expect(store().push(descriptor, stalling(), { signal: controller.signal })).rejects.toBe(reason);
    expect(await store().has(descriptor)).toBe(false);
  });

  it('ends a fetch when aborted in the middle, so that a large pull can be stopped', async () => {
    const large = sampleBlob(3_000_000);
    await store().push(large.descriptor, inChunks(large.bytes, 100_000));
    const controller = new AbortController();
    const reader = store().fetch(large.descriptor, { signal: controller.signal });
    const read = async (): Promise<void> => {
      for await (const chunk of reader) if (chunk.byteLength > 0) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });
}
