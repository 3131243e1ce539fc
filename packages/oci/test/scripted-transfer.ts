/**
 * A repository whose answers a test writes itself, bodies that break off and stall included.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { parseRegistryHost, parseRepositoryName, type Bytes } from '@squizzle/oci-spec';
import { toHeaders } from '../src/http/exchange/headers.ts';
import type { HttpResponse } from '../src/http/http.ts';
import { TRANSFER_LIMITS, type TransferLimits } from '../src/http/transfer-limits.ts';
import { createGate } from '../src/registry/gate.ts';
import { createRoom } from '../src/registry/room.ts';
import { findProfile } from '../src/registry/profiles.ts';
import type { RegistryEvent } from '../src/registry/registry-event.ts';
import type { RepositoryAccess, RepositoryRequest } from '../src/registry/repository-access.ts';

export interface TransferRequest extends RepositoryRequest {
  readonly url: URL;
  /** `PATCH /v2/team/app/blobs/uploads/1?digest=…`. */
  readonly line: string;
  /** Reads the body to its end, or so many bytes of it and closes it. */
  readonly read: (mostBytes?: number) => Promise<Buffer>;
}

export interface TransferAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes | undefined;
}

export type TransferScript = (request: TransferRequest) => TransferAnswer | Promise<TransferAnswer>;

export interface ScriptedTransfer {
  readonly access: RepositoryAccess;
  readonly requests: readonly TransferRequest[];
  readonly events: readonly RegistryEvent[];
  /** Responses that were neither read to their end, nor closed, nor discarded. */
  readonly openBodies: () => number;
}

/** Tries follow one another at once, unless `limits` say otherwise. */
export function scriptTransfer(script: TransferScript, limits: Partial<TransferLimits> = {}): ScriptedTransfer {
  const requests: TransferRequest[] = [];
  const events: RegistryEvent[] = [];
  const open = new Set<URL>();
  const [host, repository] = [parseRegistryHost('registry.test'), parseRepositoryName('team/app')];
  if (host === undefined || repository === undefined) throw new TypeError('the names of the test are wrong');
  const access: RepositoryAccess = {
    host,
    repository,
    profile: findProfile(host),
    limits: { ...TRANSFER_LIMITS, backoffMs: 0, maxBackoffMs: 0, ...limits },
    gate: createGate(TRANSFER_LIMITS.concurrency),
    room: createRoom(limits.heldBytes ?? TRANSFER_LIMITS.heldBytes),
    memory: { conditions: 'unknown' },
    onEvent: (event) => events.push(event),
    async send(request) {
      const { signal } = request;
      signal?.throwIfAborted();
      const transfer = toTransfer(request);
      requests.push(transfer);
      const answer = await beforeAbort(signal, async () => script(transfer));
      return toResponse(transfer.url, answer, { open, signal });
    },
  };
  return { access, requests, events, openBodies: () => open.size };
}

/** What the transport says when the network has gone. */
export function connectionLost(cause?: unknown): SquizzleError<'UNREACHABLE'> {
  const fault = { registry: 'registry.test', repository: 'team/app', requestId: null, status: null, hint: '' };
  return new SquizzleError('UNREACHABLE', 'the connection was lost', { ...fault, systemCode: 'ECONNRESET' }, { cause });
}

/** The bytes in chunks, small ones for a few bytes; then the connection is gone. */
export async function* cutOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const step = Math.max(7, Math.ceil(bytes.byteLength / 10));
  for (let at = 0; at < bytes.byteLength; at += step) yield bytes.subarray(at, at + step);
  throw connectionLost();
}

function toTransfer(request: RepositoryRequest): TransferRequest {
  const url = new URL(request.target, 'https://registry.test/v2/team/app/');
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.append(name, value);
  const line = `${request.method} ${url.pathname}${url.search}`;
  return { ...request, url, line, read: async (mostBytes = Infinity) => readBody(request, mostBytes) };
}

/** What the source throws comes out wrapped, as HTTP libraries do it. */
async function readBody({ body }: RepositoryRequest, mostBytes: number): Promise<Buffer> {
  if (body === undefined || mostBytes === 0) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body.open()) {
      chunks.push(chunk.slice(0, mostBytes - size));
      size += chunk.byteLength;
      if (size >= mostBytes) break;
    }
  } catch (thrown) {
    throw connectionLost(thrown);
  }
  if (mostBytes === Infinity && size !== body.sizeBytes) throw new RangeError(`${size} bytes, not ${body.sizeBytes}`);
  return Buffer.concat(chunks);
}

async function beforeAbort<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  const listening = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { signal: listening.signal });
  });
  aborted.catch(() => undefined); // the work may be over first
  return Promise.race([aborted, work()]).finally(() => listening.abort());
}

interface ResponseState {
  readonly open: Set<URL>;
  readonly signal: AbortSignal | undefined;
}

function toResponse(url: URL, { status, headers = {}, body = [] }: TransferAnswer, state: ResponseState): HttpResponse {
  const { open, signal } = state;
  open.add(url);
  const read = async function* (): AsyncGenerator<Uint8Array> {
    const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    try {
      for (;;) {
        const next = await beforeAbort(signal, async () => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      open.delete(url);
    }
  };
  const discard = async (): Promise<void> => {
    open.delete(url);
  };
  return { status, url, headers: toHeaders(Object.entries(headers)), body: read(), discard };
}
