/**
 * Everything the HTTP layer may ask for. The services hold the rules of the specification and know no request.
 *
 * @module
 */
import type { Store } from '../storage/contracts.ts';
import { createBlobService, type BlobService } from './blobs.ts';
import { createListingService, type ListingService } from './listings.ts';
import { createManifestService, type ManifestOptions, type ManifestService } from './manifests.ts';
import { createUploadService, type UploadService } from './uploads.ts';

export interface Services {
  readonly blobs: BlobService;
  readonly uploads: UploadService;
  readonly manifests: ManifestService;
  readonly listings: ListingService;
}

export function createServices(store: Store, options: ManifestOptions = {}): Services {
  return {
    blobs: createBlobService(store.blobs),
    uploads: createUploadService(store),
    manifests: createManifestService(store, options),
    listings: createListingService(store.catalog),
  };
}
