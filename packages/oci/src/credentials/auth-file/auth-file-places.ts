/**
 * Where credential files lie, in the order in which they are asked.
 *
 * @see https://github.com/containers/image/blob/v5.36.0/docs/containers-auth.json.5.md
 * @module
 */
import { platform, userInfo } from 'node:os';
import { join, sep } from 'node:path';
import type { Variables } from '../credential.ts';

export interface Surroundings {
  readonly env: Variables;
  readonly homeFolder: string;
}

export interface AuthFilePlace {
  readonly path: string;
  /** The path for people: `~/.docker/config.json`. */
  readonly source: string;
  /** The variable that names it; `null`: a place where such files usually lie. */
  readonly variable: 'REGISTRY_AUTH_FILE' | 'DOCKER_CONFIG' | null;
}

/** Of podman, skopeo and buildah: the one that is named, then the usual ones. */
export function containersAuthFiles(surroundings: Surroundings, uid = linuxUid()): readonly AuthFilePlace[] {
  const { env, homeFolder } = surroundings;
  const named = textOf(env['REGISTRY_AUTH_FILE']);
  const perLogin = perLoginFolder(textOf(env['XDG_RUNTIME_DIR']), uid);
  const settings = textOf(env['XDG_CONFIG_HOME']) ?? join(homeFolder, '.config');
  return distinct([
    named === undefined ? [] : [placeAt(named, 'REGISTRY_AUTH_FILE', surroundings)],
    perLogin === undefined ? [] : [placeAt(join(perLogin, 'auth.json'), null, surroundings)],
    [placeAt(join(settings, 'containers', 'auth.json'), null, surroundings)],
  ]);
}

/** Of Docker: in the folder that is named, then in the usual one. */
export function dockerConfigFiles(surroundings: Surroundings): readonly AuthFilePlace[] {
  const named = textOf(surroundings.env['DOCKER_CONFIG']);
  return distinct([
    named === undefined ? [] : [placeAt(join(named, 'config.json'), 'DOCKER_CONFIG', surroundings)],
    [homeConfig(surroundings)],
  ]);
}

/** The file that logins are written to: the one that is named, else Docker's. */
export function loginFile(surroundings: Surroundings): AuthFilePlace {
  const named = textOf(surroundings.env['REGISTRY_AUTH_FILE']);
  if (named !== undefined) return placeAt(named, 'REGISTRY_AUTH_FILE', surroundings);
  const folder = textOf(surroundings.env['DOCKER_CONFIG']);
  if (folder !== undefined) return placeAt(join(folder, 'config.json'), 'DOCKER_CONFIG', surroundings);
  return homeConfig(surroundings);
}

/** A variable that is set to nothing counts as not set: CI systems do that. */
export function textOf(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function homeConfig(surroundings: Surroundings): AuthFilePlace {
  return placeAt(join(surroundings.homeFolder, '.docker', 'config.json'), null, surroundings);
}

/** Gone when the user logs out of the machine. */
function perLoginFolder(runtime: string | undefined, uid: number | undefined): string | undefined {
  if (runtime !== undefined) return join(runtime, 'containers');
  return uid === undefined ? undefined : join('/run/containers', String(uid));
}

function placeAt(path: string, variable: AuthFilePlace['variable'], { homeFolder }: Surroundings): AuthFilePlace {
  const below = path.startsWith(`${homeFolder}${sep}`);
  return { path, source: below ? `~${path.slice(homeFolder.length)}` : path, variable };
}

function distinct(places: readonly (readonly AuthFilePlace[])[]): readonly AuthFilePlace[] {
  const all = places.flat();
  return all.filter(({ path }, at) => all.findIndex((other) => other.path === path) === at);
}

/** `undefined` where podman has no such folder, or the user has no entry in the system's list of users. */
function linuxUid(): number | undefined {
  try {
    return platform() === 'linux' ? userInfo().uid : undefined;
  } catch {
    return undefined;
  }
}
