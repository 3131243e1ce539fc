/**
 * What must be true of a tag for it to be moved or removed, as a client asks with `If-Match` and `If-None-Match`.
 *
 * @module
 */
import type { Digest, RepositoryName, Tag } from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';
import type { TagCondition } from './contracts.ts';

/** @throws {RegistryError} `PRECONDITION_FAILED` when there is a condition that does not hold for a tag that names `current`. */
export function requireTagCondition(
  repository: RepositoryName,
  tag: Tag,
  current: Digest | undefined,
  condition: TagCondition | undefined,
): void {
  if (condition !== undefined && !holds(condition, current))
    throw preconditionFailed(repository, tag, current, condition);
}

export function preconditionFailed(
  repository: RepositoryName,
  tag: Tag,
  current: Digest | undefined,
  condition: TagCondition,
): RegistryError {
  return new RegistryError(
    'PRECONDITION_FAILED',
    `expected tag ${tag} ${describe(condition)}, found ${current ?? 'no such tag'}; look at it again and decide anew`,
    { detail: { name: repository, tag, ...(current !== undefined && { digest: current }) } },
  );
}

function holds(condition: TagCondition, current: Digest | undefined): boolean {
  switch (condition.type) {
    case 'absent':
      return current === undefined;
    case 'present':
      return current !== undefined;
    case 'one-of':
      return current !== undefined && condition.digests.includes(current);
  }
}

function describe(condition: TagCondition): string {
  switch (condition.type) {
    case 'absent':
      return 'not to exist';
    case 'present':
      return 'to exist';
    case 'one-of':
      return `to name ${condition.digests.join(' or ')}`;
  }
}
