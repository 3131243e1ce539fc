/**
 * How often a transfer that broke off is gone on with: as long as it gets further, and a few times where it does not.
 *
 * @module
 */
import { isSquizzleError, SquizzleError } from '@squizzle/core';
import type { ContentId } from '@squizzle/oci-spec';
import { describePlace, faultOf } from '../response-error.ts';
import { sleep } from '../../http/sleep.ts';
import type { RepositoryAccess } from '../repository-access.ts';

export interface Patience {
  /**
   * Waits before another try; longer each time that nothing was won.
   *
   * @param doneBytes how far the transfer has come. Only what is further than ever before counts as won.
   * @throws the cause, when there were too many tries; `TRUNCATED` where it is a broken connection.
   *   The signal's reason when aborted.
   */
  tryAgain(doneBytes: number, cause: SquizzleError | undefined): Promise<void>;
  /** The error for the caller when going on is of no use. */
  giveUp(doneBytes: number, cause: SquizzleError | undefined): SquizzleError;
}

interface PatienceOptions {
  readonly method: string;
  readonly signal: AbortSignal | undefined;
}

export function createPatience(
  access: RepositoryAccess,
  content: ContentId,
  { method, signal }: PatienceOptions,
): Patience {
  const { limits, host: registry, onEvent } = access;
  const giveUp: Patience['giveUp'] = (doneBytes, cause) =>
    cause === undefined || cause.code === 'UNREACHABLE' ? truncated(access, content, doneBytes, cause) : cause;
  let furthest = 0;
  let failures = 0;
  return {
    giveUp,
    async tryAgain(doneBytes, cause) {
      if (doneBytes > furthest) failures = 0;
      furthest = Math.max(furthest, doneBytes);
      failures += 1;
      const ceilingMs = Math.min(limits.backoffMs * 2 ** (failures - 1), limits.maxBackoffMs);
      const waitMs = Math.max(Math.random() * ceilingMs, askedMs(cause));
      if (failures >= limits.attempts || waitMs > limits.maxRetryAfterMs) throw giveUp(furthest, cause);
      const reason = cause?.code ?? 'TRUNCATED';
      onEvent({ type: 'retrying', registry, method, attempt: failures + 1, waitMs, reason });
      await sleep(waitMs, signal);
    },
  };
}

/** How long the registry asked to wait. */
function askedMs(cause: SquizzleError | undefined): number {
  if (!isSquizzleError(cause, 'RATE_LIMITED') || cause.details.retryAt === null) return 0;
  return Date.parse(cause.details.retryAt) - Date.now();
}

function truncated(
  access: RepositoryAccess,
  { digest, size }: ContentId,
  receivedBytes: number,
  cause: SquizzleError | undefined,
): SquizzleError<'TRUNCATED'> {
  const hint = 'run it again; if it goes on, see what closes connections between here and the registry';
  const message = `${describePlace(access)}: ${digest} broke off after ${receivedBytes} of ${size} bytes; ${hint}`;
  const details = { ...faultOf(access, null, hint), digest, expectedBytes: size, receivedBytes };
  return new SquizzleError('TRUNCATED', message, details, { cause });
}
