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

export interface Target {
  readonly name: string;
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

export interface TargetOptions {
  /** From `--env`. */
  readonly chosen: string | undefined;
  readonly variables: Variables;
  readonly homeFolder: string;
}

/** @throws {SquizzleError} `USAGE_INVALID` naming the environments there are. */
export function selectTarget(loaded: LoadedConfig, options: TargetOptions): Target {
  const environments = loaded.config.environments ?? {};
  const name = chooseName(loaded, options);
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (environment === undefined) throw unknownEnvironment(name, Object.keys(environments), loaded.name);
  return {
    name,
    policy: environment.trust,
    limits: () => ({
      transaction: environment.transaction?.read(),
      lockTimeoutMs: environment.lockTimeout?.read(),
      statementTimeoutMs: environment.statementTimeout?.read(),
      waitMs: environment.wait?.read(),
    }),
    database: () => databaseOf(environment, loaded, options),
  };
}

/** The flag, the variable, the configuration's own choice, the only one there is, `development`. */
function chooseName({ config }: LoadedConfig, { chosen, variables }: TargetOptions): string {
  const named = chosen ?? readOverride('SQUIZZLE_ENV', variables) ?? config.defaultEnvironment?.read();
  if (named !== undefined) return named;
  const [first, ...others] = Object.keys(config.environments ?? {});
  return first !== undefined && others.length === 0 ? first : 'development';
}

function unknownEnvironment(name: string, names: readonly string[], file: string): SquizzleError<'USAGE_INVALID'> {
  const nearest = findNearest(name, names);
  const known =
    names.length === 0 ? `${file} has none; add one under 'environments'` : `there are: ${names.join(', ')}`;
  const advice = nearest === undefined ? known : `did you mean '${nearest}'?`;
  return new SquizzleError('USAGE_INVALID', `there is no environment '${name}'; ${advice}`, { argument: '--env' });
}

/** Variables that stand in for an environment's `database`. Migrations may need a way around a pooler: theirs goes first. */
const DATABASE_VARIABLES = ['SQUIZZLE_MIGRATION_DATABASE_URL', 'SQUIZZLE_DATABASE_URL'] as const;

function databaseOf(
  environment: EnvironmentConfig,
  { config, folder }: LoadedConfig,
  { variables, homeFolder }: TargetOptions,
): DatabaseTarget {
  const variable = DATABASE_VARIABLES.find((each) => readOverride(each, variables) !== undefined);
  const url = variable === undefined ? environment.database.read() : urlOf(variable, variables[variable] ?? '');
  const ledgerSchema = config.ledgerSchema?.read() ?? 'squizzle';
  return toDatabaseTarget(url, {
    folder,
    templateCacheFolder: cacheFolder({ env: variables, homeFolder }),
    ledgerSchema,
  });
}

function urlOf(variable: string, url: string): string {
  const fault = databaseUrlFault(url);
  if (fault === undefined) return url;
  const message = `the variable ${variable} holds no database URL: ${fault}`;
  throw new SquizzleError('CONFIG_INVALID', message, { file: variable, key: null });
}
