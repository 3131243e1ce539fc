/**
 * Signing in: with a browser (authorization code, PKCE) and with a code that is typed elsewhere (device flow).
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
 * @see https://www.rfc-editor.org/rfc/rfc7636
 * @see https://www.rfc-editor.org/rfc/rfc8628
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import type { CodeGrant, DeviceGrant, OidcGrants } from './oidc-grants.ts';
import { json, type Routes, type ServiceAnswer } from './service-host.ts';
import type { TokenIssuer } from './token-issuer.ts';

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):\d+\//;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const DEVICE_LIFETIME_SECONDS = 300;

export function signInRoutes(url: string, issuer: TokenIssuer, grants: OidcGrants): Routes {
  return {
    'GET /auth': ({ query }) => authorize(query, grants),
    'POST /device/code': ({ body }) => beginDevice(new URLSearchParams(body.toString()), url, grants),
    'GET /device': ({ query }) => decideDevice(query.get('user_code'), grants),
    'POST /token': ({ body }) => {
      const form = new URLSearchParams(body.toString());
      return form.get('grant_type') === DEVICE_GRANT
        ? redeemDevice(form, issuer, grants)
        : redeemCode(form, issuer, grants);
    },
  };
}

function authorize(query: URLSearchParams, { approval, codes }: OidcGrants): ServiceAnswer {
  const redirectUri = query.get('redirect_uri') ?? '';
  const codeChallenge = query.get('code_challenge');
  const fits =
    query.get('response_type') === 'code' &&
    query.get('scope')?.split(' ').includes('openid') === true &&
    query.get('code_challenge_method') === 'S256' &&
    LOOPBACK.test(redirectUri);
  if (!fits || codeChallenge === null) return page(400, 'invalid request');
  if (approval === 'ignore') return page(200, 'Sign in');
  const state = query.get('state') ?? '';
  if (approval === 'deny') return redirect(redirectUri, { error: 'access_denied', state });
  const code = randomBytes(16).toString('hex');
  const nonce = approval === 'wrong-nonce' ? 'of-another-request' : query.get('nonce');
  codes.set(code, { clientId: query.get('client_id') ?? '', redirectUri, codeChallenge, nonce });
  return redirect(redirectUri, { code, state: approval === 'wrong-state' ? 'of-another-request' : state });
}

function redeemCode(
  form: URLSearchParams,
  issuer: TokenIssuer,
  { codes }: OidcGrants,
): Promise<ServiceAnswer> | ServiceAnswer {
  if (form.get('grant_type') !== 'authorization_code') return refuse('unsupported_grant_type');
  const code = form.get('code') ?? '';
  const grant = codes.get(code);
  codes.delete(code);
  if (grant === undefined || !fitsGrant(form, grant)) return refuse('invalid_grant', code);
  return tokens(issuer, grant.clientId, grant.nonce === null ? {} : { nonce: grant.nonce });
}

const fitsGrant = (form: URLSearchParams, { clientId, redirectUri, codeChallenge }: CodeGrant): boolean =>
  form.get('client_id') === clientId &&
  form.get('redirect_uri') === redirectUri &&
  challengeOf(form.get('code_verifier')) === codeChallenge;

function beginDevice(form: URLSearchParams, url: string, grants: OidcGrants): ServiceAnswer {
  const userCode = randomBytes(4)
    .toString('hex')
    .toUpperCase()
    .replace(/^(.{4})/, '$1-');
  const deviceCode = randomBytes(16).toString('hex');
  grants.devices.set(deviceCode, {
    clientId: form.get('client_id') ?? '',
    userCode,
    codeChallenge: form.get('code_challenge'),
    decision: null,
    lastPoll: null,
  });
  return json(200, {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: `${url}/device`,
    verification_uri_complete: `${url}/device?user_code=${userCode}`,
    expires_in: DEVICE_LIFETIME_SECONDS,
    interval: grants.deviceIntervalSeconds,
  });
}

/** The person opens the page and types the code. */
function decideDevice(userCode: string | null, { approval, devices }: OidcGrants): ServiceAnswer {
  const grant = [...devices.values()].find((device) => device.userCode === userCode);
  if (grant === undefined) return page(404, 'unknown code');
  if (approval === 'approve' || approval === 'deny') grant.decision = approval;
  return page(200, 'thank you');
}

function redeemDevice(
  form: URLSearchParams,
  issuer: TokenIssuer,
  grants: OidcGrants,
): Promise<ServiceAnswer> | ServiceAnswer {
  const code = form.get('device_code') ?? '';
  const grant = grants.devices.get(code);
  if (grant === undefined || !fitsDevice(form, grant)) return refuse('invalid_grant', code);
  if (isTooSoon(grant, grants.deviceIntervalSeconds)) return refuse('slow_down');
  if (grant.decision === null) return refuse('authorization_pending');
  grants.devices.delete(code);
  return grant.decision === 'deny' ? refuse('access_denied') : tokens(issuer, grant.clientId, {});
}

const fitsDevice = (form: URLSearchParams, { clientId, codeChallenge }: DeviceGrant): boolean =>
  form.get('client_id') === clientId &&
  (codeChallenge === null || challengeOf(form.get('code_verifier')) === codeChallenge);

function isTooSoon(grant: DeviceGrant, intervalSeconds: number): boolean {
  const before = grant.lastPoll;
  grant.lastPoll = performance.now();
  // Timers may be a little early.
  return before !== null && grant.lastPoll - before < intervalSeconds * 1000 - 50;
}

async function tokens(issuer: TokenIssuer, audience: string, extra: { nonce?: string }): Promise<ServiceAnswer> {
  const idToken = await issuer.mint(audience, extra);
  const access = randomBytes(16).toString('hex');
  return json(200, { access_token: access, token_type: 'bearer', expires_in: 600, id_token: idToken });
}

const challengeOf = (verifier: string | null): string =>
  createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');

/** The description repeats what was sent, as some providers do. */
const refuse = (error: string, secret = ''): ServiceAnswer =>
  json(400, { error, error_description: `${error} ${secret}` });

const page = (status: number, text: string): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<!doctype html><title>Local OIDC</title><p>${text}`,
});

function redirect(target: string, parameters: Readonly<Record<string, string>>): ServiceAnswer {
  const location = new URL(target);
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
  return { status: 302, headers: { location: location.href } };
}
