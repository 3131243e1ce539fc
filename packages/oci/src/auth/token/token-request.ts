/**
 * The two ways to ask for a token: GET, with user name and password if there are any, and OAuth2's POST, which exchanges
 * an identity token.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 * @module
 */
import type { HttpBody, HttpRequest, RequestPlace } from '../../http/http.ts';
import type { SafeRealm } from '../realm-safety.ts';

const CLIENT_ID = 'squizzle';

export interface TokenQuestion {
  readonly realm: SafeRealm;
  readonly service: string | null;
  /** In normal form. */
  readonly scopes: readonly string[];
  readonly place: RequestPlace;
  readonly signal?: AbortSignal | undefined;
}

export interface Account {
  /** `null`: nobody's name. */
  readonly username: string | null;
  /** `Basic …` */
  readonly header: string;
}

/** Without an account: a token for anybody. */
export function getTokenRequest(question: TokenQuestion, account: Account | undefined): HttpRequest {
  const url = new URL(question.realm.url);
  const { searchParams } = url;
  if (question.service !== null) searchParams.set('service', question.service);
  searchParams.set('client_id', CLIENT_ID);
  if (typeof account?.username === 'string') searchParams.set('account', account.username);
  searchParams.delete('scope');
  for (const scope of writingFirst(question.scopes)) searchParams.append('scope', scope);
  const authorization = account === undefined ? {} : { authorization: account.header };
  return { ...commonOf(question), method: 'GET', url, headers: { accept: 'application/json', ...authorization } };
}

export function exchangeTokenRequest(question: TokenQuestion, identityToken: string): HttpRequest {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: identityToken, client_id: CLIENT_ID });
  if (question.service !== null) form.set('service', question.service);
  if (question.scopes.length > 0) form.set('scope', writingFirst(question.scopes).join(' '));
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  return { ...commonOf(question), method: 'POST', url: question.realm.url, headers, body: textBody(form.toString()) };
}

function commonOf({ realm, place, signal }: TokenQuestion): Pick<HttpRequest, 'addresses' | 'place' | 'signal'> {
  return { addresses: realm.addresses, place, signal };
}

const WRITES = /[:,](?:push|delete|\*)(?:,|$)/;

/** Some services heed the first scope alone; of a mount that has to be the repository that is written to. */
function writingFirst(scopes: readonly string[]): readonly string[] {
  return [...scopes.filter((scope) => WRITES.test(scope)), ...scopes.filter((scope) => !WRITES.test(scope))];
}

function textBody(text: string): HttpBody {
  const bytes = Buffer.from(text);
  return { sizeBytes: bytes.byteLength, open: () => [bytes], reopenable: true };
}
