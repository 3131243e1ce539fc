/**
 * An OCI registry server to run inside a program or a test.
 *
 * @module
 */
export { OPEN_ACCESS, type Access, type Action, type Caller } from './auth/access.ts';
export { createBasicAccess, type BasicAccess, type BasicAccessOptions } from './auth/basic-access.ts';
export { HtpasswdError } from './auth/htpasswd.ts';
export type { HttpLimits } from './http/limits.ts';
export { SILENT_LOGGER, type LogFields, type Logger, type LogLevel } from './log/logger.ts';
export {
  createRegistry,
  startRegistry,
  type Registry,
  type RegistryOptions,
  type RunningRegistry,
  type StartOptions,
} from './registry.ts';
export { isRegistryError, RegistryError, type RegistryErrorKind } from './registry-error.ts';
export { ListenError } from './server.ts';
export type { Store } from './storage/contracts.ts';
export { StorageError } from './storage/filesystem/storage-error.ts';
