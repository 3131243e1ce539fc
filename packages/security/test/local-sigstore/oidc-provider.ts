/**
 * The OIDC provider: discovery, keys, sign-in, and the endpoint where jobs of GitHub Actions fetch their tokens.
 *
 * @module
 */
import { signInRoutes } from './oidc-sign-in.ts';
import type { OidcGrants } from './oidc-grants.ts';
import { json, type Routes } from './service-host.ts';
import { ServiceRefusal } from './service-refusal.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** What a job shows to fetch its token. A secret: no error, event or log may have it. */
export const ACTIONS_REQUEST_TOKEN = 'actions-request-token-a4f1c6e2';

export function oidcRoutes(url: string, issuer: TokenIssuer, grants: OidcGrants): Routes {
  return {
    'GET /.well-known/openid-configuration': () =>
      json(200, {
        issuer: url,
        authorization_endpoint: `${url}/auth`,
        token_endpoint: `${url}/token`,
        device_authorization_endpoint: `${url}/device/code`,
        jwks_uri: `${url}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
        code_challenge_methods_supported: ['S256'],
        scopes_supported: ['openid', 'email', 'profile'],
      }),
    'GET /keys': () => json(200, issuer.jwks),
    'GET /actions/token': async ({ headers, query }) => {
      if (headers.authorization !== `Bearer ${ACTIONS_REQUEST_TOKEN}`)
        throw new ServiceRefusal(401, `unknown token ${headers.authorization ?? ''}`);
      const value = await issuer.mint(query.get('audience') ?? 'https://github.com/acme');
      return json(200, { count: value.length, value });
    },
    ...signInRoutes(url, issuer, grants),
  };
}

export const actionsEnvironment = (url: string): Readonly<Record<string, string>> => ({
  GITHUB_ACTIONS: 'true',
  ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/actions/token?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: ACTIONS_REQUEST_TOKEN,
});
