/**
 * Answers that are read whole: asked for again where one breaks off midway.
 *
 * The layers below ask again as long as no answer comes; what happens to its body they do not see.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../http/http.ts';
import { sleep } from '../http/sleep.ts';
import type { RepositoryAccess } from './repository-access.ts';

export interface WholeAnswer<T> {
  /** The answer that is there already. */
  readonly first: HttpResponse;
  /** Asks for the same once more; what it throws passes. */
  readonly again: () => Promise<HttpResponse>;
  /** Reads it to its end, or gives the connection back. */
  readonly read: (response: HttpResponse) => Promise<T>;
  readonly signal: AbortSignal | undefined;
}

/** @throws what `read` throws that is no broken connection; `UNREACHABLE` after as many answers as there may be tries. */
export async function readWhole<T>(
  { host: registry, limits, onEvent }: Pick<RepositoryAccess, 'host' | 'limits' | 'onEvent'>,
  { first, again, read, signal }: WholeAnswer<T>,
): Promise<T> {
  let response = first;
  for (let tries = 1; ; tries += 1) {
    try {
      return await read(response);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isSquizzleError(thrown, 'UNREACHABLE') || tries >= limits.attempts) throw thrown;
    }
    const waitMs = Math.random() * Math.min(limits.backoffMs * 2 ** (tries - 1), limits.maxBackoffMs);
    onEvent({ type: 'retrying', registry, method: 'GET', attempt: tries + 1, waitMs, reason: 'UNREACHABLE' });
    await sleep(waitMs, signal);
    response = await again();
  }
}
