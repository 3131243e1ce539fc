/**
 * Signing in with the browser of this machine: authorization code with PKCE, which comes back to a port on loopback.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import { signingFailed } from '../../http/signing-failed.ts';
import { identityUnavailable } from '../identity-unavailable.ts';
import { claimsOfToken } from '../token-claims.ts';
import type { InteractiveTokenOptions } from './interactive-token.ts';
import { openLoopback } from './loopback-server.ts';
import type { OidcProvider } from './oidc-provider.ts';
import { askTokenEndpoint, createChallenge, randomToken } from './token-endpoint.ts';

const TIMEOUT_MS = 5 * 60_000;

/** @throws {SquizzleError} `IDENTITY_UNAVAILABLE`, `SIGNING_FAILED`. */
export async function signInWithBrowser(
  provider: OidcProvider,
  options: InteractiveTokenOptions,
  call: CallOptions,
): Promise<string> {
  if (provider.authorization === null) {
    throw identityUnavailable(`${provider.service} has no sign-in for browsers: sign in with a code (flow device)`);
  }
  const { clientId, timeoutMs = TIMEOUT_MS } = options;
  const [state, nonce, { verifier, challenge }] = [randomToken(), randomToken(), createChallenge()];
  const loopback = await openLoopback(state);
  let code: string;
  try {
    const url = new URL(provider.authorization);
    const query = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: loopback.redirectUri,
      scope: 'openid email',
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    options.onEvent({ type: 'browser', url: url.href, opened: await opens(options, url.href) });
    code = await loopback.code({ timeoutMs, ...call });
  } finally {
    await loopback.close();
  }
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: loopback.redirectUri,
    client_id: clientId,
    code_verifier: verifier,
  };
  const answer = await askTokenEndpoint(provider, form, { fetch: options.fetch, ...call });
  if (answer.kind === 'refused') {
    throw signingFailed(
      provider.service,
      answer.status,
      `it gave no token (${answer.error ?? 'no reason'}): sign in again`,
    );
  }
  if (claimsOfToken(answer.token).all['nonce'] !== nonce) {
    throw identityUnavailable('the provider gave a token of another sign-in (nonce): do not trust it, sign in again');
  }
  return answer.token;
}

async function opens({ openBrowser }: InteractiveTokenOptions, url: string): Promise<boolean> {
  try {
    await openBrowser(url);
    return true;
  } catch {
    return false;
  }
}
