/**
 * The rights that a request needs, as token services write them.
 *
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';
import type { RegistryProfile } from '../registry/registry-profile.ts';
import type { RepositoryRequest } from '../registry/repository-access.ts';

export function scopesOf(
  { action, mountFrom }: Pick<RepositoryRequest, 'action' | 'mountFrom'>,
  repository: RepositoryName,
  profile: RegistryProfile,
): readonly string[] {
  const own = `repository:${repository}:${actionsFor(action, profile)}`;
  return mountFrom === undefined || mountFrom === repository ? [own] : [own, `repository:${mountFrom}:pull`];
}

function actionsFor(action: RepositoryRequest['action'], { deletionActions = 'pull,delete' }: RegistryProfile): string {
  if (action === 'delete') return deletionActions;
  return action === 'push' ? 'pull,push' : 'pull';
}
