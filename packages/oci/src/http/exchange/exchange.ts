/**
 * One request and its response over a connection of undici's, with this package's own clock.
 *
 * Everything that may take time is timed: a server that stops reading, that does not answer, that answers in drips.
 *
 * @module
 */
import type { Dispatcher } from 'undici';
import type { HttpBody, HttpHeaders } from '../http.ts';
import { pairsOf, toHeaders } from './headers.ts';
import { exactBody, type SendWatch } from './request-body.ts';
import { createResponseBody, type ResponseBody } from './response-body.ts';
import { TransferFault } from './transfer-fault.ts';
import { createWatchdog } from './watchdog.ts';

export interface ExchangeRequest {
  readonly origin: string;
  readonly method: Dispatcher.HttpMethod;
  /** Path and query; a whole URL for a proxy without tunnel. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpBody | undefined;
  readonly signal: AbortSignal | undefined;
  readonly headersMs: number;
  readonly idleMs: number;
  /** From a fault on the way to the error that is thrown. */
  readonly explain: (fault: unknown) => unknown;
}

export interface ExchangeResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

export async function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<ExchangeResponse> {
  request.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const run = createRun(request, { resolve, reject });
    const options: Dispatcher.DispatchOptions = {
      origin: request.origin,
      path: request.path,
      method: request.method,
      headers: { ...request.headers },
      // Timed here instead, where a reader that pauses and a server that drips can be told apart.
      headersTimeout: 0,
      bodyTimeout: 0,
      // Undici would close the connection after each HEAD.
      reset: false,
    };
    // Undici takes async iterables; its types do not say so.
    if (run.body !== undefined) options.body = run.body as unknown as Uint8Array;
    dispatcher.dispatch(options, run.handler);
  });
}

interface Run {
  readonly handler: Dispatcher.DispatchHandler;
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

interface Settle {
  resolve(response: ExchangeResponse): void;
  reject(error: unknown): void;
}

function createRun(request: ExchangeRequest, { resolve, reject }: Settle): Run {
  const { signal, idleMs } = request;
  let controller: Dispatcher.DispatchController | undefined;
  let incoming: ResponseBody | undefined;
  let ownFault: { readonly error: unknown } | undefined;
  const abort = (reason: Error): void => controller?.abort(reason);
  const clock = createClock(request, abort);
  const settle = (): void => {
    clock.stop();
    signal?.removeEventListener('abort', onAbort);
  };
  const onAbort = (): void => {
    settle();
    reject(signal?.reason);
    incoming?.cancel(signal?.reason);
    abort(new TransferFault('DISCARDED', 'the caller gave up'));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const failed = (error: unknown): void => {
    ownFault = { error };
  };
  const body = bodyOf(request, { ...clock, failed });
  const flow = { idleMs, abort, pause: () => controller?.pause(), resume: () => controller?.resume() };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (signal?.aborted === true) started.abort(new TransferFault('DISCARDED', 'the caller gave up'));
      else if (body === undefined) clock.sent();
    },
    onResponseStart({ rawHeaders }, status) {
      if (status < 200) return;
      clock.answered();
      incoming = createResponseBody(flow);
      const headers = toHeaders(pairsOf((rawHeaders ?? []) as (Uint8Array | string)[]));
      resolve({ status, headers, body: incoming.body, discard: incoming.discard });
    },
    onResponseData: (_, chunk) => incoming?.push(chunk),
    onResponseEnd() {
      settle();
      // Undici frees the connection an immediate later: who goes on before that makes it open another one.
      queueMicrotask(() => setImmediate(() => incoming?.end()));
    },
    onResponseError(_, fault) {
      settle();
      const error = ownFault === undefined ? request.explain(fault) : ownFault.error;
      reject(error);
      incoming?.fail(error);
    },
  };
  return { handler, body };
}

interface Clock extends Omit<SendWatch, 'failed'> {
  answered(): void;
  stop(): void;
}

/** Times what the other side may keep waiting: each piece of the request, then the answer. */
function createClock({ headersMs, idleMs }: ExchangeRequest, abort: (reason: Error) => void): Clock {
  let answered = false;
  const stalled = createWatchdog(idleMs, () =>
    abort(new TransferFault('SEND_TIMEOUT', `nothing read in ${idleMs} ms`)),
  );
  const mute = createWatchdog(headersMs, () =>
    abort(new TransferFault('UND_ERR_HEADERS_TIMEOUT', `no answer in ${headersMs} ms`)),
  );
  return {
    waiting: () => stalled.start(),
    taken: () => stalled.stop(),
    // An answer may come before the request was sent: a refusal.
    sent: () => (answered ? undefined : mute.start()),
    answered() {
      answered = true;
      mute.stop();
    },
    stop() {
      answered = true;
      stalled.stop();
      mute.stop();
    },
  };
}

function bodyOf({ body }: ExchangeRequest, watch: SendWatch): AsyncIterable<Uint8Array> | undefined {
  return body === undefined || body.sizeBytes === 0 ? undefined : exactBody(body, watch);
}
