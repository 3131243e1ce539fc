import {
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
  type Digest,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RegistryErrorKind } from '../registry-error.ts';
import type { Store } from '../storage/contracts.ts';
import { createMemoryStore } from '../storage/memory/memory-store.ts';
import { createManifestService, type ManifestService, type PushedManifest } from './manifests.ts';

const repository = parseRepositoryName('shop/schema') as RepositoryName;
const tag = (text: string): Tag => parseTag(text) as Tag;
const byTag = (text: string) => ({ type: 'tag', tag: tag(text) }) as const;
const byDigest = (digest: Digest) => ({ type: 'digest', digest }) as const;
const bytesOf = (document: unknown): Buffer => Buffer.from(JSON.stringify(document));

let store: Store;
let manifests: ManifestService;

beforeEach(() => {
  store = createMemoryStore();
  manifests = createManifestService(store);
});

async function pushBlob(text: string): Promise<{ digest: Digest; size: number }> {
  const bytes = Buffer.from(text);
  const { id } = await store.uploads.create(repository);
  await store.uploads.append(repository, id, { bytes: chunks(bytes) });
  await store.uploads.complete(repository, id, digestOf(bytes));
  return { digest: digestOf(bytes), size: bytes.length };
}

// oxlint-disable-next-line require-await -- an async generator is what a request body is
async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

const CONFIG_TYPE = 'application/vnd.example.config';
const LAYER_TYPE = 'application/vnd.example.layer';

async function image(extra: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const config = { mediaType: CONFIG_TYPE, ...(await pushBlob('{}')) };
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [], ...extra };
}

const pushed = (document: unknown, more: Partial<PushedManifest> = {}): PushedManifest => ({
  bytes: bytesOf(document),
  mediaType: MEDIA_TYPES.ociManifest,
  tags: [],
  ...more,
});

describe('story 008 manifest upload', () => {
  it('keeps the bytes as they came and finds them by tag and by digest', async () => {
    const document = await image();
    const bytes = Buffer.from(`${JSON.stringify(document, undefined, '\t')}\n\n`);
    const { digest } = await manifests.put(repository, byTag('1.0'), {
      bytes,
      mediaType: MEDIA_TYPES.ociManifest,
      tags: [],
    });
    expect(digest).toBe(digestOf(bytes));
    for (const reference of [byTag('1.0'), byDigest(digest)]) {
      const found = await manifests.get(repository, reference);
      expect(Buffer.from(found.bytes)).toEqual(bytes);
      expect(found.mediaType).toBe(MEDIA_TYPES.ociManifest);
    }
  });

  it('takes the media type from the document when the request names none', async () => {
    const { digest } = await manifests.put(repository, byTag('a'), { bytes: bytesOf(await image()), tags: [] });
    expect((await manifests.get(repository, byDigest(digest))).mediaType).toBe(MEDIA_TYPES.ociManifest);
  });

  it('points every tag of ?tag= at a manifest pushed by SHA-512 digest, once each', async () => {
    const bytes = bytesOf(await image());
    const digest = digestOf(bytes, 'sha512');
    const tags = [tag('1'), tag('1.0'), tag('1')];
    const result = await manifests.put(repository, byDigest(digest), {
      bytes,
      mediaType: MEDIA_TYPES.ociManifest,
      tags,
    });
    expect(result).toEqual({ digest, tags: ['1', '1.0'] });
    expect((await manifests.get(repository, byTag('1.0'))).digest).toBe(digest);
  });

  const missing = digestOf(Buffer.from('never pushed'));
  const refusals: readonly {
    why: string;
    kind: RegistryErrorKind;
    document: (whole: Record<string, unknown>) => unknown;
    more?: Partial<PushedManifest>;
  }[] = [
    { why: 'no JSON', kind: 'MANIFEST_INVALID', document: () => 'x', more: { bytes: Buffer.from('{') } },
    { why: 'no object', kind: 'MANIFEST_INVALID', document: () => [] },
    {
      why: 'a media type that is no manifest',
      kind: 'MANIFEST_INVALID',
      document: (whole) => whole,
      more: { mediaType: 'text/plain' },
    },
    {
      why: 'another media type in the document',
      kind: 'MANIFEST_INVALID',
      document: (whole) => ({ ...whole, mediaType: MEDIA_TYPES.dockerManifest }),
    },
    {
      why: 'a document of both kinds (CVE-2021-41190)',
      kind: 'MANIFEST_INVALID',
      document: (whole) => ({ ...whole, manifests: [] }),
    },
    {
      why: 'a config that was never pushed',
      kind: 'MANIFEST_BLOB_UNKNOWN',
      document: (whole) => ({ ...whole, config: { mediaType: CONFIG_TYPE, digest: missing, size: 12 } }),
    },
    {
      why: 'a layer that was never pushed',
      kind: 'MANIFEST_BLOB_UNKNOWN',
      document: (whole) => ({ ...whole, layers: [{ mediaType: LAYER_TYPE, digest: missing, size: 12 }] }),
    },
    {
      why: "a size that is not the blob's",
      kind: 'MANIFEST_INVALID',
      document: (whole) => ({ ...whole, config: { ...(whole['config'] as object), size: 3 } }),
    },
    {
      why: 'more than 4 MiB',
      kind: 'MANIFEST_TOO_LARGE',
      document: (whole) => ({ ...whole, annotations: { a: 'x'.repeat(4 * 1024 * 1024) } }),
    },
  ];
  it.each(refusals)('refuses $why with $kind, and no tag appears', async ({ kind, document, more = {} }) => {
    const attempt = manifests.put(repository, byTag('bad'), pushed(document(await image()), more));
    await expect(attempt).rejects.toMatchObject({ kind });
    await expect(manifests.get(repository, byTag('bad'))).rejects.toMatchObject({ kind: 'MANIFEST_UNKNOWN' });
  });

  it('looks at every layer, also at one that is listed again as lying elsewhere', async () => {
    const layer = { mediaType: LAYER_TYPE, digest: missing, size: 12 };
    const layers = [layer, { ...layer, urls: ['https://example.com/l'] }];
    await expect(manifests.put(repository, byTag('bad'), pushed(await image({ layers })))).rejects.toMatchObject({
      kind: 'MANIFEST_BLOB_UNKNOWN',
      detail: { digests: [missing] },
    });
  });

  it('names every digest that is missing', async () => {
    const layers = ['a', 'b', 'c'].map((text) => ({
      mediaType: LAYER_TYPE,
      digest: digestOf(Buffer.from(text)),
      size: 1,
    }));
    await expect(manifests.put(repository, byTag('bad'), pushed(await image({ layers })))).rejects.toMatchObject({
      detail: { digests: layers.map(({ digest }) => digest) },
    });
  });

  it('refuses bytes of another digest than they were pushed by', async () => {
    await expect(manifests.put(repository, byDigest(missing), pushed(await image()))).rejects.toMatchObject({
      kind: 'DIGEST_INVALID',
      detail: { expected: missing },
    });
  });

  it.each([
    {
      why: 'layers that lie elsewhere, with a size nobody can check',
      extra: { layers: [{ mediaType: LAYER_TYPE, digest: missing, size: 99, urls: ['https://example.com/l'] }] },
    },
    {
      why: 'a subject that is not there yet',
      extra: { subject: { mediaType: MEDIA_TYPES.ociManifest, digest: missing, size: 99 } },
    },
    { why: 'members nobody knows', extra: { 'org.example': { a: [1] } } },
    { why: 'no layers', extra: { layers: [] } },
  ])('accepts $why', async ({ extra }) => {
    await expect(manifests.put(repository, byTag('good'), pushed(await image(extra)))).resolves.toMatchObject({
      tags: ['good'],
    });
  });

  it('accepts what is not whole when told to, for mirrors of a part', async () => {
    const lenient = createManifestService(store, { requireContents: false });
    const config = { mediaType: CONFIG_TYPE, digest: missing, size: 12 };
    await expect(lenient.put(repository, byTag('part'), pushed(await image({ config })))).resolves.toBeDefined();
  });

  it('wants the manifests of an index in the same repository, and accepts an empty one', async () => {
    const child = await manifests.put(repository, byTag('child'), pushed(await image()));
    const index = (manifestsOf: unknown[]) => ({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: manifestsOf,
    });
    const entry = { mediaType: MEDIA_TYPES.ociManifest, digest: child.digest, size: 99 };
    const more = { mediaType: MEDIA_TYPES.ociIndex };
    for (const entries of [[], [entry]]) {
      await expect(manifests.put(repository, byTag('index'), pushed(index(entries), more))).resolves.toBeDefined();
    }
    const absent = pushed(index([{ ...entry, digest: missing }]), more);
    await expect(manifests.put(repository, byTag('index'), absent)).rejects.toMatchObject({
      kind: 'MANIFEST_BLOB_UNKNOWN',
    });
  });
});

describe('a manifest with a subject', () => {
  it.each([
    {
      why: 'its own artifact type',
      extra: { artifactType: 'application/vnd.example.sbom' },
      type: 'application/vnd.example.sbom',
    },
    { why: 'else the media type of its config', extra: {}, type: CONFIG_TYPE },
  ])('is listed with its annotations and $why', async ({ extra, type }) => {
    const subject = await manifests.put(repository, byTag('subject'), pushed(await image()));
    const annotations = { 'org.example.note': 'x' };
    const document = await image({
      ...extra,
      annotations,
      subject: { mediaType: MEDIA_TYPES.ociManifest, digest: subject.digest, size: 1 },
    });
    const referrer = await manifests.put(repository, byTag('referrer'), pushed(document));
    expect(referrer.subject).toBe(subject.digest);
    const { items } = await store.catalog.listReferrers(repository, subject.digest, { limit: 10, limitBytes: 10_000 });
    expect(items).toEqual([
      {
        mediaType: MEDIA_TYPES.ociManifest,
        digest: referrer.digest,
        size: bytesOf(document).length,
        artifactType: type,
        annotations,
      },
    ]);
  });
});

describe('story 017 manifest deletion', () => {
  it('by tag takes the tag, by digest the manifest with its tags', async () => {
    const { digest } = await manifests.put(repository, byTag('a'), pushed(await image()));
    await manifests.put(repository, byTag('b'), pushed(await image()));
    await manifests.delete(repository, byTag('a'));
    await expect(manifests.get(repository, byTag('a'))).rejects.toMatchObject({ kind: 'MANIFEST_UNKNOWN' });
    await expect(manifests.get(repository, byTag('b'))).resolves.toMatchObject({ digest });
    await manifests.delete(repository, byDigest(digest));
    await expect(manifests.get(repository, byTag('b'))).rejects.toMatchObject({ kind: 'MANIFEST_UNKNOWN' });
    for (const reference of [byTag('b'), byDigest(digest)]) {
      await expect(manifests.delete(repository, reference)).rejects.toMatchObject({ kind: 'MANIFEST_UNKNOWN' });
    }
  });
});
