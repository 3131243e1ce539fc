/**
 * The stores of a project: its own, the remote one, and those that flags name. Each is opened once, when it is first
 * asked for.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { OnRegistryEvent } from '@squizzle/oci';
import type { RegistryHost } from '@squizzle/oci-spec';
import type { RegistryReleaseStore, ReleaseStore } from '../adapters.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { readOverride, type OverrideName } from '../config/overrides.ts';
import { remoteOfVariables } from '../config/registry-variables.ts';
import { parseStorePlace, type StorePlace } from '../config/store-place.ts';
import { valueIfSet } from '../config/value-if-set.ts';
import { once } from '../once.ts';
import { contentFolder } from './user-folders.ts';
import { toRegistryAddress } from './registry-target.ts';
import type { Session } from './session.ts';

/** Options of commands that read or write more than the project's own store. */
export interface StoreFlags {
  readonly offline?: true;
  readonly insecure?: true;
}

export interface Stores {
  /** The project's own. */
  store(): Promise<ReleaseStore>;
  /** @throws {SquizzleError} `USAGE_INVALID` when none is configured. */
  remote(): Promise<ReleaseStore>;
  /** `undefined` where none is configured, where it is the project's own, and with `--offline`. */
  findRemote(): Promise<ReleaseStore | undefined>;
  /** Registry and repository where releases are shared, as `ghcr.io/acme/db`; `undefined` where that is in no registry. */
  sharedRepository(): string | undefined;
  /** @param text a folder, relative to the working folder, or a registry's repository. @throws {SquizzleError} `USAGE_INVALID` */
  storeAt(text: string, argument: string): Promise<ReleaseStore>;
  close(): Promise<void>;
}

export interface StoresContext {
  readonly session: Session;
  readonly loaded: LoadedConfig;
  readonly flags: StoreFlags;
  readonly onEvent: OnRegistryEvent;
}

export function createStores(context: StoresContext): Stores {
  const { session, loaded, flags } = context;
  const { config, folder } = loaded;
  const opener = createOpener(context);
  const ownPlace = once(() => placeOfVariable('SQUIZZLE_STORE', session) ?? config.store?.read() ?? DEFAULT_STORE);
  const remotePlace = once(() => configuredRemote(context));
  const remote = once(() => {
    const place = remotePlace();
    if (place === undefined) throw noRemote(loaded.name);
    return opener.open(place, folder);
  });
  return {
    store: once(() => opener.open(ownPlace(), folder)),
    remote,
    findRemote: async () => {
      const place = flags.offline === true ? undefined : remotePlace();
      if (place === undefined || opener.addressOf(place, folder) === opener.addressOf(ownPlace(), folder)) return;
      return remote();
    },
    sharedRepository: () => {
      const place = remotePlace() ?? ownPlace();
      return place.kind === 'registry' ? `${place.registry}/${place.repository}` : undefined;
    },
    storeAt: async (text, argument) => opener.open(placeOfFlag(text, argument), session.cwd),
    close: opener.close,
  };
}

const DEFAULT_STORE: StorePlace = { kind: 'folder', path: '.squizzle/store' };

function createOpener({ session, loaded, flags, onEvent }: StoresContext) {
  const { adapters, env, homeFolder } = session.environment;
  const open = new Map<string, Promise<ReleaseStore>>();
  const registries: RegistryReleaseStore[] = [];
  const addressOf = (place: StorePlace, base: string): string =>
    place.kind === 'registry'
      ? `${place.registry}/${place.repository}`
      : resolve(base, fromHome(place.path, homeFolder));
  const openNew = async (place: StorePlace, base: string): Promise<ReleaseStore> => {
    if (place.kind === 'folder') {
      const folder = addressOf(place, base);
      await refuseFile(place.path, folder);
      return adapters.openStore(folder);
    }
    if (flags.offline === true) throw notOffline(`${place.registry}/${place.repository}`);
    const { registries: settings } = loaded.config;
    const insecure = flags.insecure === true;
    const owner = ownerOfPassword({ session, loaded });
    const context = { registries: settings, folder: loaded.folder, env, owner, homeFolder, insecure, onEvent };
    const address = toRegistryAddress(place.registry, context);
    const { repository } = place;
    const store = await adapters.openRegistry({
      ...address,
      repository,
      cacheFolder: contentFolder(session.environment),
    });
    registries.push(store);
    return store;
  };
  return {
    addressOf,
    open: (place: StorePlace, base: string): Promise<ReleaseStore> => {
      const address = addressOf(place, base);
      const opening = open.get(address) ?? openNew(place, base);
      open.set(address, opening);
      return opening;
    },
    close: async () => {
      for (const store of registries) await store.close();
    },
  };
}

/** @throws {SquizzleError} `STORE_UNUSABLE`: the layout says so, too, but knows nothing of archives. */
async function refuseFile(written: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return;
  const message = `${written}: it is a file, and a store is a folder; an archive that 'squizzle export' wrote is read with 'squizzle import ${written}', and then its releases are in the project's own store`;
  throw new SquizzleError('STORE_UNUSABLE', message, { path, systemCode: 'ENOTDIR' });
}

/** Shells do this; YAML and variables do not. */
function fromHome(path: string, homeFolder: string): string {
  return /^~(?:[/\\]|$)/.test(path) ? join(homeFolder, path.slice(1)) : path;
}

/** The variables that pipelines set, then the file. */
function configuredRemote({ session, loaded }: Pick<StoresContext, 'session' | 'loaded'>): StorePlace | undefined {
  const named = remoteOfVariables(session.environment.env);
  if (named?.note !== undefined) session.output.note(named.note);
  return named?.place ?? loaded.config.remote?.read();
}

function ownerOfPassword({ session, loaded }: Pick<StoresContext, 'session' | 'loaded'>): RegistryHost | undefined {
  const named = remoteOfVariables(session.environment.env)?.place;
  const place = named ?? valueIfSet(loaded.config.remote);
  return place?.kind === 'registry' ? place.registry : undefined;
}

function placeOfVariable(name: OverrideName, { environment }: Session): StorePlace | undefined {
  const text = readOverride(name, environment.env);
  if (text === undefined) return undefined;
  const parsed = parseStorePlace(text);
  if (parsed.ok) return parsed.place;
  const message = `the variable ${name} names no store: expected ${parsed.expected}`;
  throw new SquizzleError('CONFIG_INVALID', message, { file: name, key: null });
}

function placeOfFlag(text: string, argument: string): StorePlace {
  const parsed = parseStorePlace(text);
  if (parsed.ok) return parsed.place;
  throw new SquizzleError('USAGE_INVALID', `${argument} ${text}: expected ${parsed.expected}`, { argument });
}

function notOffline(repository: string): SquizzleError<'USAGE_INVALID'> {
  const message = `--offline: ${repository} is a registry, which is nowhere but on the network; name a folder`;
  return new SquizzleError('USAGE_INVALID', message, { argument: '--offline' });
}

function noRemote(file: string): SquizzleError<'USAGE_INVALID'> {
  const message = `there is no second store: set 'remote' in ${file}, as ghcr.io/acme/migrations or ../releases, or SQUIZZLE_REGISTRY and SQUIZZLE_REPOSITORY; push takes --to, the others --from`;
  return new SquizzleError('USAGE_INVALID', message, { argument: 'remote' });
}
