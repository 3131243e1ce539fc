/**
 * Requests that are sent again when a network or a registry fails for a moment.
 *
 * Waits are drawn at random below a limit that doubles (full jitter); a registry that says how long to wait is believed,
 * and every request to it waits. Whatever can be sent only once is sent once.
 *
 * After the last try the registry's last answer is returned as it is, with `attempts`, so that operations put it in
 * their own words. Only a registry that wants fewer requests ends in an error here: nobody may take that for an answer.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { readWords } from '../registry/error-body.ts';
import type { OnRegistryEvent } from '../registry/registry-event.ts';
import { createHostPauses, type HostPauses } from './retry/host-pause.ts';
import type { HttpRequest, HttpResponse, Send } from './http.ts';
import { requestIdOf } from './request-id.ts';
import { parseRetryAfter } from './retry-after.ts';
import { judgeFault, judgeResponse, type Verdict } from './retry/retry-verdict.ts';
import { sleep as sleepUnlessAborted } from './sleep.ts';
import { TRANSFER_LIMITS, type TransferLimits } from './transfer-limits.ts';

export interface RetryOptions {
  readonly limits?: TransferLimits | undefined;
  /** Shared by all that talk to the same hosts. */
  readonly pauses?: HostPauses | undefined;
  /** From 0 up to 1. */
  readonly random?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Milliseconds since 1970: `Retry-After` may be a date. */
  readonly now?: (() => number) | undefined;
  readonly onEvent?: OnRegistryEvent | undefined;
}

/**
 * @throws {SquizzleError} `RATE_LIMITED` after the last try, or at once when the registry wants a wait longer than
 *   `maxRetryAfterMs`; what `send` throws when it is final or was tried often enough.
 */
export function withRetries(send: Send, options: RetryOptions = {}): Send {
  const { now = Date.now, sleep = sleepUnlessAborted } = options;
  const tools: Tools = {
    limits: options.limits ?? TRANSFER_LIMITS,
    pauses: options.pauses ?? createHostPauses({ now, sleep }),
    random: options.random ?? Math.random,
    onEvent: options.onEvent ?? (() => undefined),
    now,
    sleep,
  };
  return async (request) => {
    let unconnectedMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      await tools.pauses.wait(request.url.origin, request.signal);
      const begin = now();
      const connectMs = Math.max(1, Math.min(tools.limits.connectMs, tools.limits.connectTotalMs - unconnectedMs));
      const outcome = await attemptOnce(send, { ...request, connectMs });
      unconnectedMs = outcome.verdict?.unconnected === true ? unconnectedMs + now() - begin : 0;
      const waitMs = await nextWait(tools, { request, outcome, attempt, unconnectedMs });
      if (waitMs === undefined) return finish(outcome, attempt);
      unconnectedMs += outcome.verdict?.unconnected === true ? waitMs : 0;
      await outcome.response?.discard();
      await sleep(waitMs, request.signal);
    }
  };
}

type Tools = { readonly [Name in keyof Required<RetryOptions>]: NonNullable<RetryOptions[Name]> };

interface Outcome {
  readonly response?: HttpResponse;
  readonly thrown?: unknown;
  /** `undefined`: it is final. */
  readonly verdict: Verdict | undefined;
}

interface Attempt {
  readonly request: HttpRequest;
  readonly outcome: Outcome;
  readonly attempt: number;
  /** How long no connection has come about. */
  readonly unconnectedMs: number;
}

async function attemptOnce(send: Send, request: HttpRequest): Promise<Outcome> {
  try {
    return await judgeResponse(await send(request));
  } catch (thrown) {
    return { thrown, verdict: request.signal?.aborted === true ? undefined : judgeFault(thrown) };
  }
}

function finish({ response, thrown }: Outcome, attempts: number): HttpResponse {
  if (response === undefined) throw thrown as Error;
  return { ...response, attempts };
}

/** Milliseconds until the next try; `undefined`: there is none. */
async function nextWait(tools: Tools, tried: Attempt): Promise<number | undefined> {
  const { limits, pauses, onEvent, now } = tools;
  const { request, outcome, attempt, unconnectedMs } = tried;
  const { verdict, response } = outcome;
  if (verdict === undefined) return undefined;
  const askedMs = response && parseRetryAfter(response.headers.get('retry-after'), now());
  const last = attempt >= limits.attempts || !mayRepeat(request, verdict);
  const tooLong = askedMs !== undefined && askedMs > limits.maxRetryAfterMs;
  if (askedMs !== undefined && askedMs > 0 && !tooLong) pauses.pause(request.url.origin, askedMs);
  if (response !== undefined && (tooLong || (last && verdict.rateLimit)))
    throw await rateLimited(request, response, { limits, retryAtMs: askedMs === undefined ? null : now() + askedMs });
  if (last) return undefined;
  const waitMs = askedMs !== undefined && askedMs > 0 ? askedMs : backoff(tools, attempt);
  if (verdict.unconnected && unconnectedMs + waitMs >= limits.connectTotalMs) return undefined;
  const { registry } = request.place;
  onEvent({ type: 'retrying', registry, method: request.method, attempt: attempt + 1, waitMs, reason: verdict.reason });
  return waitMs;
}

/** What was never sent may be sent, whatever its body. */
function mayRepeat({ retry, body }: HttpRequest, { unconnected }: Verdict): boolean {
  return retry !== 'never' && (unconnected || body === undefined || body.reopenable);
}

function backoff({ limits, random }: Tools, attempt: number): number {
  return Math.round(random() * Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** (attempt - 1)));
}

interface Limitation {
  readonly limits: TransferLimits;
  readonly retryAtMs: number | null;
}

async function rateLimited(
  { place }: HttpRequest,
  response: HttpResponse,
  { limits, retryAtMs }: Limitation,
): Promise<SquizzleError<'RATE_LIMITED'>> {
  const { text } = await readWords(response, limits.errorBytes);
  const retryAt = retryAtMs === null || retryAtMs > 8.64e15 ? null : new Date(retryAtMs).toISOString();
  const hint = `wait${retryAt === null ? ' a while' : ` until ${retryAt}`}, or log in: limits are higher for those who do`;
  const said = text === '' ? '' : `, "${text}"`;
  const message = `${place.registry}: takes no more requests for now (HTTP ${response.status}${said}); ${hint}`;
  const { status } = response;
  const requestId = requestIdOf(response);
  return new SquizzleError('RATE_LIMITED', message, { ...place, requestId, status, hint, retryAt });
}
