/**
 * How a registry is reached: the configuration's settings for its host, variables and flags put together.
 *
 * @module
 */
import { resolve } from 'node:path';
import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import type { OnRegistryEvent } from '@squizzle/oci';
import type { RegistryTarget } from '../adapters.ts';
import type { Variables } from '../config/interpolation.ts';
import type { Config, RegistryConfig } from '../config/schema.ts';

export interface RegistryContext {
  /** `undefined` outside of a project. */
  readonly registries: Config['registries'] | undefined;
  /** What the configuration's paths are relative to. */
  readonly folder: string;
  readonly env: Variables;
  /** The registry that SQUIZZLE_USERNAME and SQUIZZLE_PASSWORD are for: that of the remote, where there is one. */
  readonly owner: RegistryHost | undefined;
  readonly homeFolder: string;
  /** `--insecure` */
  readonly insecure: boolean;
  readonly onEvent: OnRegistryEvent;
}

/** All but what is meant there. */
export type RegistryAddress = Omit<RegistryTarget, 'repository' | 'cacheFolder'>;

export function toRegistryAddress(host: RegistryHost, context: RegistryContext): RegistryAddress {
  const { folder, homeFolder, onEvent } = context;
  const settings = settingsOf(host, context);
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  return {
    registry: host,
    insecure: context.insecure || settings?.insecure === true,
    ca: absolute(settings?.ca?.read()),
    clientCertificate: absolute(settings?.clientCertificate?.read()),
    clientKey: absolute(settings?.clientKey?.read()),
    env: variablesFor(host, context),
    homeFolder,
    onEvent,
  };
}

function settingsOf(host: RegistryHost, { registries = {} }: RegistryContext): RegistryConfig | undefined {
  return Object.entries(registries).find(([key]) => parseRegistryHost(key) === host)?.[1];
}

/** The password of one registry is not shown to another. */
function variablesFor(host: RegistryHost, { env, owner }: RegistryContext): Variables {
  if (owner === undefined || owner === host) return env;
  const { SQUIZZLE_USERNAME: _user, SQUIZZLE_PASSWORD: _password, ...others } = env;
  return others;
}
