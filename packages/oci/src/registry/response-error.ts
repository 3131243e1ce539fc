/**
 * From an answer that was not hoped for to a typed error: the only place that knows.
 *
 * The status decides, refined by the code of the registry's error body; its words are shown and never decided by.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */
import { SquizzleError, type RegistryFault } from '@squizzle/core';
import type { HttpResponse, RequestPlace } from '../http/http.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { requestIdOf } from '../http/request-id.ts';
import { readWords, type RegistryWords } from './error-body.ts';
import type { RegistryConnection, RepositoryAccess } from './repository-access.ts';
import { plainText, withoutSecrets } from './shown-text.ts';

/** Who was asked: a registry, or one of its repositories. */
export type ResponsePlace = Pick<RegistryConnection | RepositoryAccess, 'host' | 'profile' | 'limits' | 'repository'>;

/** What was asked for. */
export interface ResponseSubject {
  /** What is missing when the registry says 404 and no code that tells more. */
  readonly what: 'repository' | 'tag' | 'manifest' | 'blob';
  /** The tag, the digest, the repository's name. */
  readonly name: string;
  /** After "cannot": `push the manifest`, `list the tags`. */
  readonly doing: string;
  readonly action: 'pull' | 'push' | 'delete';
}

/**
 * Resolves when the status is one of those expected; the body is then the caller's.
 *
 * @throws {SquizzleError} `AUTH_REQUIRED`, `FORBIDDEN`, `NOT_FOUND`, `UNSUPPORTED`, `TOO_LARGE`, `RATE_LIMITED`,
 *   `REGISTRY_FAILED`, `RESPONSE_INVALID`; the body was read then and the connection given back.
 */
export async function expectStatus(
  response: HttpResponse,
  place: ResponsePlace,
  subject: ResponseSubject,
  ...expected: readonly number[]
): Promise<void> {
  if (!expected.includes(response.status)) throw await toResponseError(response, place, subject);
}

/** The error that an answer amounts to. Reads the body and gives the connection back. */
export async function toResponseError(
  response: HttpResponse,
  place: ResponsePlace,
  subject: ResponseSubject,
): Promise<SquizzleError> {
  return responseErrorOf(response, place, subject, await readWords(response, place.limits.errorBytes));
}

/** As `toResponseError`, for an answer whose words were read. */
export function responseErrorOf(
  response: HttpResponse,
  place: ResponsePlace,
  subject: ResponseSubject,
  words: RegistryWords,
): SquizzleError {
  return errorFor({ response, place, subject, words });
}

/** Who was asked, as the layers below name it. */
export function requestPlaceOf({ host, repository }: ResponsePlace): RequestPlace {
  return { registry: host, repository: typeof repository === 'string' ? repository : null };
}

/** What every error about a registry's answer tells; `response` is `null` where there was none. */
export function faultOf(place: ResponsePlace, response: HttpResponse | null, hint: string): RegistryFault {
  return {
    ...requestPlaceOf(place),
    requestId: response === null ? null : requestIdOf(response),
    status: response?.status ?? null,
    hint,
  };
}

/** An answer that does not keep to the protocol. `reason` says what was expected and what was found. */
export function responseInvalid(
  place: ResponsePlace,
  response: HttpResponse | null,
  reason: string,
  options?: ErrorOptions,
): SquizzleError<'RESPONSE_INVALID'> {
  const hint = 'see whether the address is a registry’s, and what stands between: a proxy, a login page';
  const message = `${describePlace(place)}: ${reason}`;
  return new SquizzleError('RESPONSE_INVALID', message, { ...faultOf(place, response, hint), reason }, options);
}

/** `ghcr.io/myorg/app`, or the host alone. */
export function describePlace({ host, repository }: ResponsePlace): string {
  return typeof repository === 'string' ? `${host}/${repository}` : host;
}

interface Failure {
  readonly response: HttpResponse;
  readonly place: ResponsePlace;
  readonly subject: ResponseSubject;
  readonly words: RegistryWords;
}

function errorFor(failure: Failure): SquizzleError {
  const { response, words } = failure;
  const { status } = response;
  const says = (...codes: readonly string[]): boolean => words.codes.some((code) => codes.includes(code));
  if (status === 429 || says('TOOMANYREQUESTS') || (status === 403 && isRateLimit(words))) return rateLimited(failure);
  if (status === 401) return authRequired(failure);
  if (status === 405 || status === 501 || (status === 400 && says('UNSUPPORTED'))) return unsupported(failure);
  if (status === 403) return forbidden(failure);
  if (status === 404 || (status === 400 && says('MANIFEST_BLOB_UNKNOWN'))) return notFound(failure);
  if (status === 413) return tooLarge(failure);
  if (isFault(status)) return registryFailed(failure);
  const { place, subject } = failure;
  return responseInvalid(place, response, `cannot ${subject.doing}: unexpected answer ${describeAnswer(failure)}`);
}

/** GitHub answers so where others say 429. */
function isRateLimit({ text }: RegistryWords): boolean {
  return /\brate.?limit/i.test(text);
}

function isFault(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 499;
}

function describeAnswer({ response, words }: Failure): string {
  const { status, attempts = 1 } = response;
  const answer = attempts > 1 ? `HTTP ${status} after ${attempts} tries` : `HTTP ${status}`;
  return words.text === '' ? answer : `${answer}, "${words.text}"`;
}

function messageOf(failure: Failure, hint: string): string {
  const { place, subject } = failure;
  return `${describePlace(place)}: cannot ${subject.doing}: ${describeAnswer(failure)}; ${hint}`;
}

function authRequired(failure: Failure): SquizzleError<'AUTH_REQUIRED'> {
  const { place, response } = failure;
  const hint = place.profile.hints.login;
  const details = { ...faultOf(place, response, hint), credentials: null };
  return new SquizzleError('AUTH_REQUIRED', messageOf(failure, hint), details);
}

function forbidden(failure: Failure): SquizzleError<'FORBIDDEN'> {
  const { place, response, subject } = failure;
  const { hints } = place.profile;
  const hint = subject.action === 'delete' ? hints.deletion : hints.forbidden;
  const details = { ...faultOf(place, response, hint), scopes: scopesOf(failure) };
  return new SquizzleError('FORBIDDEN', messageOf(failure, hint), details);
}

/** Those that the registry names, else those that the request needs. */
function scopesOf({ response, place, subject }: Failure): readonly string[] {
  const asked = response.headers
    .all('www-authenticate')
    .flatMap(
      (challenge) => /\bscope="([^"]{1,1000})"/i.exec(withoutSecrets(challenge, response))?.[1]?.split(' ') ?? [],
    )
    .map(plainText);
  if (asked.length > 0 || typeof place.repository !== 'string') return asked;
  return [`repository:${place.repository}:${subject.action === 'push' ? 'pull,push' : subject.action}`];
}

const MISSING: Readonly<Record<string, 'repository' | 'manifest' | 'blob'>> = {
  NAME_UNKNOWN: 'repository',
  MANIFEST_UNKNOWN: 'manifest',
  BLOB_UNKNOWN: 'blob',
  MANIFEST_BLOB_UNKNOWN: 'blob',
};

function notFound(failure: Failure): SquizzleError<'NOT_FOUND'> {
  const { place, response, subject, words } = failure;
  const said = words.codes.map((code) => MISSING[code]).find((missing) => missing !== undefined);
  const what = said === undefined || (said === 'manifest' && subject.what === 'tag') ? subject.what : said;
  const name = what === 'repository' && typeof place.repository === 'string' ? place.repository : subject.name;
  const hint =
    'check the name, and that the credentials may read it: many registries say "not found" instead of "denied"';
  const details = { ...faultOf(place, response, hint), what, name };
  return new SquizzleError('NOT_FOUND', messageOf(failure, hint), details);
}

function unsupported(failure: Failure): SquizzleError<'UNSUPPORTED'> {
  const { place, response, subject } = failure;
  const { name, hints } = place.profile;
  const hint = subject.action === 'delete' ? hints.deletion : `see what ${name} at ${place.host} offers instead`;
  const details = { ...faultOf(place, response, hint), feature: subject.doing };
  return new SquizzleError('UNSUPPORTED', messageOf(failure, hint), details);
}

function tooLarge(failure: Failure): SquizzleError<'TOO_LARGE'> {
  const { place, response, subject } = failure;
  const hint =
    'the registry, or a proxy before it, takes no request this large: raise its limit (nginx: client_max_body_size)';
  const details = { ...faultOf(place, response, hint), what: subject.doing, limitBytes: null };
  return new SquizzleError('TOO_LARGE', messageOf(failure, hint), details);
}

/** A hundred years: what is longer was not meant. */
const LONGEST_WAIT_MS = 100 * 365 * 24 * 60 * 60 * 1_000;

function rateLimited(failure: Failure): SquizzleError<'RATE_LIMITED'> {
  const { place, response } = failure;
  const retryAt = readRetryAt(response);
  const hint = `wait${retryAt === null ? ' a while' : ` until ${retryAt}`}, or log in: limits are higher for those who do`;
  return new SquizzleError('RATE_LIMITED', messageOf(failure, hint), { ...faultOf(place, response, hint), retryAt });
}

function readRetryAt({ headers }: HttpResponse): string | null {
  const now = Date.now();
  const waitMs = parseRetryAfter(headers.get('retry-after'), now);
  return waitMs === undefined || waitMs > LONGEST_WAIT_MS ? null : new Date(now + waitMs).toISOString();
}

function registryFailed(failure: Failure): SquizzleError<'REGISTRY_FAILED'> {
  const { place, response } = failure;
  const { attempts = 1 } = response;
  const hint = 'try again later; if it goes on, tell who runs the registry, with the request id';
  const details = { ...faultOf(place, response, hint), attempts };
  return new SquizzleError('REGISTRY_FAILED', messageOf(failure, hint), details);
}
