/**
 * `/v2/<name>/tags/list`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @module
 */
import type { ListingService } from '../../services/listings.ts';
import type { Exchange } from '../exchange.ts';
import { nextPage } from '../link-header.ts';
import { readPage } from '../page-query.ts';
import { respondJson } from '../respond.ts';
import type { RouteOf } from '../routes.ts';

export type TagsHandler = (exchange: Exchange, route: RouteOf<'tags'>) => Promise<void>;

export function createTagsHandler(listings: ListingService): TagsHandler {
  return async (exchange, { repository }) => {
    const page = readPage(exchange.query);
    const { items: tags, more } = await listings.tags(repository, page);
    const link = nextPage(more, tags.at(-1), `/v2/${repository}/tags/list`, { n: page.limit });
    respondJson(exchange, 200, ['Cache-Control', 'no-cache', ...link], { name: repository, tags });
  };
}
