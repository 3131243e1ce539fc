/**
 * Where a registry sends the client: `Location` and `Link`, relative or not.
 *
 * The one rule: never from https to http, never with somebody's credentials in the URL, never away from HTTP.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { HttpResponse, RequestPlace } from './http.ts';
import { redactUrl } from './redact-url.ts';
import { requestIdOf } from './request-id.ts';

/**
 * The URL meant by `reference` in an answer; its query is kept as it is, its fragment dropped.
 *
 * @throws {SquizzleError} `UNSAFE_REDIRECT`, also for what is no URL; `RESPONSE_INVALID` for nothing at all.
 */
export function resolveLocation(reference: string, response: HttpResponse, place: RequestPlace): URL {
  const text = reference.trim();
  if (text === '') throw leadsNowhere(response, place);
  if (!URL.canParse(text, response.url.href)) throw unsafeRedirect(response, place, null, { what: 'which is no URL' });
  const target = new URL(text, response.url);
  target.hash = '';
  const fault = faultOf(target, response.url);
  if (fault !== undefined) throw unsafeRedirect(response, place, target, fault);
  return target;
}

/** `what` follows "sends the client to <target>, ". */
export interface LocationFault {
  readonly what: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

const HINT = 'ask who runs the registry where it means to send its clients';
const OWN_ADDRESS_HINT =
  'tell the registry its own address (X-Forwarded-Proto of the proxy before it, `http.host` of distribution)';

function faultOf(target: URL, from: URL): LocationFault | undefined {
  if (target.protocol !== 'https:' && target.protocol !== 'http:') return { what: 'which is not HTTP' };
  if (target.username !== '' || target.password !== '') return { what: 'with a user name or password in the URL' };
  if (from.protocol === 'https:' && target.protocol === 'http:')
    return { what: 'from https to http', hint: OWN_ADDRESS_HINT };
  return undefined;
}

export function unsafeRedirect(
  response: Pick<HttpResponse, 'status' | 'headers' | 'redact'> | null,
  place: RequestPlace,
  target: URL | null,
  { what, hint = HINT, cause }: LocationFault,
): SquizzleError<'UNSAFE_REDIRECT'> {
  const url = redactUrl(target ?? '');
  const shown = response?.redact?.(url) ?? url;
  const message = `${place.registry}: the registry sends the client to ${shown}, ${what}; ${hint}`;
  const requestId = response === null ? null : requestIdOf(response);
  const details = { ...place, requestId, status: response?.status ?? null, hint, target: shown };
  return new SquizzleError('UNSAFE_REDIRECT', message, details, { cause });
}

/** An answer that needs a URL to go on to, and has none. */
export function leadsNowhere(response: HttpResponse, place: RequestPlace): SquizzleError<'RESPONSE_INVALID'> {
  const { status } = response;
  const reason = `HTTP ${status} without the URL to go on to (Location)`;
  const hint = 'see whether the address is a registry’s, and what stands between';
  const details = { ...place, requestId: requestIdOf(response), status, hint, reason };
  return new SquizzleError('RESPONSE_INVALID', `${place.registry}: ${reason}; ${hint}`, details);
}
