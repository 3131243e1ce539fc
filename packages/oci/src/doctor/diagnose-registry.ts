/**
 * {@link probeRegistry} with a connection of its own.
 *
 * @module
 */
import { createRegistryStore, type RegistryStoreOptions } from '../registry/registry-store.ts';
import type { ProbeResult } from './probe-result.ts';
import { probeRegistry, type ProbeOptions } from './probe-registry.ts';

/**
 * Nothing is kept but what cannot be deleted.
 *
 * @throws {SquizzleError} `USAGE_INVALID` for a registry or repository that is none; else nothing but the signal's reason.
 */
export async function* diagnoseRegistry(
  options: RegistryStoreOptions,
  probeOptions: Omit<ProbeOptions, 'repository'> = {},
): AsyncGenerator<ProbeResult, void, undefined> {
  const { connection, repository, close } = createRegistryStore(options);
  try {
    yield* probeRegistry(connection, { ...probeOptions, repository });
  } finally {
    await close();
  }
}
