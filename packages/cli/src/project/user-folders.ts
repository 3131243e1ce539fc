/**
 * Folders of the user that projects share.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 * @module
 */
import { join } from 'node:path';
import type { Environment } from '../environment.ts';

type Surroundings = Pick<Environment, 'env' | 'homeFolder'>;

/** May be deleted at any time. */
export function cacheFolder({ env, homeFolder }: Surroundings): string {
  return join(env['XDG_CACHE_HOME'] || join(homeFolder, '.cache'), 'squizzle');
}

/** What was read from registries, by digest. */
export function contentFolder(surroundings: Surroundings): string {
  return join(cacheFolder(surroundings), 'content');
}

/** Images that `image build` made. */
export function imageFolder({ env, homeFolder }: Surroundings): string {
  return join(env['XDG_DATA_HOME'] || join(homeFolder, '.local/share'), 'squizzle', 'images');
}

/** What was last seen of TUF repositories, so that none goes back to something older. */
export function trustedRootFolder(surroundings: Surroundings): string {
  return join(cacheFolder(surroundings), 'tuf');
}
