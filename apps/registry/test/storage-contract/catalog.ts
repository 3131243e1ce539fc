/**
 * The contract of `Catalog` for repositories and tags.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { itPages } from './pages.ts';
import { pushBlob, sampleBlob, sampleManifest, tagsOf, toRepository, toTag, toTags } from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const own = toRepository('team/own');
const blob = sampleBlob(10);
const manifest = sampleManifest('listed');

/** `-` comes before `.`, `/`, digits and letters; a walk through folders would list `a/b` right after `a`. */
const REPOSITORIES = ['a', 'a-b', 'a.b', 'a/b', 'a/b-c', 'a/b/c', 'a0', 'a_b', 'ab', 'b/c/d/e', 'z'];
/** Upper case before `_` before lower case, digits before both; numbers are no numbers here. */
const TAGS = ['0', '1.10', '1.9', '10', '9', 'A', 'B', 'Z', '_x', 'a', 'a-1', 'a.1', 'a1', 'aB', 'a_1', 'ab', 'b'];

export function describeCatalog(current: CurrentFixture): void {
  describe('the list of repositories', () => {
    itListsRepositories(current);
    itTakesNames(current);
    itPages(current, {
      what: 'repositories',
      expected: REPOSITORIES.map((name) => toRepository(name)),
      cursorOf: (name) => name,
      // Filled from the end, half with a blob and half with a manifest.
      async fill({ store }) {
        for (const [at, name] of REPOSITORIES.toReversed().entries()) {
          if (at % 2 === 0) await pushBlob(store, toRepository(name), blob);
          else await store.manifests.put(toRepository(name), manifest);
        }
      },
      list: async ({ store }, page) => store.catalog.listRepositories(page),
      strangeCursors: [
        'a/b/',
        'a/b/b',
        'a/b/d',
        'a/a',
        'b',
        'b/',
        'b/c',
        'b/c/d/e/f',
        'b//',
        'A',
        '/',
        'a//b',
        'a/../b',
      ],
    });
  });
  describe('the list of tags', () => {
    itListsTags(current);
    itPages(current, {
      what: 'tags',
      expected: TAGS.map((tag) => toTag(tag)),
      cursorOf: (tag) => tag,
      async fill({ store }) {
        for (const [at, tag] of TAGS.toReversed().entries()) {
          await store.manifests.put(own, at % 2 === 0 ? manifest : sampleManifest('other'), { tags: toTags(tag) });
        }
      },
      list: async ({ store }, page) => store.catalog.listTags(own, page),
      strangeCursors: ['1', '1.', '1.91', 'Z9', '`', 'zz'],
    });
  });
}

function itListsRepositories(current: CurrentFixture): void {
  it('lists none when there is none', async () => {
    const { catalog } = current().store;
    expect(await catalog.listRepositories({ limit: 10 })).toEqual({ items: [], more: false });
    expect(await catalog.hasRepository(own)).toBe(false);
  });

  it.each([
    { by: 'blob', why: 'blobs are pushed before the manifest' },
    { by: 'mounted blob', why: 'it is one like any other' },
    { by: 'manifest', why: 'an index may need no blob' },
  ])('lists a repository from its first $by on: $why', async ({ by }) => {
    const { store } = current();
    const source = toRepository('zz');
    await pushBlob(store, source, blob);
    if (by === 'blob') await pushBlob(store, own, blob);
    else if (by === 'manifest') await store.manifests.put(own, manifest);
    else await store.blobs.mount(own, blob.digest, source);
    expect(await store.catalog.hasRepository(own)).toBe(true);
    expect(await store.catalog.listRepositories({ limit: 10 })).toEqual({ items: [own, source], more: false });
  });

  it('does not take the folder of a repository for one', async () => {
    const { store } = current();
    await pushBlob(store, toRepository('a/b/c'), blob);
    await store.manifests.put(toRepository('a/b/c'), manifest, { tags: toTags('v1') });
    for (const name of ['a', 'a/b', 'a/b/c/d']) {
      expect(await store.catalog.hasRepository(toRepository(name))).toBe(false);
      expect(await store.catalog.listTags(toRepository(name), { limit: 10 })).toEqual({ items: [], more: false });
    }
    expect(await store.catalog.listRepositories({ limit: 10 })).toEqual({ items: ['a/b/c'], more: false });
  });

  it('lists a repository that has lost its last blob and manifest: from the first on', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    await store.manifests.put(own, manifest, { tags: toTags('v1') });
    await store.blobs.delete(own, blob.digest);
    await store.manifests.delete(own, manifest.digest);
    expect(await store.catalog.hasRepository(own)).toBe(true);
    expect(await store.catalog.listRepositories({ limit: 10 })).toEqual({ items: [own], more: false });
    expect(await store.catalog.listTags(own, { limit: 10 })).toEqual({ items: [], more: false });
  });
}

function itTakesNames(current: CurrentFixture): void {
  it.each([
    { name: 'x'.repeat(255), why: 'one part as long as a file name may be' },
    { name: `${'x/'.repeat(127)}x`, why: 'as many parts as fit' },
    { name: 'tags/list', why: 'it ends like a route' },
    { name: 'a/manifests/v1', why: 'it looks like a route' },
    { name: 'a/blobs/uploads', why: 'it looks like a route' },
    { name: 'a/link', why: 'a driver may use the name itself' },
    { name: 'sha256', why: 'a driver may use the name itself' },
    { name: 'constructor', why: 'a name is not looked up in a prototype' },
  ])('takes $name as a repository: $why', async ({ name }) => {
    const { store } = current();
    const [repository, above] = [toRepository(name), toRepository('a')];
    await store.manifests.put(above, sampleManifest('above'), { tags: toTags('v1', 'link') });
    await pushBlob(store, repository, blob);
    await store.manifests.put(repository, manifest, { tags: toTags('v1') });
    expect(await store.catalog.listRepositories({ limit: 10 })).toEqual({ items: [above, repository], more: false });
    expect(await tagsOf(store, repository)).toEqual({ v1: manifest.digest });
    expect(await store.blobs.stat(repository, blob.digest)).toEqual({ sizeBytes: 10 });
    expect(Object.keys(await tagsOf(store, above))).toEqual(['link', 'v1']);
  });
}

function itListsTags(current: CurrentFixture): void {
  it('lists none for a repository that is not there', async () => {
    expect(await current().store.catalog.listTags(own, { limit: 10 })).toEqual({ items: [], more: false });
    expect(await current().store.catalog.hasRepository(own)).toBe(false);
  });

  it('lists none for a repository with blobs alone, or with a manifest without tags', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    expect(await store.catalog.listTags(own, { limit: 10 })).toEqual({ items: [], more: false });
    await store.manifests.put(own, manifest);
    expect(await store.catalog.listTags(own, { limit: 10 })).toEqual({ items: [], more: false });
  });

  it('lists the tags of the repository alone, not of those whose names begin with its name', async () => {
    const { store } = current();
    for (const name of ['a', 'a/b', 'ab']) {
      await store.manifests.put(toRepository(name), manifest, { tags: toTags(`of-${name.replace('/', '-')}`) });
    }
    expect(await store.catalog.listTags(toRepository('a'), { limit: 10 })).toEqual({ items: ['of-a'], more: false });
  });

  it('goes on after a tag that was removed since the page before', async () => {
    const { store } = current();
    await store.manifests.put(own, manifest, { tags: toTags('a', 'b', 'c', 'd') });
    expect(await store.catalog.listTags(own, { limit: 2 })).toEqual({ items: ['a', 'b'], more: true });
    await store.manifests.untag(own, toTag('b'));
    expect(await store.catalog.listTags(own, { limit: 2, after: 'b' })).toEqual({ items: ['c', 'd'], more: false });
  });
}
