import { digestOf, parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { Catalog, Page } from '../storage/contracts.ts';
import { createMemoryStore } from '../storage/memory/memory-store.ts';
import { createListingService, PAGE_LIMIT } from './listings.ts';

const repository = parseRepositoryName('a') as RepositoryName;

describe('story 016 pages', () => {
  it.each([
    { asked: undefined, limit: PAGE_LIMIT, why: 'nothing asked' },
    { asked: 0, limit: 0, why: 'none asked' },
    { asked: 5, limit: 5, why: 'few asked' },
    { asked: 1_000_000_000, limit: PAGE_LIMIT, why: 'more asked than is given at once' },
  ])('have at most $limit items: $why', async ({ asked, limit }) => {
    const pages: Page[] = [];
    const { catalog } = createMemoryStore();
    const watched: Catalog = {
      ...catalog,
      hasRepository: () => Promise.resolve(true),
      listTags: (_, page) => (pages.push(page), catalog.listTags(repository, page)),
      listRepositories: (page) => (pages.push(page), catalog.listRepositories(page)),
      listReferrers: (...all) => (pages.push(all[2]), catalog.listReferrers(...all)),
    };
    const listings = createListingService(watched);
    const request = asked === undefined ? {} : { limit: asked };
    await listings.tags(repository, request);
    await listings.repositories(request);
    await listings.referrers(repository, digestOf(Buffer.from('')), request);
    expect(pages.map((page) => page.limit)).toEqual([limit, limit, limit]);
  });

  it('of tags are refused for a repository that is not there; of referrers never', async () => {
    const listings = createListingService(createMemoryStore().catalog);
    await expect(listings.tags(repository, {})).rejects.toMatchObject({ kind: 'NAME_UNKNOWN' });
    const none = await listings.referrers(repository, digestOf(Buffer.from('')), {});
    expect(none).toEqual({ items: [], more: false });
  });
});
