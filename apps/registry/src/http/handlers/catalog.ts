/**
 * `/v2/_catalog`: the repositories the caller may pull from.
 *
 * Not in the OCI specification; clients know it from Docker's.
 *
 * @see https://distribution.github.io/distribution/spec/api/#listing-repositories
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';
import type { Access, Caller } from '../../auth/access.ts';
import { PAGE_LIMIT, type ListingService, type PageRequest } from '../../services/listings.ts';
import type { Listing } from '../../storage/contracts.ts';
import type { Exchange } from '../exchange.ts';
import { nextPage } from '../link-header.ts';
import { readPage } from '../page-query.ts';
import { respondJson } from '../respond.ts';

export type CatalogHandler = (exchange: Exchange, caller: Caller) => Promise<void>;

export function createCatalogHandler(listings: ListingService, access: Access): CatalogHandler {
  return async (exchange, caller) => {
    const page = readPage(exchange.query);
    const { items: repositories, more } = await listVisible(listings, page, (repository) =>
      access.allows(caller, 'pull', repository),
    );
    const link = nextPage(more, repositories.at(-1), '/v2/_catalog', { n: page.limit });
    respondJson(exchange, 200, ['Cache-Control', 'no-cache', ...link], { repositories });
  };
}

/** Fills the page with what is visible, and looks one further: neither page nor link may tell of what is hidden. */
async function listVisible(
  listings: ListingService,
  { limit = PAGE_LIMIT, after: start }: PageRequest,
  isVisible: (repository: RepositoryName) => boolean,
): Promise<Listing<RepositoryName>> {
  const items: RepositoryName[] = [];
  for (let after = start, more = limit > 0; more;) {
    const page = await listings.repositories({
      limit: limit - items.length + 1,
      ...(after !== undefined && { after }),
    });
    for (const repository of page.items.filter(isVisible)) {
      if (items.length === limit) return { items, more: true };
      items.push(repository);
    }
    after = page.items.at(-1);
    more = page.more && after !== undefined;
  }
  return { items, more: false };
}
