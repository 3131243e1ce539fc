/**
 * One request and its response, with what is counted about them on the way.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpLimits } from './limits.ts';

/** What all exchanges of a server share. */
export interface Lifecycle {
  /** The server finishes what it has begun and takes nothing new. */
  stopping: boolean;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly limits: HttpLimits;
  readonly lifecycle: Readonly<Lifecycle>;
  /** As it arrived, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The client sends its body only once it was told to go on. */
  awaitsContinue: boolean;
  /** The connection cannot be used after this response. */
  mustClose: boolean;
  /** Bytes of the body that were read. */
  bytesIn: number;
  /** Bytes of the body that were written. */
  bytesOut: number;
}

/** Shared by all requests without a query. Nobody writes to it. */
const NO_QUERY = new URLSearchParams();

/** The path and query of a request target, also when it names the host, as a proxy's client writes it. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const at = local.indexOf('?');
  if (at === -1) return { path: local, query: NO_QUERY };
  return { path: local.slice(0, at), query: new URLSearchParams(local.slice(at + 1)) };
}
