/**
 * Variables that take the place of settings.
 *
 * @module
 */
import type { Variables } from './interpolation.ts';

export const OVERRIDES = {
  SQUIZZLE_CONFIG: 'the configuration file',
  SQUIZZLE_ENV: 'defaultEnvironment',
  SQUIZZLE_STORE: 'store',
  SQUIZZLE_REGISTRY: 'the registry of remote',
  SQUIZZLE_REPOSITORY: 'the repository of remote, beside SQUIZZLE_REGISTRY',
  SQUIZZLE_USERNAME: 'the credentials kept for the registry of remote',
  SQUIZZLE_PASSWORD: 'the credentials kept for the registry of remote',
  SQUIZZLE_MIGRATION_DATABASE_URL: 'database of the chosen environment',
  SQUIZZLE_DATABASE_URL: 'database of the chosen environment',
  SQUIZZLE_TRUST_DIGEST: 'trust.digest, beside which it holds, too',
  SQUIZZLE_KEY_PASSWORD: 'the prompt for the password of the key that signs',
  SQUIZZLE_SCRATCH_URL: 'the server on which scratch databases are made, for --scratch',
} as const;

export type OverrideName = keyof typeof OVERRIDES;

/** The value, where there is one that is not empty. */
export function readOverride(name: OverrideName, variables: Variables): string | undefined {
  return variables[name] || undefined;
}

/** Those that are set now. */
export function overridesIn(variables: Variables): readonly OverrideName[] {
  return (Object.keys(OVERRIDES) as OverrideName[]).filter((name) => readOverride(name, variables) !== undefined);
}
