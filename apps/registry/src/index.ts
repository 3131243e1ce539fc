/**
 * An OCI registry server to run inside a program or a test.
 *
 * @module
 */
export { RegistryError, isRegistryError, type RegistryErrorKind } from './registry-error.ts';
