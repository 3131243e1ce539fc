import { digestOf, parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../storage/contracts.ts';
import { createMemoryStore } from '../storage/memory/memory-store.ts';
import { createUploadService, type UploadService } from './uploads.ts';

const name = (text: string): RepositoryName => parseRepositoryName(text) as RepositoryName;
const [source, target] = [name('team/source'), name('team/target')];
const bytes = Buffer.from('the content');
const digest = digestOf(bytes);
const everything = (): boolean => true;

let store: Store;
let uploads: UploadService;

beforeEach(() => {
  store = createMemoryStore();
  uploads = createUploadService(store);
});

// oxlint-disable-next-line require-await -- an async generator is what a request body is
async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

describe('story 006 a blob in one request', () => {
  it('is there afterwards', async () => {
    await expect(uploads.pushWhole(source, digest, { bytes: chunks(bytes) })).resolves.toEqual({
      sizeBytes: bytes.length,
    });
    await expect(store.blobs.stat(source, digest)).resolves.toEqual({ sizeBytes: bytes.length });
  });

  it.each([
    { why: 'other bytes than its digest', content: { bytes: chunks(Buffer.from('other')) }, kind: 'DIGEST_INVALID' },
    { why: 'fewer bytes than announced', content: { bytes: chunks(bytes), sizeBytes: 99 }, kind: 'SIZE_INVALID' },
  ])('leaves nothing behind with $why', async ({ content, kind }) => {
    const ids: string[] = [];
    const watched: Store = {
      ...store,
      uploads: {
        ...store.uploads,
        create: async (...all) => {
          const created = await store.uploads.create(...all);
          ids.push(created.id);
          return created;
        },
      },
    };
    await expect(createUploadService(watched).pushWhole(source, digest, content)).rejects.toMatchObject({ kind });
    await expect(store.blobs.stat(source, digest)).resolves.toBeUndefined();
    expect(ids).toHaveLength(1);
    await expect(store.uploads.status(source, ids[0] as string)).resolves.toBeUndefined();
  });
});

describe('story 012 the closing request', () => {
  it.each([
    {
      why: 'may bring the last chunk',
      first: bytes.subarray(0, 4),
      last: { bytes: chunks(bytes.subarray(4)), offset: 4 },
    },
    { why: 'may bring nothing', first: bytes, last: undefined },
  ])('$why', async ({ first, last }) => {
    const { id } = await uploads.start(source);
    await uploads.append(source, id, { bytes: chunks(first) });
    await expect(uploads.complete(source, id, digest, last)).resolves.toEqual({ sizeBytes: bytes.length });
  });

  it('keeps the session when its last chunk is out of order', async () => {
    const { id } = await uploads.start(source);
    await uploads.append(source, id, { bytes: chunks(bytes.subarray(0, 4)) });
    const late = { bytes: chunks(bytes.subarray(5)), offset: 5 };
    await expect(uploads.complete(source, id, digest, late)).rejects.toMatchObject({ kind: 'CHUNK_OUT_OF_ORDER' });
    await expect(uploads.status(source, id)).resolves.toMatchObject({ sizeBytes: 4 });
  });

  it('answers for a session that is not there like for one of another repository', async () => {
    const { id } = await uploads.start(source);
    for (const [repository, upload] of [
      [target, id],
      [source, '00000000-0000-4000-8000-000000000000'],
    ] as const) {
      await expect(uploads.status(repository, upload)).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
      await expect(uploads.cancel(repository, upload)).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    }
  });
});

describe('story 014 cross-repository mount', () => {
  beforeEach(async () => {
    await uploads.pushWhole(source, digest, { bytes: chunks(bytes) });
  });

  it.each([
    { why: 'a source that has it', request: { source }, mounted: true },
    { why: 'no source named, and one has it', request: {}, mounted: true },
    { why: 'a source that has it not', request: { source: name('team/other') }, mounted: false },
    { why: 'a digest that is nowhere', request: { source, digest: digestOf(Buffer.from('?')) }, mounted: false },
    {
      why: 'no source named, and a digest that is nowhere',
      request: { digest: digestOf(Buffer.from('?')) },
      mounted: false,
    },
    { why: 'a source that the caller may not read', request: { source, mayPull: () => false }, mounted: false },
    { why: 'no source named, and the only one may not be read', request: { mayPull: () => false }, mounted: false },
  ])('$why: $mounted', async ({ request, mounted }) => {
    await expect(uploads.mount(target, { digest, mayPull: everything, ...request })).resolves.toBe(mounted);
    const found = await store.blobs.stat(target, digest);
    expect(found !== undefined).toBe(mounted);
  });

  it('finds a source beyond the first page of repositories', async () => {
    const many = Array.from({ length: 600 }, (_, index) => name(`a/${String(index).padStart(4, '0')}`));
    for (const repository of many)
      await uploads.pushWhole(repository, digestOf(Buffer.from('x')), { bytes: chunks(Buffer.from('x')) });
    await expect(uploads.mount(target, { digest, mayPull: everything })).resolves.toBe(true);
  });

  it('does not find again what was deleted everywhere, though its bytes may still be stored', async () => {
    await store.blobs.delete(source, digest);
    await expect(uploads.mount(target, { digest, mayPull: everything })).resolves.toBe(false);
  });
});
