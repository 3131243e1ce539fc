/**
 * What is said of a service that failed: its name, its status and what to do. Never what it answered, which may hold
 * the token that it was given.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** @param status of HTTP; `null` where there was no answer. */
export function signingFailed(
  service: string,
  status: number | null,
  hint: string = statusAdvice(status),
  options: ErrorOptions = {},
): SquizzleError<'SIGNING_FAILED'> {
  const answered = status === null ? '' : ` answered with HTTP status ${status}`;
  return new SquizzleError('SIGNING_FAILED', `${service}${answered}: ${hint}`, { service, status, hint }, options);
}

/** What a status means to whoever signs, where the service has nothing of its own to say. */
function statusAdvice(status: number | null): string {
  if (status === null) return 'there was no answer: see that the address is right and can be reached from here';
  if (status >= 300 && status < 400) return 'redirects are not followed: configure the address it points to';
  if (status === 400 || status === 422) return 'it refused the request: see that the service is of a supported version';
  if (status === 401 || status === 403) return 'it refused who asked: see that the token is for this service';
  if (status === 404 || status === 405) return 'it has no such service there: see that the address is right';
  if (status === 429) return 'too many requests: try again later';
  if (status >= 500) return 'it failed: try again, or look at its status';
  return 'this is no answer that was expected: see that the address is right';
}
