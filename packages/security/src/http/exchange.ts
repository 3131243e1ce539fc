/**
 * One request to a service and its answer: bounded in time and size, without redirects.
 *
 * Errors say which service and what to do. Neither request nor answer nor a foreign message gets into them: each may
 * hold a token.
 *
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import { signingFailed } from './signing-failed.ts';

export interface ServiceRequest {
  /** For people: `Fulcio at https://fulcio.example`. */
  readonly service: string;
  readonly url: URL;
  /** Default `GET`, with a body `POST`. */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface ExchangeOptions extends CallOptions {
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Of the whole exchange. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** Of the answer. Default 1 MiB. */
  readonly maxBytes?: number | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,40}$/;
const MAX_CAUSES = 4;

/**
 * @returns the answer whatever its status, other than a redirect.
 * @throws {SquizzleError} `SIGNING_FAILED`. The signal's reason when aborted.
 */
export async function exchange(request: ServiceRequest, options: ExchangeOptions = {}): Promise<ServiceAnswer> {
  const { signal, timeoutMs = TIMEOUT_MS } = options;
  signal?.throwIfAborted();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([converse(request, options, stopped.signal), rejectOnAbort(stopped.signal)]);
  } catch (thrown) {
    signal?.throwIfAborted();
    if (isSquizzleError(thrown)) throw thrown;
    const late = `it did not answer within ${timeoutMs} ms: try again, or look at its status`;
    throw signingFailed(request.service, null, stopped.signal.aborted ? late : unreachable(thrown));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    stop(); // what is still on its way is of no use
  }
}

async function converse(
  { service, url, method, headers = {}, body }: ServiceRequest,
  { fetch = globalThis.fetch, maxBytes = MAX_BYTES }: ExchangeOptions,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    redirect: 'manual',
    signal,
    ...(body === undefined ? {} : { body }),
  });
  const { status } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) throw signingFailed(service, status);
  return { status, ok: response.ok, headers: response.headers, body: await readBody(response, service, maxBytes) };
}

async function readBody(response: Response, service: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > maxBytes) {
      throw signingFailed(
        service,
        response.status,
        `its answer is over ${maxBytes} bytes: see that the address is right`,
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')), { once: true });
  });
}

/** Of a fault only its code is told: the message may quote headers. */
function unreachable(thrown: unknown): string {
  const code = systemCodeOf(thrown);
  return `it could not be reached${code === undefined ? '' : ` (${code})`}: see that the address is right and can be reached from here`;
}

function systemCodeOf(thrown: unknown): string | undefined {
  let fault = thrown;
  for (let depth = 0; depth < MAX_CAUSES && fault instanceof Error; depth += 1) {
    if ('code' in fault && typeof fault.code === 'string' && SYSTEM_CODE.test(fault.code)) return fault.code;
    fault = fault.cause;
  }
  return undefined;
}
