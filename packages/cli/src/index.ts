/**
 * The CLI as a function: for tests, and for programs that embed it.
 *
 * @module
 */
export { SYSTEM_ADAPTERS, type Adapters, type DatabaseTarget, type ReleaseStore } from './adapters.ts';
export { renderCliReference } from './docs/cli-reference.ts';
export type { Environment, StopSignal, TextWriter } from './environment.ts';
export { createKnownSecrets, type KnownSecrets } from './known-secrets.ts';
export { run } from './run.ts';
