/**
 * Asking the token endpoint: a form goes there, a token or the name of an error comes back.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { exchange, type ExchangeOptions, type ServiceAnswer } from '../../http/exchange.ts';
import { parseJson, readJson } from '../../http/read-json.ts';
import type { OidcProvider } from './oidc-provider.ts';

const TOKEN = v.object({ id_token: v.pipe(v.string(), v.nonEmpty()) });
/** Names alone are told: a description may quote what was sent. */
const ERROR = v.object({ error: v.pipe(v.string(), v.regex(/^[a-z_]{1,64}$/)) });

export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string }
  /** `error` as OAuth names it; `null` where the answer names none. */
  | { readonly kind: 'refused'; readonly status: number; readonly error: string | null };

/** @throws {SquizzleError} `SIGNING_FAILED`. */
export async function askTokenEndpoint(
  { service, token }: OidcProvider,
  form: Readonly<Record<string, string>>,
  options: ExchangeOptions,
): Promise<TokenAnswer> {
  const answer = await sendForm(service, token, form, options);
  if (answer.ok) return { kind: 'token', token: readJson(service, answer, TOKEN).id_token };
  return { kind: 'refused', status: answer.status, error: oauthError(answer) };
}

export async function sendForm(
  service: string,
  url: URL,
  form: Readonly<Record<string, string>>,
  options: ExchangeOptions,
): Promise<ServiceAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  return exchange({ service, url, headers, body: new URLSearchParams(form).toString() }, options);
}

function oauthError(answer: ServiceAnswer): string | null {
  const result = v.safeParse(ERROR, parseJson(answer.body));
  return result.success ? result.output.error : null;
}

/** PKCE (RFC 7636): only who has the verifier can turn the code into a token. */
export function createChallenge(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomToken();
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
