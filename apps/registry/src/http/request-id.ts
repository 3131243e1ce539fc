/**
 * A name for each request, in its answer and in its log line, so that one finds the other.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/** Takes the client's own `X-Request-Id` when it is short and plain; else makes one that no other server makes. */
export function createRequestIds(): (given: string | string[] | undefined) => string {
  const instance = randomBytes(6).toString('hex');
  let count = 0;
  return (given) => {
    if (typeof given === 'string' && ACCEPTED.test(given)) return given;
    count += 1;
    return `${instance}-${count.toString(36)}`;
  };
}
