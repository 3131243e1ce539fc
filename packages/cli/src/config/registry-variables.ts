/**
 * `SQUIZZLE_REGISTRY` and `SQUIZZLE_REPOSITORY`: the remote store as pipelines name it.
 *
 * The registry may carry the beginning of the repository (`registry.gitlab.com/acme/shop`, `eu-docker.pkg.dev/p/r`).
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { DOCKER_HUB, parseRegistryHost } from '@squizzle/oci-spec';
import type { Variables } from './interpolation.ts';
import { readOverride } from './overrides.ts';
import { parseStorePlace, type RegistryPlace } from './store-place.ts';

const DEFAULT_REPOSITORY = 'squizzle-artifacts';

export interface NamedRemote {
  readonly place: RegistryPlace;
  /** What was done to the names, for people. */
  readonly note: string | undefined;
}

/** @throws {SquizzleError} `CONFIG_INVALID` naming the variable. `undefined` when no registry is named. */
export function remoteOfVariables(variables: Variables): NamedRemote | undefined {
  const registry = readOverride('SQUIZZLE_REGISTRY', variables);
  if (registry === undefined) return undefined;
  const [host = '', ...path] = withoutScheme(registry).split('/');
  const name = readOverride('SQUIZZLE_REPOSITORY', variables);
  const named = [...path, name ?? (path.length > 0 ? undefined : DEFAULT_REPOSITORY)]
    .filter((part) => part !== undefined && part !== '')
    .join('/');
  const repository = named.toLowerCase();
  if (!isHost(host)) throw refuse('SQUIZZLE_REGISTRY', 'a registry: expected its host, as ghcr.io or localhost:5000');
  const parsed = parseStorePlace(`oci://${host}/${repository}`);
  const variable = name === undefined ? 'SQUIZZLE_REGISTRY' : 'SQUIZZLE_REPOSITORY';
  if (!parsed.ok || parsed.place.kind === 'folder') throw refuse(variable, NAME_EXPECTED);
  const { place } = parsed;
  if (place.registry === DOCKER_HUB && place.repository.startsWith('library/')) throw refuse(variable, HUB_EXPECTED);
  const note = repository === named ? undefined : `registries know lower case alone: ${named} is ${repository} there`;
  return { place, note };
}

const NAME_EXPECTED = 'a repository: expected the name of a repository, as acme/migrations: lower case, without tag';
const HUB_EXPECTED =
  'a repository: expected a user or organisation before the name on Docker Hub, as SQUIZZLE_REPOSITORY=acme/migrations';

function withoutScheme(registry: string): string {
  return registry
    .trim()
    .replace(/^(?:https?|oci):\/\//i, '')
    .replace(/\/+$/, '');
}

function isHost(text: string): boolean {
  return /[.:]|^localhost$/.test(text) && parseRegistryHost(text) !== undefined;
}

/** The value is not shown: in a pipeline it may be anything. */
function refuse(variable: string, what: string): SquizzleError<'CONFIG_INVALID'> {
  const message = `the variable ${variable} does not name ${what}`;
  return new SquizzleError('CONFIG_INVALID', message, { file: variable, key: null });
}
