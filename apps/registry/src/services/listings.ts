/**
 * Tags, repositories and referrers, a page at a time.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-discovery
 * @module
 */
import { LIMITS, type Descriptor, type Digest, type RepositoryName, type Tag } from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';
import type { Catalog, Listing, Page } from '../storage/contracts.ts';

/** What a client asked for: both may be left out. */
export interface PageRequest {
  readonly after?: string;
  /** Already a whole number from 0 on. Capped here, whatever was asked. */
  readonly limit?: number;
}

export interface ReferrersRequest extends PageRequest {
  readonly artifactType?: string;
}

export interface ListingService {
  /** @throws {RegistryError} `NAME_UNKNOWN`. */
  tags(repository: RepositoryName, request: PageRequest): Promise<Listing<Tag>>;
  repositories(request: PageRequest): Promise<Listing<RepositoryName>>;
  /** Never fails for a subject or repository that is not there: then the list is empty. */
  referrers(repository: RepositoryName, subject: Digest, request: ReferrersRequest): Promise<Listing<Descriptor>>;
}

/** Most items of one page, also when more were asked for: the rest comes with the next `Link`. */
export const PAGE_LIMIT = 1_000;
/** Leaves room in the 4 MiB of a manifest for the index around the descriptors. */
const REFERRERS_BYTES = LIMITS.manifestBytes - 1_024;

export function createListingService(catalog: Catalog): ListingService {
  return {
    async tags(repository, request) {
      if (!(await catalog.hasRepository(repository))) {
        throw new RegistryError('NAME_UNKNOWN', `there is no repository ${repository}`, {
          detail: { name: repository },
        });
      }
      return catalog.listTags(repository, page(request));
    },
    repositories: async (request) => catalog.listRepositories(page(request)),
    referrers: async (repository, subject, { artifactType, ...request }) =>
      catalog.listReferrers(repository, subject, {
        ...page(request),
        limitBytes: REFERRERS_BYTES,
        ...(artifactType !== undefined && { artifactType }),
      }),
  };
}

function page({ after, limit = PAGE_LIMIT }: PageRequest): Page {
  return { limit: Math.min(limit, PAGE_LIMIT), ...(after !== undefined && { after }) };
}
