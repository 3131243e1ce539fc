/**
 * The contract of `Catalog` for referrers, and of `ManifestStore` as far as it lists them.
 *
 * @module
 */
import type { Descriptor } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { NewManifest, ReferrersPage } from '../../src/storage/contracts.ts';
import { compareBytes, itPages } from './pages.ts';
import { manifestView, sampleManifest, toRepository, toTags, viewManifest } from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const [own, other] = [toRepository('team/own'), toRepository('team/other')];
const subject = sampleManifest('subject');
const SIGNATURE = 'application/vnd.example.signature';
const SBOM = 'application/vnd.example.sbom';
const ALL: ReferrersPage = { limit: 1_000, limitBytes: 1_000_000 };

/**
 * By their digests: sha256 before sha512. Three signatures, two of which have other bytes than characters; two SBOMs;
 * one of no type.
 */
const REFERRERS = [
  sampleManifest('s1', { subject: subject.digest, referrer: { artifactType: SIGNATURE } }),
  sampleManifest('s2', {
    subject: subject.digest,
    referrer: { artifactType: SIGNATURE, annotations: { note: '日本語'.repeat(100) } },
  }),
  sampleManifest('s3', {
    subject: subject.digest,
    algorithm: 'sha512',
    referrer: { artifactType: SIGNATURE, annotations: { note: 'é' } },
  }),
  sampleManifest('b1', {
    subject: subject.digest,
    referrer: { artifactType: SBOM, annotations: { 'org.example.a': '1', b: '' } },
  }),
  sampleManifest('b2', { subject: subject.digest, algorithm: 'sha512', referrer: { artifactType: SBOM } }),
  sampleManifest('n1', { subject: subject.digest }),
].sort((a, b) => compareBytes(a.digest, b.digest));

const describeAll = (manifests: readonly NewManifest[]): Descriptor[] =>
  manifests.flatMap(({ referrer }) => referrer?.descriptor ?? []);
const DESCRIPTORS = describeAll(REFERRERS);
const ofType = (artifactType: string): Descriptor[] =>
  DESCRIPTORS.filter((found) => found.artifactType === artifactType);

async function fill({ store }: ReturnType<CurrentFixture>): Promise<void> {
  for (const manifest of REFERRERS.toReversed()) await store.manifests.put(own, manifest);
}

export function describeReferrers(current: CurrentFixture): void {
  describe('referrers', () => {
    itListsThem(current);
    itForgetsThem(current);
    itFilters(current);
    itLimitsBytes(current);
    itPages(current, {
      what: 'referrers',
      expected: DESCRIPTORS,
      cursorOf: ({ digest }) => digest,
      fill,
      list: async ({ store }, page) =>
        store.catalog.listReferrers(own, subject.digest, { ...page, limitBytes: 1_000_000 }),
      strangeCursors: ['sha256', 'sha256:', 'sha256:7', 'sha256:g', 'sha512:', 'sha512:8', 'sha384:0'],
    });
  });
}

function itListsThem(current: CurrentFixture): void {
  it.each([
    { what: 'a subject that is not there', repository: own, digest: sampleManifest('never').digest },
    { what: 'a subject nobody refers to', repository: own, digest: sampleManifest('alone').digest },
    { what: 'a referrer, which is no subject', repository: own, digest: REFERRERS[0]?.digest ?? subject.digest },
    { what: 'the subject in another repository', repository: other, digest: subject.digest },
    { what: 'a repository that is not there', repository: toRepository('none'), digest: subject.digest },
  ])('are none for $what', async ({ repository, digest }) => {
    const { store } = current();
    await fill(current());
    for (const place of [own, other]) await store.manifests.put(place, sampleManifest('alone'));
    await store.manifests.put(other, subject);
    expect(await store.catalog.listReferrers(repository, digest, ALL)).toEqual({ items: [], more: false });
  });

  it.each([
    { order: ['subject', 'referrers'], why: 'the usual order' },
    { order: ['referrers', 'subject'], why: 'a referrer may come first' },
    { order: ['referrers'], why: 'the subject need not come at all' },
    { order: ['referrers', 'subject', 'referrers', 'subject'], why: 'pushing again changes nothing' },
  ])('are listed with all that their descriptors say, after $order: $why', async ({ order }) => {
    const { store } = current();
    for (const step of order) {
      if (step === 'subject') await store.manifests.put(own, subject);
      else await fill(current());
    }
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toEqual({ items: DESCRIPTORS, more: false });
    expect(await store.manifests.has(own, subject.digest)).toBe(order.includes('subject'));
  });

  it('are listed with their own subject, in their own repository', async () => {
    const { store } = current();
    const second = sampleManifest('second');
    const [a, b] = [sampleManifest('a', { subject: subject.digest }), sampleManifest('b', { subject: second.digest })];
    await store.manifests.put(own, a);
    await store.manifests.put(own, b);
    await store.manifests.put(other, b);
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toMatchObject({ items: describeAll([a]) });
    expect(await store.catalog.listReferrers(own, second.digest, ALL)).toMatchObject({ items: describeAll([b]) });
    expect(await store.catalog.listReferrers(other, subject.digest, ALL)).toMatchObject({ items: [] });
  });

  it('are manifests like others: by digest, by tag, and as a subject', async () => {
    const { store } = current();
    const signature = sampleManifest('signature', { subject: subject.digest });
    const countersignature = sampleManifest('countersignature', { subject: signature.digest });
    await store.manifests.put(own, signature, { tags: toTags('signature') });
    await store.manifests.put(own, countersignature);
    expect(await viewManifest(store, own, signature.digest)).toEqual(manifestView(signature));
    expect(await store.catalog.listTags(own, { limit: 10 })).toMatchObject({ items: ['signature'] });
    expect(await store.catalog.listReferrers(own, signature.digest, ALL)).toMatchObject({
      items: describeAll([countersignature]),
    });
  });
}

function itForgetsThem(current: CurrentFixture): void {
  it('are not listed once they are deleted, and are again when they are put again', async () => {
    const { store } = current();
    await fill(current());
    const [first, ...rest] = REFERRERS as [NewManifest, ...NewManifest[]];
    expect(await store.manifests.delete(own, first.digest)).toBe(true);
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toEqual({
      items: describeAll(rest),
      more: false,
    });
    await store.manifests.put(own, first);
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toEqual({ items: DESCRIPTORS, more: false });
  });

  it('are listed still when the subject is deleted, because signatures outlive what they sign', async () => {
    const { store } = current();
    await store.manifests.put(own, subject, { tags: toTags('v1') });
    await fill(current());
    await store.manifests.delete(own, subject.digest);
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toEqual({ items: DESCRIPTORS, more: false });
  });

  it('are listed still when their last tag is removed', async () => {
    const { store } = current();
    const signature = sampleManifest('signature', { subject: subject.digest });
    const [tag] = toTags('signature');
    await store.manifests.put(own, signature, { tags: toTags('signature') });
    expect(tag && (await store.manifests.untag(own, tag))).toBe(true);
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toMatchObject({
      items: describeAll([signature]),
    });
  });

  it('are deleted from one repository, and listed in the other', async () => {
    const { store } = current();
    const signature = sampleManifest('signature', { subject: subject.digest });
    for (const repository of [own, other]) await store.manifests.put(repository, signature);
    await store.manifests.delete(own, signature.digest);
    expect(await store.catalog.listReferrers(own, subject.digest, ALL)).toEqual({ items: [], more: false });
    expect(await store.catalog.listReferrers(other, subject.digest, ALL)).toMatchObject({
      items: describeAll([signature]),
    });
  });
}

function itFilters(current: CurrentFixture): void {
  it.each([
    { artifactType: SIGNATURE, expected: ofType(SIGNATURE), why: 'by their type, not by their media type' },
    { artifactType: SBOM, expected: ofType(SBOM), why: 'by their type, not by their media type' },
    { artifactType: 'application/vnd.example', expected: [], why: 'the start of a type is another type' },
    { artifactType: SBOM.toUpperCase(), expected: [], why: 'texts are compared as they are' },
    { artifactType: '', expected: [], why: 'no type is not the empty type' },
    { artifactType: 'undefined', expected: [], why: 'no type is not the name of nothing' },
  ])('are filtered to $artifactType: $why', async ({ artifactType, expected }) => {
    await fill(current());
    const { catalog } = current().store;
    expect(await catalog.listReferrers(own, subject.digest, { ...ALL, artifactType })).toEqual({
      items: expected,
      more: false,
    });
  });

  it('are filtered before they are counted: what is left out fills no page, and is not more', async () => {
    await fill(current());
    const { catalog } = current().store;
    const expected = ofType(SBOM);
    const page = { ...ALL, artifactType: SBOM };
    expect(await catalog.listReferrers(own, subject.digest, { ...page, limit: 2 })).toEqual({
      items: expected,
      more: false,
    });
    expect(await catalog.listReferrers(own, subject.digest, { ...page, limit: 1 })).toEqual({
      items: expected.slice(0, 1),
      more: true,
    });
    const after = expected[0]?.digest ?? '';
    expect(await catalog.listReferrers(own, subject.digest, { ...page, limit: 1, after })).toEqual({
      items: expected.slice(1),
      more: false,
    });
  });
}

/** Of the first descriptors as JSON, with what stands between them. */
const bytesOf = (count: number): number => Buffer.byteLength(JSON.stringify(DESCRIPTORS.slice(0, count)));

function itLimitsBytes(current: CurrentFixture): void {
  it.each([
    { limitBytes: 0, limit: 1_000, count: 1, why: 'one comes all the same, or a client would never get on' },
    { limitBytes: 1, limit: 1_000, count: 1, why: 'one comes all the same, or a client would never get on' },
    { limitBytes: bytesOf(1) + 20, limit: 1_000, count: 1, why: 'room for one' },
    { limitBytes: bytesOf(2) + 20, limit: 1_000, count: 2, why: 'room for two' },
    { limitBytes: bytesOf(4) + 20, limit: 1_000, count: 4, why: 'bytes are counted, not characters' },
    { limitBytes: bytesOf(4) + 20, limit: 2, count: 2, why: 'the smaller limit counts' },
    { limitBytes: bytesOf(6) + 20, limit: 1_000, count: 6, why: 'room for all, so there is no more' },
  ])('are $count in $limitBytes bytes and at most $limit: $why', async ({ limitBytes, limit, count }) => {
    await fill(current());
    const page = await current().store.catalog.listReferrers(own, subject.digest, { limit, limitBytes });
    expect(page).toEqual({ items: DESCRIPTORS.slice(0, count), more: count < DESCRIPTORS.length });
  });

  it('are all listed one by one when nothing fits, each after the one before', async () => {
    await fill(current());
    for (const [at, descriptor] of DESCRIPTORS.entries()) {
      const last = DESCRIPTORS[at - 1]?.digest;
      const page = { limit: 10, limitBytes: 1, ...(last !== undefined && { after: last }) };
      expect(await current().store.catalog.listReferrers(own, subject.digest, page)).toEqual({
        items: [descriptor],
        more: at < DESCRIPTORS.length - 1,
      });
    }
  });
}
