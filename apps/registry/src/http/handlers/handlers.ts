/**
 * Which handler serves which route.
 *
 * @module
 */
import type { Access, Caller } from '../../auth/access.ts';
import type { Logger } from '../../log/logger.ts';
import type { Services } from '../../services/services.ts';
import type { Store } from '../../storage/contracts.ts';
import { createBufferPool } from '../buffer-pool.ts';
import type { Exchange } from '../exchange.ts';
import type { Route } from '../routes.ts';
import { handleBase } from './base.ts';
import { createBlobHandler } from './blobs.ts';
import { createCatalogHandler } from './catalog.ts';
import { createHealthHandlers } from './health.ts';
import { createManifestHandler } from './manifests.ts';
import { createReferrersHandler } from './referrers.ts';
import { createTagsHandler } from './tags.ts';
import { createUploadHandlers } from './uploads.ts';

export interface HandlerOptions {
  readonly services: Services;
  readonly store: Pick<Store, 'probe'>;
  readonly access: Access;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Answers the request of a caller who may make it. */
export type Handle = (exchange: Exchange, route: Route, caller: Caller) => Promise<void>;

/** Two of them make a download; larger ones are hardly faster. All that are in use at once are 16 MiB at most. */
const DOWNLOAD_BUFFERS = { largeBytes: 256 * 1024, smallBytes: 16 * 1024, largeCount: 64, keptCount: 16 };

export function createHandlers({ services, store, access, logger, now }: HandlerOptions): Handle {
  const { health, ready } = createHealthHandlers(store, logger, now);
  const blob = createBlobHandler(services.blobs, createBufferPool(DOWNLOAD_BUFFERS));
  const manifest = createManifestHandler(services.manifests);
  const uploads = createUploadHandlers(services.uploads, access);
  const tags = createTagsHandler(services.listings);
  const catalog = createCatalogHandler(services.listings, access);
  const referrers = createReferrersHandler(services.listings);
  return async (exchange, route, caller) => {
    switch (route.name) {
      case 'health':
        return health(exchange);
      case 'ready':
        return ready(exchange);
      case 'base':
        return handleBase(exchange, caller, access);
      case 'catalog':
        return catalog(exchange, caller);
      case 'tags':
        return tags(exchange, route);
      case 'referrers':
        return referrers(exchange, route);
      case 'manifest':
        return manifest(exchange, route);
      case 'blob':
        return blob(exchange, route);
      case 'uploads':
        return uploads.start(exchange, route, caller);
      case 'upload':
        return uploads.session(exchange, route);
    }
  };
}
