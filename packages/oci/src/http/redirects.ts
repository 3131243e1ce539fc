/**
 * Redirects, followed with care: reading only, a few times only, and never to a worse place.
 *
 * Each hop is a fresh request of the layers below, which authorize it by its own origin. From the first that leads to
 * another origin on all are anonymous: another host must not say what is done with credentials, not even at the registry.
 * Away from the registry no address of this machine or its wire is gone to, unless the registry itself is there.
 *
 * @module
 */
import type { SquizzleError } from '@squizzle/core';
import type { AddressRule, HttpRequest, HttpResponse, Send } from './http.ts';
import { isAddressRefused, isLocalAddress, literalAddress } from './private-address.ts';
import { leadsNowhere, resolveLocation, unsafeRedirect } from './resolve-location.ts';
import { TRANSFER_LIMITS, type TransferLimits } from './transfer-limits.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Method and body stay with these. */
const KEEPING: ReadonlySet<number> = new Set([307, 308]);

export interface RedirectOptions {
  readonly limits?: TransferLimits | undefined;
}

/** @throws {SquizzleError} `UNSAFE_REDIRECT`; `RESPONSE_INVALID` for a redirect that leads nowhere. */
export function withRedirects(send: Send, { limits = TRANSFER_LIMITS }: RedirectOptions = {}): Send {
  return async (request) => {
    const first = await send(request);
    const isLocal = isAtLocalAddress(first);
    const visited = new Set([request.url.href]);
    let response = first;
    let left = false;
    while (REDIRECTS.has(response.status)) {
      // Given back in any case: an error leaves the connection usable too.
      await response.discard();
      const target = targetOf(response, request);
      if (visited.size > limits.redirects) throw unsafe(response, request, target, `redirect ${visited.size} in a row`);
      if (visited.has(target.href)) throw unsafe(response, request, target, 'where it was sent from before');
      visited.add(target.href);
      left ||= target.origin !== request.url.origin;
      response = await follow(send, { request, from: response, target, isLocal, left });
    }
    return response;
  };
}

interface Hop {
  readonly request: HttpRequest;
  readonly from: HttpResponse;
  readonly target: URL;
  readonly isLocal: boolean;
  /** Whether the chain went to another origin, now or before. */
  readonly left: boolean;
}

async function follow(send: Send, { request, from, target, isLocal, left }: Hop): Promise<HttpResponse> {
  if (!left) return send({ ...request, url: target });
  const addresses = stricter(request.addresses ?? 'any', isLocal ? 'any' : 'not-local');
  const { scopes: _, ...plain } = request;
  try {
    return await send({ ...plain, url: target, addresses, anonymous: true });
  } catch (cause) {
    if (!isAddressRefused(cause)) throw cause;
    throw unsafeRedirect(from, request.place, target, { what: `which is at the address ${cause.address}`, cause });
  }
}

function targetOf(response: HttpResponse, request: HttpRequest): URL {
  const location = response.headers.get('location');
  if (location === undefined) throw leadsNowhere(response, request.place);
  const target = resolveLocation(location, response, request.place);
  const { method, body, url } = request;
  const reads = method === 'GET' || method === 'HEAD';
  const repeatable = KEEPING.has(response.status) && target.origin === url.origin && body?.reopenable !== false;
  if (!reads && !repeatable) throw unsafe(response, request, target, `in answer to ${method}, which is not followed`);
  return target;
}

/** Behind a proxy only what the URL says is known. */
function isAtLocalAddress({ address, url }: HttpResponse): boolean {
  return isLocalAddress(address ?? literalAddress(url.hostname) ?? '');
}

const STRICTNESS: readonly AddressRule[] = ['any', 'ordinary', 'not-local', 'public'];

function stricter(one: AddressRule, other: AddressRule): AddressRule {
  return STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other) ? one : other;
}

function unsafe(response: HttpResponse, { place }: HttpRequest, target: URL, what: string): SquizzleError {
  return unsafeRedirect(response, place, target, { what });
}
