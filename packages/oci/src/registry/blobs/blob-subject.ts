/**
 * How requests about a blob are addressed, and how they are called in errors.
 *
 * @module
 */
import type { ContentId, Digest } from '@squizzle/oci-spec';
import type { ResponseSubject } from '../response-error.ts';
import type { RepositoryAccess } from '../repository-access.ts';

/** A digest is checked when it is made: nothing in it needs to be encoded. */
export function blobTarget(digest: Digest): string {
  return `blobs/${digest}`;
}

export function pullSubject({ digest }: ContentId): ResponseSubject {
  return { what: 'blob', name: digest, doing: `pull the blob ${digest}`, action: 'pull' };
}

/** A 404 while pushing means that there is no such repository: the blob is known to be missing. */
export function pushSubject({ repository }: RepositoryAccess, { digest }: ContentId): ResponseSubject {
  return { what: 'repository', name: repository, doing: `push the blob ${digest}`, action: 'push' };
}
