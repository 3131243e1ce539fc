/**
 * The contract of `Store` for many callers at once. Nothing here depends on who comes first.
 *
 * @module
 */
import type { Digest, Tag } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { Store, TagCondition } from '../../src/storage/contracts.ts';
import { answerOf, nextTurn, outcomeOf } from './outcome.ts';
import {
  inChunks,
  manifestView,
  pushBlob,
  sampleBlob,
  sampleManifest,
  startUpload,
  tagsOf,
  toRepository,
  toTag,
  toTags,
  viewBlob,
  viewManifest,
  viewOf,
} from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const [own, other] = [toRepository('team/own'), toRepository('team/other')];
const v1 = toTag('v1');
const blob = sampleBlob(20_000);
const MANIFESTS = Array.from({ length: 20 }, (_, at) => sampleManifest(`at once ${at}`));
const [base, next] = [sampleManifest('base'), sampleManifest('next')];
const ROUNDS = 20;

export function describeConcurrency(current: CurrentFixture): void {
  describe('many at once', () => {
    itPushesBlobs(current);
    itDeletesBlobs(current);
    itMovesTags(current);
    itMovesOneTagOnce(current);
    itDeletesManifests(current);
    itListsReferrers(current);
  });
}

const times = async <T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, async (_, at) => work(at)));

function itPushesBlobs(current: CurrentFixture): void {
  it('push the same blob 20 times, to one repository and to another', async () => {
    const { store } = current();
    await times(20, async (at) => {
      const repository = at % 2 === 0 ? own : other;
      const { id } = await store.uploads.create(repository);
      await store.uploads.append(repository, id, { bytes: inChunks(blob.bytes, 1_000 + at) });
      await store.uploads.complete(repository, id, blob.digest);
      expect(await viewBlob(store, repository, blob.digest)).toEqual(viewOf(blob));
    });
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
    expect(await viewBlob(store, other, blob.digest)).toEqual(viewOf(blob));
  });

  it('push 20 blobs to 20 repositories, each of which is listed', async () => {
    const { store } = current();
    const repositories = Array.from({ length: 20 }, (_, at) => toRepository(`many/${at + 10}`));
    await times(20, async (at) => pushBlob(store, repositories[at] ?? own, sampleBlob(100, at)));
    expect(await store.catalog.listRepositories({ limit: 100 })).toEqual({ items: repositories, more: false });
  });

  it('complete a session twice: one of them makes the blob', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes);
    const outcomes = await times(2, async () => outcomeOf(store.uploads.complete(own, id, blob.digest)));
    expect(outcomes).toContain('done');
    expect(['UPLOAD_BUSY', 'UPLOAD_UNKNOWN']).toContain(outcomes.find((outcome) => outcome !== 'done'));
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });

  it('write to one session: one gets in, and its bytes alone are kept', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    const outcomes = await times(5, async (at) =>
      outcomeOf(store.uploads.append(own, id, { bytes: inChunks(sampleBlob(1_000, at).bytes, 100), offset: 0 })),
    );
    const winner = outcomes.indexOf('done');
    // One that came when the first had ended finds its offset taken.
    for (const outcome of outcomes.toSpliced(winner, 1))
      expect(['UPLOAD_BUSY', 'CHUNK_OUT_OF_ORDER']).toContain(outcome);
    expect(await store.uploads.complete(own, id, sampleBlob(1_000, winner).digest)).toMatchObject({ sizeBytes: 1_000 });
  });
}

function itDeletesBlobs(current: CurrentFixture): void {
  it('delete a blob while it is pushed again: it is all there or not at all', async () => {
    const { store } = current();
    for (let round = 0; round < ROUNDS; round += 1) {
      await pushBlob(store, own, blob);
      const [deleted] = await Promise.all([store.blobs.delete(own, blob.digest), pushBlob(store, own, blob)]);
      expect(deleted).toBe(true);
      expect([undefined, viewOf(blob)]).toContainEqual(await viewBlob(store, own, blob.digest));
    }
  });

  it('delete a blob while it is mounted: who got it can read it', async () => {
    const { store } = current();
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = toRepository(`target/${round}`);
      await pushBlob(store, own, blob);
      const mount = async (): Promise<boolean> => store.blobs.mount(target, blob.digest, own);
      const remove = async (): Promise<boolean> => store.blobs.delete(own, blob.digest);
      const [mounted, deleted] =
        round % 2 === 0
          ? await Promise.all([mount(), remove()])
          : (await Promise.all([remove(), mount()])).toReversed();
      expect(deleted).toBe(true);
      expect(await viewBlob(store, target, blob.digest)).toEqual(mounted === true ? viewOf(blob) : undefined);
    }
  });

  it('delete a blob 5 times: one of them was first', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    const deleted = await times(5, async () => store.blobs.delete(own, blob.digest));
    expect(deleted.filter(Boolean)).toEqual([true]);
    expect(await viewBlob(store, own, blob.digest)).toBeUndefined();
  });
}

/** Looks again and again until it has seen enough, or the work has ended. */
async function lookDuring(work: Promise<unknown>, look: () => Promise<boolean>): Promise<void> {
  const state = { ended: false };
  const end = (): void => {
    state.ended = true;
  };
  work.then(end, end);
  while (!state.ended && !(await look())) await nextTurn();
}

/** All that the tag named while the work was done. */
async function watchTag({ manifests }: Store, work: Promise<unknown>): Promise<ReadonlySet<Digest | undefined>> {
  const seen = new Set<Digest | undefined>();
  await lookDuring(work, async () => {
    seen.add(await manifests.resolve(own, v1));
    return false;
  });
  await work;
  return seen;
}

function itMovesTags(current: CurrentFixture): void {
  it('move one tag: every reader finds one of the manifests, and it ends on one', async () => {
    const { store } = current();
    await store.manifests.put(own, base, { tags: [v1] });
    const puts = times(20, async (at) => store.manifests.put(own, MANIFESTS[at] ?? base, { tags: [v1] }));
    const seen = await watchTag(store, puts);
    const digests = [base, ...MANIFESTS].map(({ digest }) => digest);
    for (const digest of seen) expect(digests).toContain(digest);
    const last = await store.manifests.resolve(own, v1);
    expect(digests.slice(1)).toContain(last);
    expect(await tagsOf(store, own)).toEqual({ v1: last });
    for (const manifest of MANIFESTS)
      expect(await viewManifest(store, own, manifest.digest)).toEqual(manifestView(manifest));
  });

  it('set different tags on one manifest: all of them are there', async () => {
    const { store } = current();
    const tags = Array.from({ length: 20 }, (_, at) => `v${at + 10}`);
    await times(20, async (at) => store.manifests.put(own, base, { tags: toTags(tags[at] ?? 'v') }));
    expect(await tagsOf(store, own)).toEqual(Object.fromEntries(tags.map((tag) => [tag, base.digest])));
  });

  it('move the same two tags in opposite orders: nobody waits for ever', async () => {
    const { store } = current();
    await times(20, async (at) => {
      const tags = at % 2 === 0 ? toTags('a', 'b') : toTags('b', 'a');
      await store.manifests.put(own, MANIFESTS[at] ?? base, { tags });
    });
    const { a, b } = await tagsOf(store, own);
    const digests: unknown[] = MANIFESTS.map(({ digest }) => digest);
    expect(digests).toContain(a);
    expect(digests).toContain(b);
  });
}

function itMovesOneTagOnce(current: CurrentFixture): void {
  it.each([
    { condition: { type: 'absent' }, before: false, why: 'only one finds nothing' },
    { condition: { type: 'one-of', digests: [base.digest] }, before: true, why: 'only one finds what it saw' },
  ] as const)('move a tag under $condition: one wins, $why', async ({ condition, before }) => {
    const { store } = current();
    if (before) await store.manifests.put(own, base, { tags: [v1] });
    const outcomes = await times(20, async (at) =>
      outcomeOf(store.manifests.put(own, MANIFESTS[at] ?? base, { tags: [v1], condition })),
    );
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'PRECONDITION_FAILED')).toHaveLength(19);
    expect(await store.manifests.resolve(own, v1)).toBe(MANIFESTS[outcomes.indexOf('done')]?.digest);
  });

  it('remove a tag under a condition while it moves: what was pushed meanwhile stays', async () => {
    const { store } = current();
    const condition: TagCondition = { type: 'one-of', digests: [base.digest] };
    for (let round = 0; round < ROUNDS; round += 1) {
      await store.manifests.put(own, base, { tags: [v1] });
      const move = async (): Promise<unknown> => store.manifests.put(own, next, { tags: [v1] });
      const remove = async (): Promise<unknown> => outcomeOf(store.manifests.untag(own, v1, condition));
      await Promise.all(round % 2 === 0 ? [move(), remove()] : [remove(), move()]);
      expect(await store.manifests.resolve(own, v1)).toBe(next.digest);
    }
  });

  it('remove a tag 5 times under a condition: one of them was first', async () => {
    const { store } = current();
    await store.manifests.put(own, base, { tags: [v1] });
    const answers = await times(5, async () => answerOf(store.manifests.untag(own, v1, { type: 'present' })));
    expect(answers.filter((answer) => answer === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'PRECONDITION_FAILED')).toHaveLength(4);
  });

  it('move two tags under a condition: both go to the one that wins', async () => {
    const { store } = current();
    const outcomes = await times(20, async (at) => {
      const tags = at % 2 === 0 ? toTags('a', 'b') : toTags('b', 'a');
      return outcomeOf(store.manifests.put(own, MANIFESTS[at] ?? base, { tags, condition: { type: 'absent' } }));
    });
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    const winner = MANIFESTS[outcomes.indexOf('done')]?.digest;
    expect(await tagsOf(store, own)).toEqual({ a: winner, b: winner });
  });
}

/** The tags that name nothing, by `resolve` or because the manifest is gone. */
async function danglingTags(store: Store): Promise<string[]> {
  const dangling: string[] = [];
  const { items } = await store.catalog.listTags(own, { limit: 1_000 });
  for (const tag of items) {
    const digest = await store.manifests.resolve(own, tag);
    if (digest === undefined || !(await store.manifests.has(own, digest))) dangling.push(tag);
  }
  return dangling;
}

async function isAnyMoved({ manifests }: Store, tags: readonly Tag[]): Promise<boolean> {
  const named = await Promise.all(tags.map(async (tag) => manifests.resolve(own, tag)));
  return named.includes(next.digest);
}

function itDeletesManifests(current: CurrentFixture): void {
  it('put and delete a manifest: no tag is left that names nothing', async () => {
    const { store } = current();
    for (let round = 0; round < ROUNDS; round += 1) {
      const put = (): Promise<unknown> => store.manifests.put(own, base, { tags: toTags('a', 'b') });
      const remove = (): Promise<unknown> => store.manifests.delete(own, base.digest);
      await Promise.all(round % 2 === 0 ? [put(), remove(), put()] : [remove(), put(), remove()]);
      expect(await danglingTags(store)).toEqual([]);
    }
  });

  it('delete a manifest while its tag moves to another: the other has it', async () => {
    const { store } = current();
    for (let round = 0; round < ROUNDS; round += 1) {
      await store.manifests.put(own, base, { tags: toTags('a', 'b') });
      const move = (): Promise<unknown> => store.manifests.put(own, next, { tags: toTags('a', 'b') });
      const remove = (): Promise<unknown> => store.manifests.delete(own, base.digest);
      await Promise.all(round % 2 === 0 ? [move(), remove()] : [remove(), move()]);
      expect(await tagsOf(store, own)).toEqual({ a: next.digest, b: next.digest });
      expect(await store.manifests.has(own, base.digest)).toBe(false);
      expect(await store.manifests.has(own, next.digest)).toBe(true);
    }
  });

  it('delete a manifest while its ten tags move one by one: none of those that moved is lost', async () => {
    const { store } = current();
    const tags = toTags(...Array.from({ length: 10 }, (_, at) => `v${at}`));
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      await store.manifests.put(own, base, { tags });
      const moves = Promise.all(tags.map(async (tag) => store.manifests.put(own, next, { tags: [tag] })));
      // From the first move on the others are about to happen.
      await lookDuring(moves, async () => isAnyMoved(store, tags));
      expect(await store.manifests.delete(own, base.digest)).toBe(true);
      await moves;
      expect(await tagsOf(store, own)).toEqual(Object.fromEntries(tags.map((tag) => [tag, next.digest])));
    }
  });

  it('delete a manifest 5 times: one of them was first', async () => {
    const { store } = current();
    await store.manifests.put(own, base, { tags: [v1] });
    const deleted = await times(5, async () => store.manifests.delete(own, base.digest));
    expect(deleted.filter(Boolean)).toEqual([true]);
    expect(await danglingTags(store)).toEqual([]);
  });
}

function itListsReferrers(current: CurrentFixture): void {
  it('push referrers of one subject: every one is listed', async () => {
    const { store } = current();
    const referrers = Array.from({ length: 20 }, (_, at) => sampleManifest(`r${at}`, { subject: base.digest }));
    await times(20, async (at) => store.manifests.put(own, referrers[at] ?? base));
    const page = await store.catalog.listReferrers(own, base.digest, { limit: 100, limitBytes: 1_000_000 });
    expect(page.items.map(({ digest }) => digest)).toEqual(referrers.map(({ digest }) => digest).sort());
  });

  it('push and delete a referrer: it is listed when it is there, and only then', async () => {
    const { store } = current();
    const referrer = sampleManifest('r', { subject: base.digest });
    for (let round = 0; round < ROUNDS; round += 1) {
      const put = (): Promise<unknown> => store.manifests.put(own, referrer);
      const remove = (): Promise<unknown> => store.manifests.delete(own, referrer.digest);
      await Promise.all(round % 2 === 0 ? [put(), remove(), put()] : [remove(), put(), remove()]);
      const { items } = await store.catalog.listReferrers(own, base.digest, { limit: 100, limitBytes: 1_000_000 });
      expect(items.length === 1).toBe(await store.manifests.has(own, referrer.digest));
    }
  });
}
