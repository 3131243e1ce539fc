/**
 * Registries for commands that need no project: with its settings where there is one.
 *
 * @module
 */
import { isSquizzleError, SquizzleError } from '@squizzle/core';
import { parseReference, parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import type { LoadedConfig } from '../config/load-config.ts';
import { remoteOfVariables } from '../config/registry-variables.ts';
import type { RegistryPlace } from '../config/store-place.ts';
import { valueIfSet } from '../config/value-if-set.ts';
import type { GlobalFlags } from '../global-options.ts';
import { createTransferProgress } from '../output/transfer-progress.ts';
import { toRegistryAddress, type RegistryAddress } from './registry-target.ts';
import type { Session } from './session.ts';
import type { StoreFlags } from './stores.ts';

export interface Registries {
  /** The project's, where it is a registry. */
  readonly remote: RegistryPlace | undefined;
  addressOf(host: RegistryHost): RegistryAddress;
}

/** @throws {SquizzleError} `CONFIG_INVALID`; a folder without project is none. */
export async function openRegistries(session: Session, flags: GlobalFlags & StoreFlags): Promise<Registries> {
  const { environment, output, cwd } = session;
  const { env, homeFolder } = environment;
  const loaded = await loadIfThere(session, flags);
  const place = remoteOfVariables(env)?.place ?? valueIfSet(loaded?.config.remote);
  const remote = place?.kind === 'registry' ? place : undefined;
  const context = {
    registries: loaded?.config.registries,
    folder: loaded?.folder ?? cwd,
    insecure: flags.insecure === true,
    onEvent: createTransferProgress(output, () => performance.now()),
    env,
    homeFolder,
    owner: remote?.registry,
  };
  return { remote, addressOf: (host) => toRegistryAddress(host, context) };
}

async function loadIfThere({ cwd, environment }: Session, flags: GlobalFlags): Promise<LoadedConfig | undefined> {
  const { loadConfig } = await import('../config/load-config.ts');
  try {
    return await loadConfig(cwd, flags, environment.env);
  } catch (cause) {
    if (isSquizzleError(cause, 'CONFIG_NOT_FOUND') && flags.config === undefined) return undefined;
    throw cause;
  }
}

/** `ghcr.io`, `https://index.docker.io/v1/`; what is not given is the remote's. @throws {SquizzleError} `USAGE_INVALID` */
export function toHost(text: string | undefined, { remote }: Registries): RegistryHost {
  if (text === undefined) {
    if (remote !== undefined) return remote.registry;
    throw refuse('which registry? name its host, as ghcr.io; the project has none');
  }
  const host = parseHost(text.replace(/^https?:\/\//i, '').replace(/(?:\/v[12])?\/*$/, ''));
  if (host !== undefined) return host;
  throw refuse(`'${text}' is no registry: expected its host alone, as ghcr.io or localhost:5000`);
}

/** As {@link toHost}, or a repository of it: `ghcr.io/acme/db`. `null`: no repository was named. */
export function toHostOrRepository(
  text: string | undefined,
  registries: Registries,
): { readonly registry: RegistryHost; readonly repository: string | null } {
  const { remote } = registries;
  if (text === undefined && remote !== undefined) return remote;
  const reference = text === undefined || !text.includes('/') ? undefined : parseReference(text);
  const isWhole = reference !== undefined && parseHost(text?.split('/')[0] ?? '') !== undefined;
  if (isWhole && reference.tag === undefined && reference.digest === undefined) return reference;
  const registry = toHost(text, registries);
  return { registry, repository: remote?.registry === registry ? remote.repository : null };
}

function parseHost(text: string): RegistryHost | undefined {
  return /[.:]|^localhost$/.test(text) ? parseRegistryHost(text) : undefined;
}

function refuse(message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument: 'registry' });
}
