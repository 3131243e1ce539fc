/**
 * A server on loopback that takes one answer of a browser and is gone.
 *
 * Only a request with our state counts; others get an error page, so that no other site can end the sign-in. It listens on
 * both addresses of `localhost`, so that nobody else on this machine takes the answer at the other one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOptions } from '@squizzle/core';
import { identityUnavailable } from '../identity-unavailable.ts';
import { openLoopbackPort } from './loopback-port.ts';

export interface Loopback {
  readonly redirectUri: string;
  /** Waits for the browser. Throws `IDENTITY_UNAVAILABLE`, and the signal's reason when aborted. */
  readonly code: (options: CallOptions & { readonly timeoutMs: number }) => Promise<string>;
  readonly close: () => Promise<void>;
}

type Outcome = { readonly code: string } | { readonly error: string };

const PATH = '/auth/callback';
const OAUTH_ERROR = /^[a-z_]{1,64}$/;
const MAX_CODE_CHARACTERS = 4096;

/** @param state that the answer must have. */
export async function openLoopback(state: string): Promise<Loopback> {
  let settle: (outcome: Outcome) => void;
  const outcome = new Promise<Outcome>((resolve) => (settle = resolve));
  const { port, close } = await openLoopbackPort((request, response) => {
    const found = outcomeOf(request, state);
    respond(response, found);
    if (found !== undefined) settle(found);
  });
  return {
    // Providers that compare addresses by name know this one.
    redirectUri: `http://localhost:${port}${PATH}`,
    code: async (options) => codeOf(await within(outcome, options)),
    close,
  };
}

function outcomeOf({ url = '', method }: IncomingMessage, state: string): Outcome | undefined {
  const base = 'http://localhost';
  if (method !== 'GET' || !URL.canParse(url, base)) return undefined;
  const { pathname, searchParams } = new URL(url, base);
  if (pathname !== PATH || !isSame(searchParams.get('state') ?? '', state)) return undefined;
  const error = searchParams.get('error');
  if (error !== null) return { error: OAUTH_ERROR.test(error) ? error : 'no known reason' };
  const code = searchParams.get('code') ?? '';
  return code === '' || code.length > MAX_CODE_CHARACTERS ? { error: 'no code' } : { code };
}

function isSame(found: string, expected: string): boolean {
  return timingSafeEqual(sha256(found), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Nothing of the request is in the page. */
function respond(response: ServerResponse, outcome: Outcome | undefined): void {
  const [status, words] =
    outcome === undefined
      ? [400, 'This is no answer to a sign-in that was asked for.']
      : 'code' in outcome
        ? [200, 'Done: you are signed in. Close this page and go back to SQUIZZLE.']
        : [200, 'You were not signed in. Close this page and go back to SQUIZZLE.'];
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`<!doctype html><title>SQUIZZLE</title><p>${words}</p>`);
}

function codeOf(outcome: Outcome): string {
  if ('code' in outcome) return outcome.code;
  throw identityUnavailable(`the sign-in ended without success (${outcome.error}): sign in again`);
}

async function within(
  outcome: Promise<Outcome>,
  { timeoutMs, signal }: CallOptions & { readonly timeoutMs: number },
): Promise<Outcome> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const late = identityUnavailable(`nobody signed in within ${timeoutMs / 1000} s: sign in again`);
    timer = setTimeout(() => reject(late), timeoutMs);
    onAbort = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([outcome, ended]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}
