/**
 * `CREDENTIALS_UNUSABLE`: which file, variable or helper, and what is wrong with it.
 *
 * Never what it holds: a fault of `JSON.parse` quotes the text, so no such fault becomes a cause.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** `source` as {@link FoundCredential.source} has it; `reason` says what to do as well. */
export function credentialsUnusable(
  source: string,
  reason: string,
  options?: ErrorOptions,
): SquizzleError<'CREDENTIALS_UNUSABLE'> {
  return new SquizzleError('CREDENTIALS_UNUSABLE', `${source}: ${reason}`, { source, reason }, options);
}
