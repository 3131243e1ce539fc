/**
 * Why a token service gave no token: from its answer to a typed error.
 *
 * Its words are shown, without anything that was sent to it: a hostile service could echo the password.
 *
 * @module
 */
import { SquizzleError, type RegistryFault } from '@squizzle/core';
import type { HttpResponse, RequestPlace } from '../../http/http.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { redactSecrets } from '../../http/redact-secrets.ts';
import { requestIdOf } from '../../http/request-id.ts';
import { parseRetryAfter } from '../../http/retry-after.ts';
import type { TransferLimits } from '../../http/transfer-limits.ts';
import { readWords } from '../../registry/error-body.ts';
import { adviseLogin } from '../login-advice.ts';
import { withoutEchoes } from '../without-echoes.ts';

export interface RefusedQuestion {
  readonly realm: URL;
  readonly place: RequestPlace;
  readonly scopes: readonly string[];
  /** Where the credentials came from that were sent; `null`: none. */
  readonly source: string | null;
  /** Everything that was sent and must not be shown. */
  readonly secrets: readonly string[];
  /** Statuses that say that the credentials are no good, or missing. */
  readonly unauthorized: ReadonlySet<number>;
}

interface Failure extends RefusedQuestion {
  readonly response: HttpResponse;
  readonly says: string;
}

/** Reads what the service says and gives the connection back. */
export async function toTokenError(
  response: HttpResponse,
  question: RefusedQuestion,
  limits: TransferLimits,
): Promise<SquizzleError> {
  const words = withoutEchoes((await readWords(response, limits.errorBytes)).text, question.secrets);
  const realm = redactSecrets(redactUrl(question.realm), question.secrets);
  const says = `its token service ${realm} answered HTTP ${response.status}${words}`;
  const failure: Failure = { ...question, response, says };
  const { status } = response;
  if (status >= 300 && status < 400) return redirected(failure);
  if (question.unauthorized.has(status) || (status === 403 && question.source === null)) return refused(failure);
  if (status === 403) return forbidden(failure);
  if (status === 429) return rateLimited(failure);
  if (status === 408 || status >= 500) return failed(failure);
  return tokenAnswerInvalid(failure, says, response);
}

/** An answer without a token, or one that nobody could have expected. */
export function tokenAnswerInvalid(
  question: Pick<RefusedQuestion, 'place'>,
  reason: string,
  response: HttpResponse,
): SquizzleError<'RESPONSE_INVALID'> {
  const hint = 'see whether the address is a registry’s, and what stands between: a proxy, a login page';
  const details = { ...faultOf(question.place, response, hint), reason };
  return new SquizzleError('RESPONSE_INVALID', `${question.place.registry}: ${reason}; ${hint}`, details);
}

/** The service understood that the credentials are no good, or that there are none. */
function refused({ place, response, source, says }: Failure): SquizzleError<'AUTH_REQUIRED'> {
  const { reason, hint } = adviseLogin(place.registry, source);
  const details = { ...faultOf(place, response, hint), credentials: source };
  return new SquizzleError('AUTH_REQUIRED', `${place.registry}: ${reason}: ${says}; ${hint}`, details);
}

function forbidden({ place, response, source, scopes, says }: Failure): SquizzleError<'FORBIDDEN'> {
  const hint = 'use credentials with the right, or have it granted';
  const what = `no token for ${scopes.join(' ') || 'the registry'} with the credentials of ${source}`;
  const details = { ...faultOf(place, response, hint), scopes };
  return new SquizzleError('FORBIDDEN', `${place.registry}: ${what}: ${says}; ${hint}`, details);
}

function redirected({ place, response, says, secrets }: Failure): SquizzleError<'UNSAFE_REDIRECT'> {
  const location = response.headers.get('location') ?? '';
  const url = URL.canParse(location, response.url.href) ? redactUrl(new URL(location, response.url)) : '(not a URL)';
  const target = redactSecrets(url, secrets);
  const hint =
    'credentials never follow a redirect: ask who runs the registry to name the right address of the service';
  const details = { ...faultOf(place, response, hint), target };
  return new SquizzleError('UNSAFE_REDIRECT', `${place.registry}: ${says}, to ${target}; ${hint}`, details);
}

function rateLimited({ place, response, says }: Failure): SquizzleError<'RATE_LIMITED'> {
  const hint = 'wait a while, or log in: limits are higher for those who do';
  const waitMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  const retryAt = waitMs === undefined ? null : new Date(Date.now() + waitMs).toISOString();
  const details = { ...faultOf(place, response, hint), retryAt };
  return new SquizzleError('RATE_LIMITED', `${place.registry}: ${says}; ${hint}`, details);
}

function failed({ place, response, says }: Failure): SquizzleError<'REGISTRY_FAILED'> {
  const hint = 'try again later; if it goes on, tell who runs the registry';
  const details = { ...faultOf(place, response, hint), attempts: response.attempts ?? 1 };
  return new SquizzleError('REGISTRY_FAILED', `${place.registry}: ${says}; ${hint}`, details);
}

function faultOf(place: RequestPlace, response: HttpResponse, hint: string): RegistryFault {
  return { ...place, requestId: requestIdOf(response), status: response.status, hint };
}
