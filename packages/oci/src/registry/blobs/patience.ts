/**
 * How often a transfer that broke off is gone on with: as long as it gets well further, and a few times where it does not.
 *
 * A byte at a time is not further: each try has its price, for both sides.
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
   * @param doneBytes how far the transfer has come. Only what is further than ever before counts as won: a mebibyte or a
   *   hundredth of all, whichever is more, or whatever was left.
   * @throws the cause, when there were too many tries; `TRUNCATED` where it is a broken connection.
   *   The signal's reason when aborted.
   */
  tryAgain(doneBytes: number, cause: SquizzleError | undefined, options?: TryAgainOptions): Promise<void>;
  /** The error for the caller when going on is of no use. */
  giveUp(doneBytes: number, cause: SquizzleError | undefined): SquizzleError;
}

interface TryAgainOptions {
  /** All was sent from the start, though the rest was asked for: however far that came, nothing is won. */
  readonly resent?: boolean;
}

/** And a hundredth of the content. */
const STEP_BYTES = 1024 * 1024;

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
  const stepBytes = Math.max(STEP_BYTES, content.size / 100);
  let furthest = 0;
  /** Where something was won last. */
  let won = 0;
  let failures = 0;
  return {
    giveUp,
    async tryAgain(doneBytes, cause, { resent = false } = {}) {
      furthest = Math.max(furthest, doneBytes);
      const isFurther = furthest > won && furthest - won >= Math.min(stepBytes, content.size - won);
      if (isFurther && !resent) failures = 0;
      if (isFurther || resent) won = furthest;
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

/**
 * A request of a transfer that is under way: while the registry cannot be reached it is made again, as long as there is
 * patience. A registry that restarts is back after some seconds.
 */
export async function outlast<T>(patience: Patience, doneBytes: number, request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (thrown) {
      if (!isSquizzleError(thrown, 'UNREACHABLE')) throw thrown;
      await patience.tryAgain(doneBytes, thrown);
    }
  }
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
