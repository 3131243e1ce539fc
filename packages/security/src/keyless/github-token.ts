/**
 * Tokens of GitHub Actions: the job has an address and a bearer token to ask for them, if its workflow allows it.
 *
 * @see https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
 * @module
 */
import * as v from 'valibot';
import { readJson } from '../http/read-json.ts';
import { exchangeWithRetries } from '../http/retry.ts';
import { parseServiceUrl, SERVICE_URL_RULE } from '../http/service-url.ts';
import { signingFailed } from '../http/signing-failed.ts';
import { identityUnavailable } from './identity-unavailable.ts';
import { SIGSTORE_AUDIENCE, type IdentityTokenSource } from './identity-token.ts';

const SERVICE = 'token service of GitHub Actions';
const ANSWER = v.object({ value: v.pipe(v.string(), v.nonEmpty()) });
/** What a header may hold, so that no library quotes it when it refuses it. */
const BEARER = /^[\x21-\x7e]{1,16384}$/;
const REFUSED = "it gave no token: see that the job has 'permissions: id-token: write' and still runs";

/** A new token each time: they are valid for minutes. */
export function githubToken(
  address: string,
  bearer: string,
  fetch: typeof globalThis.fetch | undefined,
): IdentityTokenSource {
  return {
    description: 'GitHub Actions',
    token: async ({ signal } = {}) => {
      const url = parseServiceUrl(address);
      if (url === undefined) throw identityUnavailable(`ACTIONS_ID_TOKEN_REQUEST_URL is not ${SERVICE_URL_RULE}`);
      if (!BEARER.test(bearer)) throw identityUnavailable('ACTIONS_ID_TOKEN_REQUEST_TOKEN is no token');
      url.searchParams.set('audience', SIGSTORE_AUDIENCE);
      const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
      const answer = await exchangeWithRetries({ service: SERVICE, url, headers }, { fetch, signal });
      if (!answer.ok) throw signingFailed(SERVICE, answer.status, answer.status < 500 ? REFUSED : undefined);
      return readJson(SERVICE, answer, ANSWER).value;
    },
  };
}
