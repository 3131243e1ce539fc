/**
 * `SQUIZZLE_REGISTRY` and `SQUIZZLE_REPOSITORY`: the remote store as pipelines name it.
 *
 * The registry may carry the beginning of the repository (`registry.gitlab.com/acme/shop`, `eu-docker.pkg.dev/p/r`).
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { DOCKER_HUB } from '@squizzle/oci-spec';
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
  const parsed = parseStorePlace(`oci://${host}/${repository}`);
  const variable = name === undefined ? 'SQUIZZLE_REGISTRY' : 'SQUIZZLE_REPOSITORY';
  if (!parsed.ok || parsed.place.kind === 'folder') throw refuse(variable, expected(host, parsed));
  const { place } = parsed;
  if (place.registry === DOCKER_HUB && place.repository.startsWith('library/')) throw refuse(variable, HUB_EXPECTED);
  const note = repository === named ? undefined : `registries know lower case alone: ${named} is ${repository} there`;
  return { place, note };
}

const HUB_EXPECTED = 'a user or organisation before the name on Docker Hub, as SQUIZZLE_REPOSITORY=acme/migrations';

function withoutScheme(registry: string): string {
  return registry
    .trim()
    .replace(/^(?:https?|oci):\/\//i, '')
    .replace(/\/+$/, '');
}

function expected(host: string, parsed: ReturnType<typeof parseStorePlace>): string {
  if (!/[.:]|^localhost$/.test(host)) return 'the host of a registry in SQUIZZLE_REGISTRY, as ghcr.io';
  return parsed.ok ? HUB_EXPECTED : 'the name of a repository, as acme/migrations: lower case, without tag';
}

/** The value is not shown: in a pipeline it may be anything. */
function refuse(variable: string, what: string): SquizzleError<'CONFIG_INVALID'> {
  const message = `the variable ${variable} does not name a repository: expected ${what}`;
  return new SquizzleError('CONFIG_INVALID', message, { file: variable, key: null });
}
