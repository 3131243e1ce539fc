/**
 * A registry that does not delete, as one error, however it says so.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { RepositoryAccess } from '../repository-access.ts';
import { faultOf } from '../response-error.ts';

/** The registry's refusal as `UNSUPPORTED`, however it was said. */
export function deletionUnsupported(access: RepositoryAccess, refusal: SquizzleError): SquizzleError {
  if (refusal.code !== 'RESPONSE_INVALID') return refusal;
  const hint = access.profile.hints.deletion;
  const details = { ...faultOf(access, null, hint), ...statusOf(refusal), hint, feature: 'delete' };
  return new SquizzleError('UNSUPPORTED', `${refusal.message}; ${hint}`, details, { cause: refusal });
}

function statusOf({ details }: SquizzleError): { readonly status?: number | null; readonly requestId?: string | null } {
  return 'requestId' in details ? { status: details.status, requestId: details.requestId } : {};
}
