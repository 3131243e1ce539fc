/**
 * What a token service answers: `token`, or OAuth2's `access_token`, and how long it is good for.
 *
 * Times are those of this machine: the service's clock (`issued_at`) may differ. Nothing of the answer is ever shown.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/#token-response-fields
 * @module
 */
export interface AccessToken {
  readonly token: string;
  /** Milliseconds of the caller's clock. From then on another one is had, a while before this one ends. */
  readonly renewAt: number;
}

/** Where the answer does not say. */
const DEFAULT_SECONDS = 60;
const MIN_EARLY_MS = 10_000;
const MAX_EARLY_MS = 30_000;
/** What may stand in a header after `Bearer `. */
const TOKEN = /^[\x21-\x7e]+$/;

/** `undefined`: no token is in it. */
export function parseTokenAnswer(body: Uint8Array, receivedAt: number): AccessToken | undefined {
  const answer = parseObject(new TextDecoder().decode(body));
  const token = [answer['token'], answer['access_token']].find((text) => typeof text === 'string' && TOKEN.test(text));
  if (typeof token !== 'string') return undefined;
  return { token, renewAt: receivedAt + usableMs(answer['expires_in']) };
}

function usableMs(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn;
  const known = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  const lifeMs = (known ? seconds : DEFAULT_SECONDS) * 1_000;
  return lifeMs - Math.min(lifeMs / 2, Math.max(MIN_EARLY_MS, Math.min(MAX_EARLY_MS, lifeMs / 10)));
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
