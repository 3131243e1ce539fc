/**
 * The contract of `ManifestStore` for tags and the conditions they are moved under.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { TagCondition } from '../../src/storage/contracts.ts';
import { answerOf, outcomeOf, refusal } from './outcome.ts';
import { manifestView, sampleManifest, tagsOf, toRepository, toTag, toTags, viewManifest } from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const own = toRepository('team/own');
const [first, second] = [sampleManifest('first'), sampleManifest('second')];
const pushed = sampleManifest('pushed', { subject: first.digest });

export function describeTags(current: CurrentFixture): void {
  describe('tags', () => {
    itNames(current);
    itUntags(current);
    itMovesConditionally(current);
    itUntagsConditionally(current);
    itDoesNothingWhenRefused(current);
  });
}

function itNames(current: CurrentFixture): void {
  it('resolves a tag that is not there to undefined, whether or not its repository is there', async () => {
    const { manifests } = current().store;
    expect(await manifests.resolve(own, toTag('v1'))).toBeUndefined();
    await manifests.put(own, first);
    expect(await manifests.resolve(own, toTag('v1'))).toBeUndefined();
  });

  it('moves a tag, and the manifest it named before stays', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('latest', 'v1') });
    await store.manifests.put(own, second, { tags: toTags('latest') });
    expect(await tagsOf(store, own)).toEqual({ latest: second.digest, v1: first.digest });
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
    await store.manifests.put(own, first, { tags: toTags('latest') });
    expect(await tagsOf(store, own)).toEqual({ latest: first.digest, v1: first.digest });
  });

  it('sets ten tags in one put, each one there and alone', async () => {
    const { store } = current();
    const tags = Array.from({ length: 10 }, (_, at) => `v${at}`);
    await store.manifests.put(own, first, { tags: toTags('v3', 'mine') });
    await store.manifests.put(own, second, { tags: toTags(...tags) });
    const expected = Object.fromEntries(tags.map((tag) => [tag, second.digest]));
    expect(await tagsOf(store, own)).toEqual({ ...expected, mine: first.digest });
  });

  it.each([
    { tag: '0', why: 'a number is a name' },
    { tag: '_', why: 'the shortest that is no letter' },
    { tag: 'a'.repeat(128), why: 'as long as tags get' },
    { tag: 'a..', why: 'dots are no folder' },
    { tag: 'Latest', why: 'case counts: `latest` is another tag' },
    { tag: 'link', why: 'a driver may use the name itself' },
    { tag: 'index', why: 'a driver may use the name itself' },
    { tag: 'current.tmp', why: 'a driver may use the name itself' },
    { tag: '__proto__', why: 'a tag is not looked up in a prototype' },
    { tag: 'constructor', why: 'a tag is not looked up in a prototype' },
    { tag: `sha256-${first.digest.slice(7)}`, why: 'the fallback of clients without referrers' },
  ])('takes $tag as a tag: $why', async ({ tag }) => {
    const { manifests, catalog } = current().store;
    await manifests.put(own, second, { tags: toTags('latest') });
    expect(await manifests.resolve(own, toTag(tag))).toBeUndefined();
    await manifests.put(own, first, { tags: toTags(tag) });
    expect(await manifests.resolve(own, toTag(tag))).toBe(first.digest);
    expect(await manifests.resolve(own, toTag('latest'))).toBe(second.digest);
    const { items } = await catalog.listTags(own, { limit: 10 });
    expect(new Set(items)).toEqual(new Set([tag, 'latest']));
    expect(await manifests.untag(own, toTag(tag))).toBe(true);
    expect(await manifests.resolve(own, toTag(tag))).toBeUndefined();
  });
}

function itUntags(current: CurrentFixture): void {
  it('removes a tag, and leaves the manifest and its other tags', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1', 'latest') });
    expect(await store.manifests.untag(own, toTag('latest'))).toBe(true);
    expect(await store.manifests.untag(own, toTag('latest'))).toBe(false);
    expect(await tagsOf(store, own)).toEqual({ v1: first.digest });
    expect(await store.manifests.untag(own, toTag('v1'))).toBe(true);
    expect(await tagsOf(store, own)).toEqual({});
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
  });

  it('sets a removed tag again', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1') });
    await store.manifests.untag(own, toTag('v1'));
    await store.manifests.put(own, second, { tags: toTags('v1'), condition: { type: 'absent' } });
    expect(await tagsOf(store, own)).toEqual({ v1: second.digest });
  });
}

const oneOf = (...digests: readonly string[]): TagCondition => ({ type: 'one-of', digests });
const absent: TagCondition = { type: 'absent' };
const present: TagCondition = { type: 'present' };

interface ConditionRow {
  readonly condition: TagCondition;
  readonly tags: readonly string[];
  readonly outcome: 'done' | 'PRECONDITION_FAILED';
  readonly why: string;
}

/** Before: `one` names the first manifest, `two` the second, `none` and `new` are not there. */
const CONDITIONS: readonly ConditionRow[] = [
  { condition: absent, tags: ['none'], outcome: 'done', why: 'it is not there' },
  { condition: absent, tags: ['none', 'new'], outcome: 'done', why: 'neither is there' },
  { condition: absent, tags: ['one'], outcome: 'PRECONDITION_FAILED', why: 'it is there' },
  { condition: absent, tags: ['none', 'one'], outcome: 'PRECONDITION_FAILED', why: 'the second is there' },
  { condition: absent, tags: ['one', 'none'], outcome: 'PRECONDITION_FAILED', why: 'the first is there' },
  { condition: present, tags: ['one'], outcome: 'done', why: 'it is there' },
  { condition: present, tags: ['one', 'two'], outcome: 'done', why: 'both are there, naming whatever' },
  { condition: present, tags: ['none'], outcome: 'PRECONDITION_FAILED', why: 'it is not there' },
  { condition: present, tags: ['one', 'none'], outcome: 'PRECONDITION_FAILED', why: 'the second is not there' },
  { condition: oneOf(first.digest), tags: ['one'], outcome: 'done', why: 'it names that' },
  {
    condition: oneOf(second.digest, first.digest),
    tags: ['one', 'two'],
    outcome: 'done',
    why: 'each names one of them',
  },
  { condition: oneOf('"v1"', first.digest), tags: ['one'], outcome: 'done', why: 'what is no digest matches nothing' },
  { condition: oneOf(second.digest), tags: ['one'], outcome: 'PRECONDITION_FAILED', why: 'it names another' },
  {
    condition: oneOf(first.digest),
    tags: ['one', 'two'],
    outcome: 'PRECONDITION_FAILED',
    why: 'the second names another',
  },
  { condition: oneOf(pushed.digest), tags: ['one'], outcome: 'PRECONDITION_FAILED', why: 'what is put does not count' },
  {
    condition: oneOf(first.digest),
    tags: ['none'],
    outcome: 'PRECONDITION_FAILED',
    why: 'what is not there names nothing',
  },
  { condition: oneOf(), tags: ['one'], outcome: 'PRECONDITION_FAILED', why: 'no digest is allowed' },
  { condition: present, tags: [], outcome: 'done', why: 'without a tag there is nothing to hold' },
  { condition: oneOf(), tags: [], outcome: 'done', why: 'without a tag there is nothing to hold' },
];

function itMovesConditionally(current: CurrentFixture): void {
  it.each(CONDITIONS)('ends $outcome for $tags under $condition: $why', async ({ condition, tags, outcome }) => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('one') });
    await store.manifests.put(own, second, { tags: toTags('two') });
    const before: Record<string, Digest> = { one: first.digest, two: second.digest };
    const put = store.manifests.put(own, pushed, { tags: toTags(...tags), condition });
    expect(await outcomeOf(put)).toBe(outcome);
    const moved = outcome === 'done' ? Object.fromEntries(tags.map((tag) => [tag, pushed.digest])) : {};
    expect(await tagsOf(store, own)).toEqual({ ...before, ...moved });
    expect(await store.manifests.has(own, pushed.digest)).toBe(outcome === 'done');
  });

  it('asks again at each put: what was absent is present then', async () => {
    const { store } = current();
    const update = { tags: toTags('v1'), condition: absent };
    await store.manifests.put(own, first, update);
    await expect(store.manifests.put(own, first, update)).rejects.toMatchObject(refusal('PRECONDITION_FAILED'));
    await store.manifests.delete(own, first.digest);
    await store.manifests.put(own, second, update);
    expect(await tagsOf(store, own)).toEqual({ v1: second.digest });
  });
}

interface UntagRow {
  readonly condition: TagCondition;
  readonly tag: 'one' | 'none';
  /** What `untag` resolves to, or refuses with. */
  readonly answer: boolean | 'PRECONDITION_FAILED';
  readonly why: string;
}

const UNTAG_CONDITIONS: readonly UntagRow[] = [
  { condition: present, tag: 'one', answer: true, why: 'it is there' },
  { condition: present, tag: 'none', answer: 'PRECONDITION_FAILED', why: 'it is not there' },
  { condition: absent, tag: 'one', answer: 'PRECONDITION_FAILED', why: 'it is there' },
  { condition: absent, tag: 'none', answer: false, why: 'there is nothing to remove' },
  { condition: oneOf(second.digest, first.digest), tag: 'one', answer: true, why: 'it names one of them' },
  { condition: oneOf(second.digest), tag: 'one', answer: 'PRECONDITION_FAILED', why: 'it names another' },
  { condition: oneOf(), tag: 'one', answer: 'PRECONDITION_FAILED', why: 'no digest is allowed' },
  { condition: oneOf(first.digest), tag: 'none', answer: 'PRECONDITION_FAILED', why: 'it names nothing' },
];

function itUntagsConditionally(current: CurrentFixture): void {
  it.each(UNTAG_CONDITIONS)('answers $answer to untag $tag under $condition: $why', async (row) => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('one', 'other') });
    expect(await answerOf(store.manifests.untag(own, toTag(row.tag), row.condition))).toBe(row.answer);
    const left = row.answer === true ? {} : { one: first.digest };
    expect(await tagsOf(store, own)).toEqual({ ...left, other: first.digest });
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
  });

  it('refuses to untag in a repository that is not there, and does not make it', async () => {
    const { store } = current();
    await expect(store.manifests.untag(own, toTag('one'), present)).rejects.toMatchObject(
      refusal('PRECONDITION_FAILED'),
    );
    expect(await store.manifests.untag(own, toTag('one'), absent)).toBe(false);
    expect(await store.catalog.hasRepository(own)).toBe(false);
  });
}

/** RFC 9110 section 13.2.1: a request whose precondition does not hold is not performed, not even in part. */
function itDoesNothingWhenRefused(current: CurrentFixture): void {
  it('lists no referrer and makes no repository by a put that was refused', async () => {
    const { store } = current();
    const put = store.manifests.put(own, pushed, { tags: toTags('v1'), condition: present });
    await expect(put).rejects.toMatchObject(refusal('PRECONDITION_FAILED'));
    expect(await store.catalog.hasRepository(own)).toBe(false);
    expect(await store.catalog.listReferrers(own, first.digest, { limit: 10, limitBytes: 10_000 })).toEqual({
      items: [],
      more: false,
    });
  });

  it('leaves a manifest that was there before the refused put', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1') });
    const put = store.manifests.put(own, first, { tags: toTags('v1', 'v2'), condition: absent });
    await expect(put).rejects.toMatchObject(refusal('PRECONDITION_FAILED'));
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
    expect(await tagsOf(store, own)).toEqual({ v1: first.digest });
  });
}
