/**
 * A project as commands see it: its settings, and its stores and database, each opened when it is first asked for.
 *
 * @module
 */
import type { LayoutName, Requirements, SourceFolders, SqlAnalyzer } from '@squizzle/core';
import type { Database } from '../adapters.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Environment } from '../environment.ts';
import type { GlobalFlags } from '../global-options.ts';
import { once } from '../once.ts';
import { createTransferProgress } from '../output/transfer-progress.ts';
import { createLockfile, type Lockfile } from './lockfile.ts';
import { openSession, type Session } from './session.ts';
import { createStores, type StoreFlags, type Stores } from './stores.ts';
import { DEFAULT_LEDGER_SCHEMA, namedTarget, selectTarget, type Target } from './target.ts';
import type { PolicyFlags } from './policy-options.ts';
import { openTrust, type Trust } from './trust.ts';

export interface ProjectSettings {
  readonly name: string;
  readonly layout: LayoutName | 'auto';
  readonly sources: SourceFolders;
  readonly source: string | undefined;
  readonly requires: Requirements;
  readonly ledgerSchema: string;
}

/** Close it: a database that was opened is open until then. */
export interface Project extends Session, Omit<Stores, 'close'>, AsyncDisposable {
  readonly loaded: LoadedConfig;
  settings(): ProjectSettings;
  /** The chosen environment. @throws {SquizzleError} `USAGE_INVALID` */
  target(): Target;
  /**
   * The trust policy that has a file; `null` where there is none, and environments say themselves what they demand.
   *
   * @throws {SquizzleError} `POLICY_INVALID`, `POLICY_CHANGED`, `TRUST_ROOT_INVALID`.
   */
  trust(): Promise<Trust | null>;
  driver(): Promise<Database>;
  /** An environment beside the chosen one. @throws {SquizzleError} `USAGE_INVALID` */
  targetOf(name: string, argument: string): Target;
  /** The database of an environment beside the chosen one. */
  driverOf(target: Target): Promise<Database>;
  analyzer(): Promise<SqlAnalyzer>;
  readonly lockfile: Lockfile;
}

export type ProjectFlags = GlobalFlags & StoreFlags & PolicyFlags;
export type OpenProject = (flags: ProjectFlags) => Promise<Project>;

const monotonic = (): number => performance.now();

/** @throws {SquizzleError} `CONFIG_NOT_FOUND`, `CONFIG_INVALID`, `USAGE_INVALID`. */
export async function openProject(environment: Environment, flags: ProjectFlags): Promise<Project> {
  const session = await openSession(environment, flags);
  const { env, adapters, homeFolder } = environment;
  const { loadConfig } = await import('../config/load-config.ts'); // the YAML parser: not for --help
  const loaded = await loadConfig(session.cwd, flags, env);
  const stores = createStores({ session, loaded, flags, onEvent: createTransferProgress(session.output, monotonic) });
  const target = once(() => selectTarget(loaded, { chosen: flags.env, variables: env, homeFolder }));
  const drivers: Database[] = [];
  const openDriver = async (of: Target): Promise<Database> => {
    const database = of.database();
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
    trust: once(async () => openTrust({ session, loaded, flags })),
    ...stores,
    driver: once(async () => openDriver(target())),
    targetOf: (name, argument) => namedTarget(name, argument, loaded, { variables: env, homeFolder }),
    driverOf: openDriver,
    analyzer: () => adapters.createAnalyzer(),
    lockfile: createLockfile({ configPath: loaded.path, output: session.output, signal: session.signal }),
    [Symbol.asyncDispose]: async () => {
      session.output.end();
      for (const driver of drivers) await driver.close();
      await stores.close();
    },
  };
}

function settingsOf({ config, folder }: LoadedConfig): ProjectSettings {
  const { name, layout, sources = {}, source, requires = {}, ledgerSchema } = config;
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
    ledgerSchema: ledgerSchema?.read() ?? DEFAULT_LEDGER_SCHEMA,
  };
}
