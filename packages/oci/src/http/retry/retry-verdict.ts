/**
 * Whether an answer, or the lack of one, is worth another try.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { ConnectFault, TransferFault } from '../exchange/transfer-fault.ts';
import type { HttpResponse } from '../http.ts';

export interface Verdict {
  /** For people: `HTTP 503`, `ECONNRESET`. */
  readonly reason: string;
  /** The registry asks for fewer requests. */
  readonly rateLimit: boolean;
  /** Nothing was sent: no connection came about. */
  readonly unconnected: boolean;
}

const STATUSES: ReadonlySet<number> = new Set([
  408, 425, 429, 499, 500, 502, 503, 504,
  // Cloudflare's: its origin does not answer as it should.
  520, 521, 522, 523, 524,
]);

/** GitHub answers 403 where others answer 429. */
const RATE_LIMIT = /\brate.?limit/i;
const PEEK_BYTES = 64 * 1024;

/** What asking again will not change: a name that does not exist, a host that speaks no TLS, or another one. */
const LASTING = /^(?:ENOTFOUND|EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|.*_ALERT_.*))$/;

/** `undefined`: it is final. */
export function judgeFault(thrown: unknown): Verdict | undefined {
  if (!isSquizzleError(thrown, 'UNREACHABLE')) return undefined;
  const { systemCode } = thrown.details;
  const { cause } = thrown;
  if (LASTING.test(systemCode ?? '') || refusedByProxy(cause)) return undefined;
  return { reason: systemCode ?? 'UNREACHABLE', rateLimit: false, unconnected: cause instanceof ConnectFault };
}

/** With 407, 403 and the like: not for a fault of its own. */
function refusedByProxy(fault: unknown): boolean {
  const cause = fault instanceof ConnectFault ? fault.cause : undefined;
  return cause instanceof TransferFault && cause.status !== null && cause.status < 500;
}

export interface JudgedResponse {
  /** To be used from here on: of a 403 the body was looked into. */
  readonly response: HttpResponse;
  readonly verdict: Verdict | undefined;
}

export async function judgeResponse(response: HttpResponse): Promise<JudgedResponse> {
  const { status } = response;
  const verdict = { reason: `HTTP ${status}`, rateLimit: status === 429, unconnected: false };
  if (STATUSES.has(status)) return { response, verdict };
  if (status !== 403) return { response, verdict: undefined };
  const { begun, text } = await peek(response);
  return { response: begun, verdict: RATE_LIMIT.test(text) ? { ...verdict, rateLimit: true } : undefined };
}

/** Reads the beginning of a body, and gives a response that still has it. */
async function peek(response: HttpResponse): Promise<{ readonly begun: HttpResponse; readonly text: string }> {
  const rest = response.body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < PEEK_BYTES) {
    const next: IteratorResult<Uint8Array, unknown> = await rest.next();
    if (next.done === true) break;
    chunks.push(next.value);
    size += next.value.byteLength;
  }
  return {
    begun: { ...response, body: again(chunks, rest) },
    text: Buffer.concat(chunks).subarray(0, PEEK_BYTES).toString(),
  };
}

async function* again(
  chunks: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
  yield* { [Symbol.asyncIterator]: () => rest };
}
