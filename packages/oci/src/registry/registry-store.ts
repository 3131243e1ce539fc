/**
 * A repository of any OCI registry as a content store, with a connection of its own.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { DOCKER_HUB, parseRepositoryName, type RegistryHost, type RepositoryName } from '@squizzle/oci-spec';
import { createRegistryConnection } from '../connection/create-connection.ts';
import type { RegistryOptions } from '../connection/registry-options.ts';
import type { RegistryConnection } from './repository-access.ts';
import { createRepositoryStore, type RepositoryStore, type RepositoryStoreOptions } from './repository-store.ts';

export interface RegistryStoreOptions extends RegistryOptions, RepositoryStoreOptions {
  /** `myorg/app`. It need not exist: then it is empty, and most registries make it at the first push. */
  readonly repository: string;
}

export interface RegistryStore extends RepositoryStore {
  readonly connection: RegistryConnection;
  /** As the registry knows it: with `library/` on Docker Hub. */
  readonly repository: RepositoryName;
  /** Ends idle connections, so that the process can end. Calls that run go on. */
  close(): Promise<void>;
}

/**
 * Opens a repository. Nothing is asked of the registry before the first call.
 *
 * @throws {SquizzleError} `USAGE_INVALID` for a registry or repository that is none.
 */
export function createRegistryStore({ repository, soleWriter, ...options }: RegistryStoreOptions): RegistryStore {
  const connection = createRegistryConnection(options);
  const name = toRepositoryName(repository, connection.host);
  const store = createRepositoryStore(connection.repository(name), { soleWriter });
  return { ...store, repository: name, connection, close: () => connection.close() };
}

/** Docker Hub's own images live under `library/`, which nobody writes. */
function toRepositoryName(text: string, host: RegistryHost): RepositoryName {
  const name = parseRepositoryName(host === DOCKER_HUB && !text.includes('/') ? `library/${text}` : text);
  if (name !== undefined) return name;
  const message = `repository: expected a name as myorg/app (lower case letters, digits, '.', '_' and '-', parts with '/' between), found ${JSON.stringify(text.slice(0, 300))}`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'repository' });
}
