/**
 * Which digest a version of a package is: whoever answers for the registry says so, so that a moved tag is noticed.
 *
 * The predicate is in-toto's, version 0.1; `version` is ours beside it, so that a policy can compare it without parsing
 * the purl.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/predicates/release.md
 * @see https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md
 * @module
 */
import type { Version } from '@squizzle/core';
import { parseRepositoryName, type Digest, type Tag } from '@squizzle/oci-spec';
import { requireText } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

export interface ReleaseBindingInput {
  readonly digest: Digest;
  readonly version: Version;
  /** Of the version, not a moving one. */
  readonly tag: Tag;
  /** Registry and repository, `ghcr.io/acme/db`; a plain name, `db`, for what lies in no registry. */
  readonly repository: string;
  /** Identifies the package for good, whatever it is called: not its version. */
  readonly releaseId?: string;
}

/** @throws {RangeError} for an empty text, or a repository whose last part is no name. */
export function releaseBinding({ version, releaseId, ...target }: ReleaseBindingInput): Predicate {
  return {
    purl: ociPurl(target),
    version,
    ...(releaseId === undefined ? {} : { releaseId: requireText('releaseId', releaseId) }),
  };
}

/**
 * `pkg:oci/db@sha256%3A…?repository_url=ghcr.io/acme/db&tag=v1.2.0`: the name is the repository's last part.
 *
 * @throws {RangeError} as `releaseBinding`.
 */
export function ociPurl({ digest, repository, tag }: Omit<ReleaseBindingInput, 'version' | 'releaseId'>): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  if (parseRepositoryName(name) === undefined) {
    throw new RangeError(`expected a repository as ghcr.io/acme/db, found '${repository}'`);
  }
  // The place is a qualifier: a purl of this type names no registry otherwise. A slash in one needs no encoding.
  const place = repository === name ? '' : `repository_url=${encodeURIComponent(repository).replaceAll('%2F', '/')}&`;
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?${place}tag=${encodeURIComponent(tag)}`;
}
