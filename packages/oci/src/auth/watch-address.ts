/**
 * Where a registry's answers really come from: a name may mean another address by the time it is asked about.
 *
 * @module
 */
import type { Send } from '../http/http.ts';

export interface WatchedSend {
  readonly send: Send;
  /** Of the last answer from the origin; `undefined` before the first, and through a proxy. */
  readonly reachedAt: () => string | undefined;
}

export function watchAddress(send: Send, origin: URL): WatchedSend {
  const last: { address: string | undefined } = { address: undefined };
  return {
    send: async (request) => {
      const response = await send(request);
      if (request.url.origin === origin.origin) last.address = response.address;
      return response;
    },
    reachedAt: () => last.address,
  };
}
