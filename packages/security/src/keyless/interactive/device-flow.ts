/**
 * Signing in with a code on any device: for machines without a browser.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '@squizzle/core';
import * as v from 'valibot';
import { readJson } from '../../http/read-json.ts';
import { parseServiceUrl } from '../../http/service-url.ts';
import { signingFailed } from '../../http/signing-failed.ts';
import { identityUnavailable } from '../identity-unavailable.ts';
import type { InteractiveTokenOptions } from './interactive-token.ts';
import type { OidcProvider } from './oidc-provider.ts';
import { askTokenEndpoint, createChallenge, sendForm, type TokenAnswer } from './token-endpoint.ts';

const MAX_SECONDS = 3600;
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MAX_SECONDS));
/** It is shown in a terminal, so it may have no control characters. */
const shown = v.pipe(
  v.string(),
  v.transform((text) => parseServiceUrl(text)?.href),
  v.string(),
);
const GRANT = v.object({
  device_code: v.pipe(v.string(), v.nonEmpty()),
  user_code: v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,64}$/)),
  verification_uri: shown,
  verification_uri_complete: v.optional(shown),
  expires_in: seconds,
  interval: v.optional(seconds, 5),
});
type Grant = v.InferOutput<typeof GRANT>;

const TIMEOUT_MS = 5 * 60_000;
/** A provider that asks for no pause gets one all the same. */
const MIN_INTERVAL_S = 1;
const SLOWER_BY_S = 5;

/** @throws {SquizzleError} `IDENTITY_UNAVAILABLE`, `SIGNING_FAILED`. */
export async function signInWithDevice(
  provider: OidcProvider,
  options: InteractiveTokenOptions,
  call: CallOptions,
): Promise<string> {
  const { verifier, challenge } = createChallenge();
  const grant = await requestGrant(provider, options, challenge, call);
  const now = options.now ?? (() => new Date());
  const lifetimeMs = Math.min(grant.expires_in * 1000, options.timeoutMs ?? TIMEOUT_MS);
  const expires = new Date(now().getTime() + lifetimeMs);
  options.onEvent({
    type: 'device-code',
    userCode: grant.user_code,
    verificationUrl: grant.verification_uri,
    completeUrl: grant.verification_uri_complete ?? null,
    expires,
  });
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: grant.device_code,
    client_id: options.clientId,
    code_verifier: verifier,
  };
  const ask = async (): Promise<TokenAnswer> => askTokenEndpoint(provider, form, { fetch: options.fetch, ...call });
  return poll(provider, grant, ask, { wait: options.wait ?? pause, now, expires, call });
}

async function requestGrant(
  { service, deviceAuthorization }: OidcProvider,
  { clientId, fetch }: InteractiveTokenOptions,
  challenge: string,
  call: CallOptions,
): Promise<Grant> {
  if (deviceAuthorization === null) {
    throw identityUnavailable(`${service} has no sign-in with a code: sign in with the browser (flow browser)`);
  }
  const form = {
    client_id: clientId,
    scope: 'openid email',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  const answer = await sendForm(service, deviceAuthorization, form, { fetch, ...call });
  if (!answer.ok) throw signingFailed(service, answer.status);
  return readJson(service, answer, GRANT);
}

interface Polling {
  readonly wait: NonNullable<InteractiveTokenOptions['wait']>;
  readonly now: () => Date;
  readonly expires: Date;
  readonly call: CallOptions;
}

async function poll(
  { service }: OidcProvider,
  grant: Grant,
  ask: () => Promise<TokenAnswer>,
  { wait, now, expires, call }: Polling,
): Promise<string> {
  let interval = Math.max(grant.interval, MIN_INTERVAL_S);
  for (;;) {
    await wait(interval * 1000, call);
    if (now() >= expires) throw identityUnavailable('nobody signed in before the code expired: sign in again');
    const answer = await ask();
    if (answer.kind === 'token') return answer.token;
    switch (answer.error ?? 'no reason') {
      case 'authorization_pending':
        break;
      case 'slow_down':
        interval += SLOWER_BY_S;
        break;
      case 'expired_token':
        throw identityUnavailable('nobody signed in before the code expired: sign in again');
      case 'access_denied':
        throw identityUnavailable('the sign-in was refused: sign in again, or as somebody else');
      default:
        throw signingFailed(service, answer.status, `it gave no token (${answer.error ?? 'no reason'}): sign in again`);
    }
  }
}

async function pause(ms: number, { signal }: CallOptions): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  }
}
