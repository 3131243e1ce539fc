/**
 * Lists of tags and of repositories: order, pages, and where the next one is.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf, jsonOf, type Answer, type HttpClient } from './client.ts';
import { newBlob } from './content.ts';
import { expectStatus, newName, newRepository, type Repository } from './repository.ts';
import { expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

/** In the order in which they are pushed; both orders that the specification allows agree on them. */
const TAGS = ['v3', 'v1', 'v10', 'alpha', 'v2', 'zulu', 'beta', 'v1.0', '0', 'v1.0-rc.1'];
const SORTED = ['0', 'alpha', 'beta', 'v1', 'v1.0', 'v1.0-rc.1', 'v10', 'v2', 'v3', 'zulu'];

async function pushTags(repository: Repository, tags: readonly string[] = TAGS): Promise<void> {
  const image = await repository.newImage();
  for (const tag of tags) await repository.pushManifest(image, tag);
}

const MANY_PAGES = 100;

/** The target of `Link`, when there is one, and only in the one form that clients read. */
export function nextOf(answer: Answer): string | undefined {
  const link = headerOf(answer, 'link');
  if (link === undefined) return undefined;
  const [, target] = /^<([^>]+)>;\s*rel="next"$/.exec(link) ?? [];
  if (target === undefined) return expect.fail(`${answer.to}: expected Link: <…>; rel="next", found ${link}`);
  // Relative to the request, whose host the client knows.
  const url = new URL(target, `http://registry${answer.to.split(' ')[1] ?? ''}`);
  return `${url.pathname}${url.search}`;
}

/** Follows `Link` from `target` on. @returns the items of each page, as `key` holds them */
export async function walk(http: HttpClient, target: string, key: string, maxPages = MANY_PAGES) {
  const pages: (readonly string[])[] = [];
  for (let next: string | undefined = target; next !== undefined && pages.length < maxPages;) {
    const answer = await http.get(next);
    expectStatus(answer, 200);
    pages.push((jsonOf(answer) as Record<string, readonly string[]>)[key] ?? []);
    next = nextOf(answer);
  }
  return pages;
}

const listing = rowsOf('Listing tags', '010', [
  {
    covers: ['tags.found', 'tags.body', 'tags.order'],
    says: 'end-8a: 200 with name and all tags, in order',
    test: async ({ http, repository }) => {
      await pushTags(repository);
      const answer = await http.get(`${repository.path}/tags/list`);
      expectStatus(answer, 200);
      expect(headerOf(answer, 'content-type')).toMatch(/^application\/json/);
      expect(jsonOf(answer)).toEqual({ name: repository.name, tags: SORTED });
    },
  },
  {
    covers: ['tags.order'],
    says: 'the order is that of the bytes: capitals first',
    test: async ({ repository }) => {
      await pushTags(repository, ['b', 'B', 'a', 'A', '_', '1']);
      expect(await repository.tags()).toEqual(['1', 'A', 'B', '_', 'a', 'b']);
    },
  },
  {
    covers: ['tags.found', 'tags.body'],
    says: 'an empty list, not null, for a repository with blobs alone',
    test: async ({ http, repository }) => {
      await repository.pushBlob(newBlob());
      const answer = await http.get(`${repository.path}/tags/list`);
      expectStatus(answer, 200);
      expect(jsonOf(answer)).toEqual({ name: repository.name, tags: [] });
    },
  },
  {
    covers: ['pull.missing-repository'],
    says: '404 NAME_UNKNOWN for a repository that does not exist',
    test: async ({ http, repository }) =>
      expectRefusal(await http.get(`${repository.path}/tags/list`), 404, 'NAME_UNKNOWN'),
  },
  {
    covers: ['api.rfc9110'],
    says: 'HEAD of a list has the headers of GET and no body',
    test: async ({ http, repository }) => {
      await pushTags(repository, ['a', 'b']);
      const target = `${repository.path}/tags/list?n=1`;
      const [get, head] = [await http.get(target), await http.head(target)];
      expectStatus(head, 200);
      expect(head.body.byteLength).toBe(0);
      for (const name of ['content-type', 'content-length', 'link'])
        expect(headerOf(head, name)).toBe(headerOf(get, name));
    },
  },
  {
    says: 'is true right after each change',
    test: async ({ http, repository }) => {
      await pushTags(repository, ['a', 'b']);
      expectStatus(await http.delete(repository.manifestPath('a')), 202);
      expect(await repository.tags()).toEqual(['b']);
      await repository.pushManifest(await repository.newImage(), 'a');
      expect(await repository.tags()).toEqual(['a', 'b']);
    },
  },
]);

const LAST_ROWS = [
  { query: '?last=beta', expected: SORTED.slice(3), why: 'what follows it, without n' },
  { query: '?n=2&last=beta', expected: ['v1', 'v1.0'], why: 'as many as n of what follows' },
  { query: '?last=bet', expected: SORTED.slice(2), why: 'a tag that is not there' },
  { query: '?last=zulu', expected: [], why: 'nothing follows the last one' },
  { query: '?n=5&last=zzz', expected: [], why: 'beyond the end' },
  { query: '?last=1', expected: SORTED.slice(1), why: 'a tag that looks like an index is a tag' },
];

const pages = rowsOf('Listing tags', '016', [
  ...[1, 3, 9, 10, 11, 100].map((n) => ({
    covers: ['tags.n' as const, 'tags.link' as const, 'tags.n-order' as const, 'tags.order' as const],
    says: `end-8b: n=${n} gives pages of that size, and Link leads through all of ten tags, each once`,
    test: async ({ http, repository }: Subject) => {
      await pushTags(repository);
      const got = await walk(http, `${repository.path}/tags/list?n=${n}`, 'tags');
      expect(got.flat()).toEqual(SORTED);
      for (const page of got.slice(0, -1)) expect(page).toHaveLength(n);
      expect(got).toHaveLength(Math.ceil(10 / n));
    },
  })),
  {
    covers: ['tags.n-zero', 'tags.n-zero-no-link'],
    says: 'n=0 gives an empty list and no Link',
    test: async ({ http, repository }) => {
      await pushTags(repository);
      const answer = await http.get(`${repository.path}/tags/list?n=0`);
      expectStatus(answer, 200);
      expect(jsonOf(answer)).toEqual({ name: repository.name, tags: [] });
      expect(headerOf(answer, 'link')).toBeUndefined();
    },
  },
  ...LAST_ROWS.map(({ query, expected, why }) => ({
    covers: ['tags.last-order' as const, 'tags.last-is-a-tag' as const],
    says: `${query}: ${why}`,
    test: async ({ repository }: Subject) => {
      await pushTags(repository);
      expect(await repository.tags(query)).toEqual(expected);
    },
  })),
  {
    says: 'no Link when n is exactly the count of tags: there is nothing more',
    test: async ({ http, repository }) => {
      await pushTags(repository);
      expect(headerOf(await http.get(`${repository.path}/tags/list?n=10`), 'link')).toBeUndefined();
    },
  },
  {
    says: 'a tag deleted between two pages does not disturb the next one',
    test: async ({ http, repository }) => {
      await pushTags(repository);
      const next = nextOf(await http.get(`${repository.path}/tags/list?n=4`)) ?? '';
      expectStatus(await http.delete(repository.manifestPath('v1')), 202);
      const rest = await walk(http, next, 'tags');
      expect(rest.flat()).toEqual(SORTED.slice(4));
    },
  },
  ...['abc', '-1', '1.5', '1e3', '0x10'].map((n) => ({
    says: `400 for n=${n}`,
    test: async ({ http, repository }: Subject) => {
      await pushTags(repository, ['a']);
      expectRefusal(await http.get(`${repository.path}/tags/list?n=${n}`), 400);
      expectRefusal(await http.get(`/v2/_catalog?n=${n}`), 400);
    },
  })),
  {
    says: 'a huge n is capped, not refused',
    test: async ({ http, repository }) => {
      await pushTags(repository, ['a']);
      expect(await repository.tags('?n=2000000000')).toEqual(['a']);
      expectStatus(await http.get('/v2/_catalog?n=99999999999999999999'), 200, 400);
    },
  },
]);

/** Repositories with names that share beginnings, which a careless listing drops. @returns them in order */
async function pushRepositories(http: HttpClient): Promise<readonly string[]> {
  const base = newName();
  const names = ['', '-b', '.b', '/a', '/a/b', '/b', '0'].map((rest) => `${base}${rest}`);
  for (const name of names.toReversed()) await newRepository(http, name).pushBlob(newBlob());
  return names.sort();
}

/** Whatever else the registry holds is left out. */
const ours = (all: readonly string[], names: readonly string[]) =>
  all.filter((name) => name.startsWith(names[0] ?? 'none'));

const catalog = rowsOf('Catalog', '015', [
  {
    says: 'lists every repository in order of bytes, also those whose name begins with that of another',
    test: async ({ http }) => {
      const names = await pushRepositories(http);
      const listed = (await walk(http, '/v2/_catalog', 'repositories')).flat();
      expect(ours(listed, names)).toEqual(names);
      expect(listed).toEqual([...listed].sort());
    },
  },
  ...[1, 2, 3, 7].map((n) => ({
    story: '016' as const,
    says: `n=${n}: Link leads through all, each once`,
    test: async ({ http }: Subject) => {
      const names = await pushRepositories(http);
      // Begins right before them, so that the rest of the registry is not walked.
      const start = encodeURIComponent((names[0] ?? '').slice(0, -1));
      const count = Math.ceil(names.length / n);
      const found = await walk(http, `/v2/_catalog?n=${n}&last=${start}`, 'repositories', count);
      expect(found[0]).toHaveLength(n);
      expect(ours(found.flat(), names)).toEqual(names);
    },
  })),
  {
    story: '016',
    says: 'last is not in the page, and need not exist',
    test: async ({ http }) => {
      const names = await pushRepositories(http);
      for (const [index, name] of names.entries()) {
        const next = names[index + 1];
        if (next === undefined) continue;
        const [page] = await walk(http, `/v2/_catalog?n=1&last=${encodeURIComponent(name)}`, 'repositories', 1);
        expect(page).toEqual([next]);
      }
    },
  },
  {
    story: '016',
    says: 'n=0 gives an empty list and no Link',
    test: async ({ http }) => {
      await pushRepositories(http);
      const answer = await http.get('/v2/_catalog?n=0');
      expectStatus(answer, 200);
      expect(jsonOf(answer)).toEqual({ repositories: [] });
      expect(headerOf(answer, 'link')).toBeUndefined();
    },
  },
]);

export const listingRows: readonly Row[] = [...listing, ...pages, ...catalog];
