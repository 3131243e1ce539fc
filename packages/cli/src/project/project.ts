/**
 * A project as commands see it: its settings, and its stores and database, each opened when it is first asked for.
 *
 * @module
 */
import { resolve } from 'node:path';
import {
  SquizzleError,
  type DatabaseDriver,
  type LayoutName,
  type Requirements,
  type SourceFolders,
  type SqlAnalyzer,
} from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import { readOverride } from '../config/overrides.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Environment } from '../environment.ts';
import type { GlobalFlags } from '../global-options.ts';
import { openSession, type Session } from './session.ts';
import { selectTarget, type Target } from './target.ts';

export interface ProjectSettings {
  readonly name: string;
  readonly layout: LayoutName | 'auto';
  readonly sources: SourceFolders;
  readonly source: string | undefined;
  readonly requires: Requirements;
}

/** Close it: a database that was opened is open until then. */
export interface Project extends Session, AsyncDisposable {
  readonly loaded: LoadedConfig;
  settings(): ProjectSettings;
  /** The chosen environment. @throws {SquizzleError} `USAGE_INVALID` */
  target(): Target;
  store(): Promise<ReleaseStore>;
  /** @param given the folder a flag names, relative to the working folder; else the configuration's `remote`. */
  remote(given: string | undefined): Promise<ReleaseStore>;
  driver(): Promise<DatabaseDriver>;
  analyzer(): Promise<SqlAnalyzer>;
}

export type OpenProject = (flags: GlobalFlags) => Promise<Project>;

/** @throws {SquizzleError} `CONFIG_NOT_FOUND`, `CONFIG_INVALID`, `USAGE_INVALID`. */
export async function openProject(environment: Environment, flags: GlobalFlags): Promise<Project> {
  const session = await openSession(environment, flags);
  const { env, adapters, homeFolder } = environment;
  const { loadConfig } = await import('../config/load-config.ts'); // the YAML parser: not for --help
  const loaded = await loadConfig(session.cwd, flags, env);
  const { config, folder } = loaded;
  const target = once(() => selectTarget(loaded, { chosen: flags.env, variables: env, homeFolder }));
  const drivers: DatabaseDriver[] = [];
  const openDriver = async (): Promise<DatabaseDriver> => {
    const database = target().database();
    if (database.kind === 'embedded') session.output.busy('starting the embedded database');
    const driver = await adapters.openDatabase(database);
    drivers.push(driver);
    return driver;
  };
  return {
    ...session,
    loaded,
    settings: once(() => settingsOf(loaded)),
    target,
    store: once(() =>
      adapters.openStore(
        resolve(folder, readOverride('SQUIZZLE_STORE', env) ?? config.store?.read() ?? '.squizzle/store'),
      ),
    ),
    remote: async (given) => adapters.openStore(remoteFolder(session, loaded, given)),
    driver: once(openDriver),
    analyzer: () => adapters.createAnalyzer(),
    [Symbol.asyncDispose]: async () => {
      session.output.end();
      for (const driver of drivers) await driver.close();
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function settingsOf({ config, folder }: LoadedConfig): ProjectSettings {
  const { name, layout, sources = {}, source, requires = {} } = config;
  return {
    name: name.read(),
    layout: layout?.read() ?? 'auto',
    sources: {
      root: folder,
      migrations: sources.migrations?.read() ?? 'db/migrations',
      repeatable: sources.repeatable?.read() ?? 'db/repeatable',
      seeds: sources.seeds?.read() ?? 'db/seeds',
    },
    source: source?.read(),
    requires: {
      postgres: requires.postgres?.read() ?? null,
      extensions: (requires.extensions ?? []).map((extension) => extension.read()),
    },
  };
}

function remoteFolder(
  { cwd, environment }: Session,
  { config, folder, name }: LoadedConfig,
  given: string | undefined,
): string {
  if (given !== undefined) return resolve(cwd, given);
  const remote = config.remote?.read();
  if (remote !== undefined) return resolve(folder, remote);
  const registry = (environment.env['SQUIZZLE_REGISTRY'] ?? '') !== '';
  const why = registry ? 'SQUIZZLE_REGISTRY is set, but registries cannot be used yet; ' : '';
  const message = `${why}there is no second store: set 'remote' in ${name} to a folder, or name one with --to (push) or --from (pull)`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'remote' });
}
