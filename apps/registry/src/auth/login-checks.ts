/**
 * Which logins are right, found out as seldom as possible: clients send the password with every request.
 *
 * A login that was right is remembered for a short time, under a key that holds the hash it was checked against: a
 * user whose password is changed is forgotten with it. A login that was wrong is never remembered; that many of them
 * do not pile up is what the limit is for.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import { RegistryError } from '../registry-error.ts';
import type { PasswordComparer } from './password-comparer.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
  /** What the password must open. */
  readonly hash: string;
}

export interface LoginChecks {
  /** @throws {RegistryError} `TOO_MANY_REQUESTS`; `UNAVAILABLE`. */
  isRight(login: Login): Promise<boolean>;
}

export interface LoginChecksOptions {
  readonly comparer: PasswordComparer;
  readonly now: () => number;
  /** How long a right login is remembered. Default one minute. */
  readonly rememberMs?: number;
  /** Right logins remembered at most. Default 1,000. */
  readonly remembered?: number;
  /** Different logins under check at most. Default 32: at cost 10, the last of them waits for some two seconds. */
  readonly waiting?: number;
}

const REMEMBER_MS = 60_000;
const REMEMBERED = 1_000;
const WAITING = 32;
const RETRY_AFTER_SECONDS = '2';

export function createLoginChecks(options: LoginChecksOptions): LoginChecks {
  const { comparer, now, rememberMs = REMEMBER_MS, remembered = REMEMBERED, waiting = WAITING } = options;
  const secret = randomBytes(32);
  /** Key → until when. Oldest first, as all are remembered for the same time. */
  const right = new Map<string, number>();
  const pending = new Map<string, Promise<boolean>>();

  const remember = (key: string): void => {
    right.delete(key);
    const [oldest] = right.keys();
    if (oldest !== undefined && right.size >= remembered) right.delete(oldest);
    right.set(key, now() + rememberMs);
  };

  const compare = async (key: string, { password, hash }: Login): Promise<boolean> => {
    const matches = await comparer.compare(password, hash);
    if (matches) remember(key);
    return matches;
  };

  return {
    async isRight(login) {
      const key = keyOf(secret, login);
      const until = right.get(key);
      if (until !== undefined && now() < until) return true;
      right.delete(key);
      const running = pending.get(key);
      if (running !== undefined) return running;
      if (pending.size >= waiting) throw tooMany();
      const comparing = compare(key, login).finally(() => pending.delete(key));
      pending.set(key, comparing);
      return comparing;
    },
  };
}

/** Neither names nor passwords stay in memory, and nobody without the secret can aim at a key. No part holds a NUL. */
function keyOf(secret: Uint8Array, { user, password, hash }: Login): string {
  return createHmac('sha256', secret).update(`${user}\0${password}\0${hash}`).digest('base64');
}

function tooMany(): RegistryError<'TOO_MANY_REQUESTS'> {
  return new RegistryError('TOO_MANY_REQUESTS', 'too many logins are being checked; try again', {
    headers: { 'Retry-After': RETRY_AFTER_SECONDS },
  });
}
