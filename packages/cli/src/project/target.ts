/**
 * The environment that a command works on: its name, its database, its policy.
 *
 * @module
 */
import { SquizzleError, type TransactionScope, type TrustPolicy } from '@squizzle/core';
import type { DatabaseTarget } from '../adapters.ts';
import { databaseUrlFault, toDatabaseTarget } from '../config/database-url.ts';
import type { Variables } from '../config/interpolation.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { readOverride } from '../config/overrides.ts';
import type { EnvironmentConfig } from '../config/schema.ts';
import { findNearest } from '../nearest.ts';
import { cacheFolder } from './user-folders.ts';

export const DEFAULT_LEDGER_SCHEMA = 'squizzle';

export interface Target {
  readonly name: string;
  /** By flag or variable, and not by whoever wrote the configuration. */
  readonly isSaid: boolean;
  /** `undefined`: the environment says nothing about trust. */
  readonly policy: TrustPolicy | undefined;
  /** Limits that hold unless a flag says otherwise. */
  limits(): RunLimits;
  /** @throws {SquizzleError} `CONFIG_INVALID` when the address depends on a variable that is not set. */
  database(): DatabaseTarget;
}

export interface RunLimits {
  readonly transaction?: TransactionScope | undefined;
  readonly lockTimeoutMs?: number | undefined;
  readonly statementTimeoutMs?: number | undefined;
  readonly waitMs?: number | undefined;
}

export interface Surroundings {
  readonly variables: Variables;
  readonly homeFolder: string;
}

export interface TargetOptions extends Surroundings {
  /** From `--env`. */
  readonly chosen: string | undefined;
}

/** @throws {SquizzleError} `USAGE_INVALID` naming the environments there are. */
export function selectTarget(loaded: LoadedConfig, options: TargetOptions): Target {
  const said = options.chosen ?? readOverride('SQUIZZLE_ENV', options.variables);
  const name = said ?? chooseName(loaded);
  const environment = findEnvironment(name, loaded, '--env');
  const variable = DATABASE_VARIABLES.find((each) => readOverride(each, options.variables) !== undefined);
  const url = (): string =>
    variable === undefined ? environment.database.read() : urlOf(variable, options.variables[variable] ?? '');
  return toTarget({ name, isSaid: said !== undefined, environment, url }, loaded, options);
}

/**
 * An environment beside the chosen one, as the configuration has it: the variables that stand in for a database mean the
 * chosen one.
 *
 * @throws {SquizzleError} `USAGE_INVALID` naming the environments there are.
 */
export function namedTarget(name: string, argument: string, loaded: LoadedConfig, options: Surroundings): Target {
  const environment = findEnvironment(name, loaded, argument);
  return toTarget({ name, isSaid: true, environment, url: () => environment.database.read() }, loaded, options);
}

function findEnvironment(name: string, { config, name: file }: LoadedConfig, argument: string): EnvironmentConfig {
  const environments = config.environments ?? {};
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (environment === undefined) throw unknownEnvironment(name, { names: Object.keys(environments), file, argument });
  return environment;
}

interface Named extends Pick<Target, 'name' | 'isSaid'> {
  readonly environment: EnvironmentConfig;
  readonly url: () => string;
}

function toTarget(
  { name, isSaid, environment, url }: Named,
  { config, folder }: LoadedConfig,
  { variables, homeFolder }: Surroundings,
): Target {
  return {
    name,
    isSaid,
    policy: environment.trust,
    limits: () => ({
      transaction: environment.transaction?.read(),
      lockTimeoutMs: environment.lockTimeout?.read(),
      statementTimeoutMs: environment.statementTimeout?.read(),
      waitMs: environment.wait?.read(),
    }),
    database: () =>
      toDatabaseTarget(url(), {
        folder,
        templateCacheFolder: cacheFolder({ env: variables, homeFolder }),
        ledgerSchema: config.ledgerSchema?.read() ?? DEFAULT_LEDGER_SCHEMA,
      }),
  };
}

/** Where nobody says: the configuration's own choice, the only one there is, `development`. */
function chooseName({ config }: LoadedConfig): string {
  const named = config.defaultEnvironment?.read();
  if (named !== undefined) return named;
  const [first, ...others] = Object.keys(config.environments ?? {});
  return first !== undefined && others.length === 0 ? first : 'development';
}

function unknownEnvironment(
  name: string,
  { names, file, argument }: { readonly names: readonly string[]; readonly file: string; readonly argument: string },
): SquizzleError<'USAGE_INVALID'> {
  const nearest = findNearest(name, names);
  const known =
    names.length === 0 ? `${file} has none; add one under 'environments'` : `there are: ${names.join(', ')}`;
  const advice = nearest === undefined ? known : `did you mean '${nearest}'?`;
  return new SquizzleError('USAGE_INVALID', `there is no environment '${name}'; ${advice}`, { argument });
}

/** Variables that stand in for an environment's `database`. Migrations may need a way around a pooler: theirs goes first. */
const DATABASE_VARIABLES = ['SQUIZZLE_MIGRATION_DATABASE_URL', 'SQUIZZLE_DATABASE_URL'] as const;

function urlOf(variable: string, url: string): string {
  const fault = databaseUrlFault(url);
  if (fault === undefined) return url;
  const message = `the variable ${variable} holds no database URL: ${fault}`;
  throw new SquizzleError('CONFIG_INVALID', message, { file: variable, key: null });
}
