/**
 * What became of a request that carried bytes: an answer to go by, or a loss that another try may make good.
 *
 * @module
 */
import { isSquizzleError, type SquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../../../http/http.ts';
import { toResponseError } from '../../response-error.ts';
import { pushSubject } from '../blob-subject.ts';
import type { SessionRequest, UploadSession } from './upload-session.ts';
import type { UploadTask } from './upload-task.ts';

/**
 * `broken`: no answer · `gone`: there is no such session · `astray`: it has other bytes than were thought, as can be
 * asked · `spoilt`: what it has is wrong.
 */
export type Setback = 'broken' | 'too-large' | 'gone' | 'astray' | 'spoilt' | 'failed';

export type SessionAnswer =
  | { readonly kind: 'taken'; readonly response: HttpResponse }
  | { readonly kind: 'not-taken'; readonly setback: Setback; readonly cause: SquizzleError };

export interface BytesRequest extends Omit<SessionRequest, 'signal'> {
  readonly expected: readonly number[];
  /** Bytes may have arrived twice: what the registry then calls invalid is no fault of the content. */
  readonly doubtful?: boolean;
}

/**
 * Sends and sorts the answer.
 *
 * @throws what reading the content threw, as it was; the signal's reason; the error of an answer that is final.
 */
export async function sendToSession(
  task: UploadTask,
  session: UploadSession,
  { expected, doubtful = false, ...request }: BytesRequest,
): Promise<SessionAnswer> {
  const { source, signal } = task;
  try {
    const response = await session.send({ ...request, signal });
    if (!expected.includes(response.status)) return await sortFailure(task, response, doubtful);
    await response.discard();
    return { kind: 'taken', response };
  } catch (thrown) {
    const failure = source.failure();
    if (failure !== undefined) throw failure.thrown;
    signal?.throwIfAborted();
    // From here, and not the registry's answer: requests that may not be sent twice are not waited for.
    if (isSquizzleError(thrown, 'RATE_LIMITED')) return { kind: 'not-taken', setback: 'failed', cause: thrown };
    if (!isSquizzleError(thrown, 'UNREACHABLE')) throw thrown;
    return { kind: 'not-taken', setback: 'broken', cause: thrown };
  }
}

/** Status codes after which the same bytes may be taken another time. */
const PASSING = new Set([408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524]);
const SETBACKS: ReadonlyMap<number, Setback> = new Map([
  [413, 'too-large'],
  [404, 'gone'],
  [410, 'gone'],
  // It is still busy with what was lost.
  [409, 'astray'],
  [416, 'astray'],
]);

async function sortFailure(task: UploadTask, response: HttpResponse, doubtful: boolean): Promise<SessionAnswer> {
  const { access, descriptor } = task;
  const cause = await toResponseError(response, access, pushSubject(access, descriptor));
  const setback = setbackOf(response.status, cause, doubtful);
  if (setback === undefined) throw cause;
  return { kind: 'not-taken', setback, cause };
}

function setbackOf(status: number, cause: SquizzleError, doubtful: boolean): Setback | undefined {
  if (status === 400 && doubtful) return 'spoilt';
  return SETBACKS.get(status) ?? (PASSING.has(status) || cause.code === 'RATE_LIMITED' ? 'failed' : undefined);
}
