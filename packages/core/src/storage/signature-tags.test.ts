import { describeContent, digestHex, digestOf, type Descriptor, type Tag } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { fetchAll, pushImage, sampleBlob, sampleIndex, tagsOf, toTag } from '../testing/content-samples.ts';
import { createMemoryContentStore, type MemoryContentStore } from '../testing/memory-content-store.ts';
import { sampleSignature, sign } from '../testing/signature-samples.ts';
import { describeSignatureTagContract } from '../testing/signature-tag-contract.ts';
import { copyContent } from './copy-content.ts';
import { addSignatures, readSignatureList } from './signature-list.ts';
import {
  copySignatureTags,
  deleteSignatureTags,
  findSignatureTags,
  isDigestTag,
  isSignatureTag,
  signatureTags,
} from './signature-tags.ts';

describeSignatureTagContract('memory store', async () => ({
  store: createMemoryContentStore(),
  close: async () => undefined,
}));

const hex = 'ab'.repeat(32);

describe('signatureTags', () => {
  it('are made of the digest, as cosign makes them', () => {
    const { digest } = describeContent('text/plain', Uint8Array.of(1));
    const name = digest.replace(':', '-');
    expect(signatureTags({ digest })).toEqual([`${name}.sig`, `${name}.att`]);
  });

  it('are none for a digest that is too long for a tag', () => {
    expect(signatureTags({ digest: digestOf(Uint8Array.of(1), 'sha512') })).toEqual([]);
  });
});

it.each([
  { tag: `sha256-${hex}.sig`, made: true, signature: true, why: 'signatures' },
  { tag: `sha256-${hex}.att`, made: true, signature: true, why: 'attestations' },
  { tag: `sha256-${hex}`, made: true, signature: false, why: 'a list of referrers' },
  { tag: `sha256-${hex}.sbom`, made: true, signature: false, why: 'what cosign once wrote too' },
  { tag: 'v1.0.0', made: false, signature: false, why: 'a release' },
  { tag: 'sha256-abc.sig', made: false, signature: false, why: 'no whole digest: somebody chose it' },
  { tag: `x-sha256-${hex}.sig`, made: false, signature: false, why: 'something before it: somebody chose it' },
])('$tag: made of a digest $made, of signatures $signature: $why', ({ tag, made, signature }) => {
  expect(isDigestTag(tag)).toBe(made);
  expect(isSignatureTag(tag)).toBe(signature);
});

describe('copySignatureTags', () => {
  let from: MemoryContentStore;
  let to: MemoryContentStore;
  let image: Descriptor;
  beforeEach(async () => {
    [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    image = await pushImage(from, 'a');
    await copyContent(image, from, to);
  });

  it('asks nothing of a source whose tags cannot be looked up', async () => {
    await sign(from, image, 'ci');
    expect(await copySignatureTags(image, { fetch: from.fetch }, to)).toEqual([]);
  });

  it('tells of each blob', async () => {
    const { descriptor } = await sign(from, image, 'ci');
    const told: string[] = [];
    await copySignatureTags(image, from, to, { onBlob: ({ digest }, outcome) => told.push(`${outcome} ${digest}`) });
    expect(told).toContain(`copied ${descriptor.digest}`);
  });

  it('leaves what the target calls by that name and is no list, and says so', async () => {
    const { tag } = await sign(from, image, 'ci');
    const index = sampleIndex([image]);
    await to.push(index.descriptor, [index.bytes]);
    await to.tag(index.descriptor, tag);
    await expect(copySignatureTags(image, from, to)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining('delete the tag') as string,
    });
    expect(await to.resolve(tag)).toMatchObject({ digest: index.descriptor.digest });
  });

  it('passes over what the source calls by that name and is no list', async () => {
    const index = sampleIndex([image]);
    await from.push(index.descriptor, [index.bytes]);
    const [tag = toTag('none')] = signatureTags(image);
    await from.tag(index.descriptor, tag);
    expect(await copySignatureTags(image, from, to)).toEqual([]);
    expect(await tagsOf(to)).toEqual([]);
  });

  it('sends again what the target has lost, when it is to repair', async () => {
    const { tag, payload } = await sign(from, image, 'ci');
    await copySignatureTags(image, from, to);
    const losing: MemoryContentStore = { ...to, wholeManifests: true, has: async () => true };
    const sent: string[] = [];
    losing.push = async ({ digest }) => void sent.push(digest);
    await copySignatureTags(image, from, losing);
    expect(sent).toEqual([]);
    await copySignatureTags(image, from, losing, { repair: true });
    expect(sent).toContain(payload.digest);
    expect(await to.resolve(tag)).toBeDefined();
  });
});

describe('deleteSignatureTags', () => {
  let store: MemoryContentStore;
  let image: Descriptor;
  let tag: Tag;
  beforeEach(async () => {
    store = createMemoryContentStore();
    image = await pushImage(store, 'gone');
    tag = signatureTags(image)[0] ?? toTag('none');
  });

  it('takes no release away that somebody gave the tag to', async () => {
    const other = await pushImage(store, 'stays', [sampleBlob(10)]);
    await store.tag(other, toTag('v2.0.0'));
    await store.tag(other, tag);
    await deleteSignatureTags(image, store);
    expect(await tagsOf(store)).toEqual(['v2.0.0']);
    expect(await store.has(other)).toBe(true);
  });

  it('takes no signatures of another release away that somebody gave the tag to', async () => {
    const signed = await sign(store, await pushImage(store, 'stays', [sampleBlob(10)]), 'ci');
    await store.tag(signed.descriptor, tag);
    await deleteSignatureTags(image, store);
    expect(await tagsOf(store)).toEqual([signed.tag]);
    expect(await store.has(signed.descriptor)).toBe(true);
  });

  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const payloadOf = (digest: string): unknown => ({ critical: { image: { 'docker-manifest-digest': digest } } });
  const envelopeOf = (sha256: string): unknown => ({
    payload: Buffer.from(json({ subject: [{ digest: { sha256 } }] })).toString('base64'),
  });
  const envelope = 'application/vnd.dsse.envelope.v1+json';
  const payload = 'application/vnd.dev.cosign.simplesigning.v1+json';

  it.each([
    { layers: [[payload, () => payloadOf(image.digest)]], own: true, why: 'a signature of it' },
    { layers: [[envelope, () => envelopeOf(digestHex(image.digest))]], own: true, why: 'an attestation of it' },
    { layers: [[envelope, () => envelopeOf(hex)]], own: false, why: 'an attestation of something else' },
    {
      layers: [
        [payload, () => payloadOf(image.digest)],
        [payload, () => payloadOf(`sha256:${hex}`)],
      ],
      own: false,
      why: 'one of it, one of something else',
    },
    { layers: [[payload, () => []]], own: false, why: 'a payload that is none' },
    { layers: [[envelope, () => ({ payload: 'e30=' })]], own: false, why: 'an envelope that is about nothing' },
    { layers: [[envelope, () => ({})]], own: false, why: 'an envelope without payload' },
    { layers: [['text/plain', () => payloadOf(image.digest)]], own: false, why: 'no signature at all' },
    { layers: [], own: false, why: 'a list of nothing' },
  ] as const)('deletes the list $own, and its tag in any case: $why', async ({ layers, own }) => {
    const samples = layers.map(([mediaType, content]) => {
      const bytes = json(content());
      return { descriptor: describeContent(mediaType, bytes), bytes };
    });
    const list = await pushImage(store, 'list', samples);
    await store.tag(list, tag);
    await deleteSignatureTags(image, store);
    expect(await tagsOf(store)).toEqual([]);
    expect(await store.has(list)).toBe(!own);
  });
});

describe('addSignatures', () => {
  it('keeps the signatures of eight who sign at once', async () => {
    const store = createMemoryContentStore();
    const image = await pushImage(store, 'a');
    const [tag = toTag('none')] = signatureTags(image);
    const signatures = Array.from({ length: 8 }, (_, at) => sampleSignature(image, `writer ${at}`));
    for (const { payload, bytes } of signatures) await store.push(payload, [bytes]);
    await Promise.all(signatures.map(async ({ layer }) => addSignatures(tag, [layer], store)));
    const named = (await store.resolve(tag)) ?? expect.fail('the tag is there');
    const list = await readSignatureList(named, store);
    expect(list?.layers.map(({ annotations }) => annotations?.['signature']).toSorted()).toEqual(
      signatures.map(({ layer }) => layer.annotations?.['signature']).toSorted(),
    );
  });

  it('gives up where others change the tag each time, and says so', async () => {
    const store = createMemoryContentStore();
    const image = await pushImage(store, 'a');
    const { layer, payload, bytes } = sampleSignature(image, 'ci');
    await store.push(payload, [bytes]);
    let at = 0;
    const busy: MemoryContentStore = { ...store, resolve: async () => pushImage(store, `${(at += 1)}`) };
    const [tag = toTag('none')] = signatureTags(image);
    await expect(addSignatures(tag, [layer], busy)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining('sign again') as string,
    });
  });

  it('writes a list that image readers can read: a config with the digest of each payload', async () => {
    const store = createMemoryContentStore();
    const image = await pushImage(store, 'a');
    const { descriptor, payload } = await sign(store, image, 'ci');
    const { config } = JSON.parse(Buffer.from(await fetchAll(store, descriptor)).toString()) as { config: Descriptor };
    expect(JSON.parse(Buffer.from(await fetchAll(store, config)).toString())).toMatchObject({
      rootfs: { type: 'layers', diff_ids: [payload.digest] },
    });
  });

  it('changes nothing when the signature is there', async () => {
    const store = createMemoryContentStore();
    const image = await pushImage(store, 'a');
    const first = await sign(store, image, 'ci');
    expect((await sign(store, image, 'ci')).descriptor.digest).toBe(first.descriptor.digest);
    expect(await findSignatureTags(image, store)).toHaveLength(1);
  });
});
