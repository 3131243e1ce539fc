/**
 * Where an OIDC provider says that its endpoints are.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 * @module
 */
import * as v from 'valibot';
import { exchange, type ExchangeOptions } from '../../http/exchange.ts';
import { readJson } from '../../http/read-json.ts';
import { endpoint, parseServiceUrl, SERVICE_URL_RULE } from '../../http/service-url.ts';
import { signingFailed } from '../../http/signing-failed.ts';
import { identityUnavailable } from '../identity-unavailable.ts';

export interface OidcProvider {
  /** For messages. */
  readonly service: string;
  readonly issuer: string;
  readonly authorization: URL | null;
  readonly token: URL;
  readonly deviceAuthorization: URL | null;
}

const MAX_BYTES = 128 * 1024;
const address = v.pipe(
  v.string(),
  v.transform((text) => parseServiceUrl(text)),
  v.instance(URL),
);
const DOCUMENT = v.object({
  issuer: v.string(),
  authorization_endpoint: v.optional(address),
  token_endpoint: address,
  device_authorization_endpoint: v.optional(address),
});

/** @throws {SquizzleError} `IDENTITY_UNAVAILABLE` for an address that is none; `SIGNING_FAILED`. */
export async function discoverProvider(issuerUrl: string, options: ExchangeOptions): Promise<OidcProvider> {
  const url = parseServiceUrl(issuerUrl);
  if (url === undefined) throw identityUnavailable(`the address of the OIDC issuer is not ${SERVICE_URL_RULE}`);
  const service = `OIDC provider ${url.origin}`;
  const document = endpoint(url, '/.well-known/openid-configuration');
  const answer = await exchange({ service, url: document }, { ...options, maxBytes: MAX_BYTES });
  if (!answer.ok) throw signingFailed(service, answer.status);
  const found = readJson(service, answer, DOCUMENT);
  if (found.issuer !== issuerUrl) {
    throw signingFailed(
      service,
      answer.status,
      'it calls itself another issuer: configure the address as it writes it',
    );
  }
  return {
    service,
    issuer: found.issuer,
    authorization: found.authorization_endpoint ?? null,
    token: found.token_endpoint,
    deviceAuthorization: found.device_authorization_endpoint ?? null,
  };
}
