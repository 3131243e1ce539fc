/**
 * What a command's failure means for the shell: the one place where errors become exit codes.
 *
 * @module
 */
import { ERROR_CATALOG, EXIT, isSquizzleError } from '@squizzle/core';
import type { StopSignal } from './environment.ts';

/** 128 and the signal's number, as shells have it. */
const STOPPED = { SIGINT: EXIT.cancelled, SIGTERM: 143 } as const satisfies Record<StopSignal, number>;

/** @param stoppedBy a signal that asked to stop: what fails after it fails because of it. */
export function toExitCode(thrown: unknown, stoppedBy: StopSignal | null): number {
  if (stoppedBy !== null) return STOPPED[stoppedBy];
  if (isSquizzleError(thrown))
    return Object.hasOwn(ERROR_CATALOG, thrown.code) ? ERROR_CATALOG[thrown.code].exitCode : EXIT.bug;
  return isContentFault(thrown) ? EXIT.integrity : EXIT.bug;
}

/** Content that is not what its digest says. By name: the class may come from another copy of its package. */
export function isContentFault(
  thrown: unknown,
): thrown is Error & { readonly code: string; readonly details: unknown } {
  return thrown instanceof Error && thrown.name === 'ContentError' && 'code' in thrown && 'details' in thrown;
}
