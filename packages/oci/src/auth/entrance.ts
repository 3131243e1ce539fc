/**
 * What one registry is known to want before it lets anybody in.
 *
 * While nothing is known the first request finds out and those that come meanwhile wait for its answer, instead of being
 * refused one by one.
 *
 * @module
 */
import type { HttpRequest, HttpResponse, Send } from '../http/http.ts';
import { readDemand, type AuthMethod } from './challenge/read-demand.ts';
import { unlessAborted } from './single-flight.ts';

export interface Entrance {
  /** Sends the request as it is, and learns from the answer. */
  readonly send: Send;
  /**
   * What to come with; `undefined`: nothing is known to be wanted. The request must be sent then, as the same object:
   * others may wait for its answer.
   */
  methodFor(request: HttpRequest): Promise<AuthMethod | undefined>;
  /** What the registry says when asked for nothing in particular: some say 401 to others without saying what they want. */
  ask(request: Pick<HttpRequest, 'place' | 'signal'>): Promise<AuthMethod | undefined>;
}

interface Knowledge {
  /** `open`: the last that came with nothing was let in. */
  method: AuthMethod | 'open' | undefined;
  /** The request that finds out, until it is answered. */
  opening: Opening | undefined;
}

interface Opening {
  readonly request: HttpRequest;
  readonly answered: Promise<void>;
  readonly settle: () => void;
}

export function createEntrance(send: Send, origin: URL): Entrance {
  const known: Knowledge = { method: undefined, opening: undefined };
  const method = (): AuthMethod | undefined => (known.method === 'open' ? undefined : known.method);
  const isUntried = (): boolean => known.method === undefined && known.opening === undefined;
  const sendAndLearn: Send = async (request) => {
    try {
      const response = await send(request);
      learn(known, response);
      return response;
    } finally {
      const { opening } = known;
      if (opening?.request === request) {
        known.opening = undefined;
        opening.settle();
      }
    }
  };
  const ask: Entrance['ask'] = async ({ place, signal }) => {
    const request: HttpRequest = { method: 'GET', url: new URL('/v2/', origin), place, signal };
    if (isUntried()) known.opening = openingOf(request);
    const response = await sendAndLearn(request);
    await response.discard();
    return method();
  };
  return {
    send: sendAndLearn,
    ask,
    async methodFor(request) {
      const { opening } = known;
      if (opening !== undefined && known.method === undefined) await unlessAborted(opening.answered, request.signal);
      if (known.method === undefined && request.body?.reopenable === false) await ask(request);
      if (isUntried() && request.body === undefined) known.opening = openingOf(request);
      return method();
    },
  };
}

function openingOf(request: HttpRequest): Opening {
  const end = new AbortController();
  const answered = new Promise<void>((resolve) => {
    end.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return { request, answered, settle: () => end.abort() };
}

/** Basic does not replace Bearer: Harbor asks for it when a token is not enough. A failure teaches nothing. */
function learn(known: Knowledge, response: HttpResponse): void {
  if (response.status === 401) {
    const { method } = readDemand(response.headers);
    const weaker = method?.kind === 'basic' && isBearer(known.method);
    if (method !== null && !weaker) known.method = method;
  } else if (response.status < 500 && response.status !== 429) known.method ??= 'open';
}

function isBearer(method: Knowledge['method']): boolean {
  return typeof method === 'object' && method.kind === 'bearer';
}
