/**
 * One token from a token service, with what there is to prove who asks.
 *
 * The realm was checked before. Redirects are not followed: they would take credentials along, or leave them behind and
 * bring a token that is good for less.
 *
 * @module
 */
import type { FoundCredential } from '../../credentials/credential.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/http.ts';
import { isAddressRefused } from '../../http/private-address.ts';
import { readBody } from '../../http/read-body.ts';
import { redactSecrets } from '../../http/redact-secrets.ts';
import { redactUrl } from '../../http/redact-url.ts';
import type { TransferLimits } from '../../http/transfer-limits.ts';
import { insecureRealm } from '../realm-safety.ts';
import { secretsOf } from '../secrets.ts';
import { basicHeader } from './basic-header.ts';
import { parseTokenAnswer, type AccessToken } from './token-answer.ts';
import { tokenAnswerInvalid, toTokenError, type RefusedQuestion } from './token-failure.ts';
import { exchangeTokenRequest, getTokenRequest, type Account, type TokenQuestion } from './token-request.ts';

export interface TokenService {
  /** With retries; it follows no redirects. */
  readonly sendToken: Send;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  readonly limits: TransferLimits;
}

/** Docker's helpers give it in place of a user name where the secret is an identity token. */
const IDENTITY_TOKEN_USER = '<token>';

/**
 * A token for the scopes of the question; without credentials one that anybody gets.
 *
 * @throws {SquizzleError} `AUTH_REQUIRED`, `FORBIDDEN`, `INSECURE_REALM`, `UNSAFE_REDIRECT`, `RESPONSE_INVALID`,
 *   `TOO_LARGE`, `RATE_LIMITED`, `REGISTRY_FAILED`, `CREDENTIALS_UNUSABLE`, and what `sendToken` throws.
 */
export async function fetchToken(
  question: TokenQuestion,
  found: FoundCredential | undefined,
  service: TokenService,
): Promise<AccessToken> {
  const identity = found === undefined ? undefined : identityTokenOf(found);
  const account = found === undefined ? undefined : accountOf(found);
  const source = found?.source ?? null;
  const refused: RefusedQuestion = {
    realm: question.realm.url,
    place: question.place,
    scopes: question.scopes,
    source,
    secrets: secretsOf(found, account?.header),
    unauthorized: UNAUTHORIZED,
  };
  if (identity === undefined)
    return readToken(await ask(getTokenRequest(question, account), refused, service), refused, service);
  return exchange(identity, { question, refused, account, service });
}

const UNAUTHORIZED = new Set([401]);
/** Services without OAuth2 say 404 or 405; Artifactory says 401 and Azure 400. They may take it as a password. */
const NO_EXCHANGE = new Set([400, 401, 404, 405]);

async function exchange(
  identityToken: string,
  { question, refused, account, service }: Exchange,
): Promise<AccessToken> {
  const first = await ask(exchangeTokenRequest(question, identityToken), refused, service);
  if (!NO_EXCHANGE.has(first.status)) return readToken(first, refused, service);
  await first.discard();
  const second = await ask(getTokenRequest(question, account), refused, service);
  // RFC 6749 answers a token that is no good with 400: what neither way takes is refused.
  if (!NO_EXCHANGE.has(second.status)) return readToken(second, refused, service);
  throw await toTokenError(second, { ...refused, unauthorized: NO_EXCHANGE }, service.limits);
}

interface Exchange {
  readonly question: TokenQuestion;
  readonly refused: RefusedQuestion;
  readonly account: Account | undefined;
  readonly service: TokenService;
}

async function ask(
  request: HttpRequest,
  { realm, secrets }: RefusedQuestion,
  { sendToken }: TokenService,
): Promise<HttpResponse> {
  try {
    return await sendToken({ ...request, secrets });
  } catch (cause) {
    if (!wasAddressRefused(cause)) throw cause;
    const fault = 'that leads to an address that is not allowed';
    throw insecureRealm(realm, request.place, fault, { cause, secrets });
  }
}

/** The transport may wrap what was thrown where the connection is made. */
function wasAddressRefused(thrown: unknown): boolean {
  for (let fault = thrown, depth = 0; fault instanceof Error && depth < 8; fault = fault.cause, depth += 1) {
    if (isAddressRefused(fault)) return true;
  }
  return false;
}

async function readToken(
  response: HttpResponse,
  refused: RefusedQuestion,
  { limits, now }: TokenService,
): Promise<AccessToken> {
  if (response.status !== 200) throw await toTokenError(response, refused, limits);
  const { place } = refused;
  const body = await readBody(response, place, {
    what: 'the answer of the token service',
    limitBytes: limits.tokenBytes,
  });
  const token = parseTokenAnswer(body, now());
  if (token !== undefined) return token;
  throw tokenAnswerInvalid(
    refused,
    `no token in the answer of the token service ${redactSecrets(redactUrl(refused.realm), refused.secrets)}`,
    response,
  );
}

function identityTokenOf({ credential }: FoundCredential): string | undefined {
  if (credential.kind === 'identity-token') return credential.token;
  return credential.kind === 'basic' && credential.username === IDENTITY_TOKEN_USER ? credential.password : undefined;
}

function accountOf({ credential, source }: FoundCredential): Account | undefined {
  if (credential.kind === 'registry-token') return undefined;
  const basic =
    credential.kind === 'basic' ? credential : { username: IDENTITY_TOKEN_USER, password: credential.token };
  if (basic.username === '' && basic.password === '') return undefined;
  const username = basic.username === IDENTITY_TOKEN_USER ? null : basic.username;
  return { username, header: basicHeader(basic, source) };
}
