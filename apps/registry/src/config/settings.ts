/**
 * Every setting of the server: the one table that loading, validation, `--help` and docs/registry/configuration.md
 * are made of.
 *
 * A setting is written as a path in a file, as a flag, and as a variable that follows from the path. Kubernetes sets
 * variables of its own for a Service named `registry`, so no path begins with `service.` or `port`.
 *
 * @module
 */
import { LIMITS } from '@squizzle/oci-spec';
import { DEFAULT_HTTP_LIMITS } from '../http/limits.ts';
import { LOG_LEVELS } from '../log/logger.ts';
import { formatByteSize } from './byte-size.ts';
import { formatDuration } from './duration.ts';
import {
  byteSize,
  duration,
  FILE_PATH,
  HOST,
  oneOf,
  optional,
  QUOTABLE,
  SWITCH,
  wholeNumber,
  type Kind,
} from './setting-kinds.ts';

export interface Setting<T> {
  /** Without the dashes. */
  readonly flag: string;
  readonly kind: Kind<T>;
  /** As a user would write it. */
  readonly default: string;
  /** One sentence, without a full stop. */
  readonly description: string;
}

const PORT = wholeNumber('PORT', 0, 65_535);
const MOMENT = duration(1);

export const SETTINGS = {
  'listen.host': define('host', HOST, '127.0.0.1', 'Host name or IP address to listen on'),
  'listen.port': define('port', PORT, '5000', 'Port to listen on; 0 takes any that is free'),
  'listen.plain_http': define('plain-http', SWITCH, 'false', 'Allow plain HTTP on a host that others can reach'),
  'storage.driver': define('driver', oneOf('filesystem', 'memory'), 'filesystem', 'Where content is kept'),
  'storage.root': define('root', FILE_PATH, './registry-data', 'Folder of the filesystem driver'),
  'storage.delete': define('delete', SWITCH, 'true', 'Allow clients to delete blobs, manifests and tags'),
  'storage.read_only': define('read-only', SWITCH, 'false', 'Refuse every request that would change something'),
  'storage.require_contents': define(
    'require-contents',
    SWITCH,
    'true',
    'Refuse a manifest when something it is made of is not in its repository',
  ),
  'uploads.expiry': define('upload-expiry', MOMENT, '1h', 'How long an upload may rest before it is dropped'),
  'uploads.sweep_interval': define(
    'upload-sweep-interval',
    MOMENT,
    '5m',
    'How often uploads that have expired are looked for',
  ),
  'limits.manifest_size': define(
    'max-manifest-size',
    byteSize(1_024, LIMITS.manifestBytes),
    formatByteSize(DEFAULT_HTTP_LIMITS.manifestBytes),
    'Largest manifest',
  ),
  'limits.blob_size': define('max-blob-size', optional(byteSize(1, 1_024 ** 5)), 'none', 'Largest blob'),
  'limits.header_timeout': define(
    'header-timeout',
    MOMENT,
    formatDuration(DEFAULT_HTTP_LIMITS.headersMs),
    'How long a client may take to send the header of a request',
  ),
  'limits.body_idle_timeout': define(
    'body-idle-timeout',
    MOMENT,
    formatDuration(DEFAULT_HTTP_LIMITS.bodyIdleMs),
    'How long a client may pause while it sends or takes a body',
  ),
  'limits.max_connections': define(
    'max-connections',
    wholeNumber('COUNT', 1, 1_000_000),
    '10000',
    'Connections at once; more are closed when they come',
  ),
  'log.level': define('log-level', oneOf(...LOG_LEVELS), 'info', 'The least important events to log'),
  'log.format': define(
    'log-format',
    oneOf('auto', 'json', 'pretty'),
    'auto',
    'JSON lines, or lines for people; auto is pretty in a terminal',
  ),
  'log.access': define('log-access', SWITCH, 'true', 'Log every request'),
  'shutdown.grace': define(
    'shutdown-grace',
    duration(0),
    '30s',
    'How long requests may take to end when the server stops',
  ),
  'auth.type': define('auth', oneOf('none', 'basic'), 'none', 'How callers are identified'),
  'auth.htpasswd': define('htpasswd', optional(FILE_PATH), 'none', 'File of users and bcrypt hashes'),
  'auth.realm': define(
    'realm',
    QUOTABLE,
    'squizzle-registry',
    'The name that clients show when they ask for a password',
  ),
  'auth.anonymous_pull': define('anonymous-pull', SWITCH, 'false', 'Let callers without a password pull'),
} as const;

export type SettingPath = keyof typeof SETTINGS;

/** All settings, each with its value from the most important place that gives one. */
export type Config = { readonly [P in SettingPath]: (typeof SETTINGS)[P] extends Setting<infer T> ? T : never };

export const SETTING_PATHS = Object.keys(SETTINGS) as readonly SettingPath[];

/** The file that holds settings; itself not one of them. */
export const CONFIG_FLAG = 'config';
export const CONFIG_VARIABLE = 'REGISTRY_CONFIG';
export const VARIABLE_PREFIX = 'REGISTRY_';

export function isSettingPath(text: string): text is SettingPath {
  return Object.hasOwn(SETTINGS, text);
}

/** `listen.plain_http` is `REGISTRY_LISTEN_PLAIN_HTTP`. */
export function variableOf(path: SettingPath): string {
  return `${VARIABLE_PREFIX}${path.replaceAll('.', '_').toUpperCase()}`;
}

function define<T>(flag: string, kind: Kind<T>, defaultText: string, description: string): Setting<T> {
  return { flag, kind, default: defaultText, description };
}
