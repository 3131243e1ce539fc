/**
 * The configuration as the options of {@link startRegistry}.
 *
 * @module
 */
import type { Logger } from '../log/logger.ts';
import type { StartOptions } from '../registry.ts';
import type { Config } from './settings.ts';

export function toStartOptions(config: Config, logger: Logger): StartOptions {
  const blobBytes = config['limits.blob_size'];
  return {
    host: config['listen.host'],
    port: config['listen.port'],
    ...(config['storage.driver'] === 'filesystem' && { storage: { root: config['storage.root'] } }),
    deleteEnabled: config['storage.delete'],
    readOnly: config['storage.read_only'],
    requireContents: config['storage.require_contents'],
    uploadExpiryMs: config['uploads.expiry'],
    sweepIntervalMs: config['uploads.sweep_interval'],
    ...(blobBytes !== null && { maxBlobBytes: blobBytes }),
    limits: {
      manifestBytes: config['limits.manifest_size'],
      headersMs: config['limits.header_timeout'],
      bodyIdleMs: config['limits.body_idle_timeout'],
      sendIdleMs: config['limits.body_idle_timeout'],
      connections: config['limits.max_connections'],
    },
    accessLog: config['log.access'],
    logger,
  };
}

/** Who gets in, for whoever makes the {@link Access}. */
export type AuthConfig =
  | { readonly type: 'none' }
  | {
      readonly type: 'basic';
      /** Path of the file of users. */
      readonly htpasswd: string;
      readonly realm: string;
      readonly anonymousPull: boolean;
    };

/** @param config one that was checked. */
export function toAuthConfig(config: Config): AuthConfig {
  const htpasswd = config['auth.htpasswd'];
  if (config['auth.type'] === 'none' || htpasswd === null) return { type: 'none' };
  return { type: 'basic', htpasswd, realm: config['auth.realm'], anonymousPull: config['auth.anonymous_pull'] };
}
