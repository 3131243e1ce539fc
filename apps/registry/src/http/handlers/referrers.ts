/**
 * `/v2/<name>/referrers/<digest>`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 * @module
 */
import { MEDIA_TYPES } from '@squizzle/oci-spec';
import type { ListingService } from '../../services/listings.ts';
import type { Exchange } from '../exchange.ts';
import { nextPage } from '../link-header.ts';
import { readPage } from '../page-query.ts';
import { respondJson } from '../respond.ts';
import type { RouteOf } from '../routes.ts';

export type ReferrersHandler = (exchange: Exchange, route: RouteOf<'referrers'>) => Promise<void>;

export function createReferrersHandler(listings: ListingService): ReferrersHandler {
  return async (exchange, { repository, digest }) => {
    const page = readPage(exchange.query);
    // Left empty, it filters nothing: no artifact has an empty type.
    const artifactType = exchange.query.get('artifactType') || undefined;
    const { items: manifests, more } = await listings.referrers(repository, digest, {
      ...page,
      ...(artifactType !== undefined && { artifactType }),
    });
    const path = `/v2/${repository}/referrers/${digest}`;
    const headers = [
      'Cache-Control',
      'no-cache',
      ...nextPage(more, manifests.at(-1)?.digest, path, { n: page.limit, artifactType }),
    ];
    if (artifactType !== undefined) headers.push('OCI-Filters-Applied', 'artifactType');
    const mediaType = MEDIA_TYPES.ociIndex;
    respondJson(exchange, 200, headers, { schemaVersion: 2, mediaType, manifests }, mediaType);
  };
}
