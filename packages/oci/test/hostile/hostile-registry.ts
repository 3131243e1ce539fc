/**
 * A registry that misbehaves on purpose: ours, with a script before it that may answer first, or change what it answers.
 *
 * Every request is kept as it came, so that a test can say what no server may ever see.
 *
 * @module
 */
import { createRegistry, type RegistryOptions } from '@squizzle/registry';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
}

/** @returns whether it has taken the request over. What it leaves is answered as a good registry does. */
export type Script = (request: IncomingMessage, response: ServerResponse, at: HostileRegistry) => boolean;

export interface HostileRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:port`, or `https://localhost:port`. */
  readonly url: string;
  /** As references write it. */
  readonly host: string;
  readonly seen: readonly SeenRequest[];
  /** Empties {@link HostileRegistry.seen}: the scene is set, what counts comes now. */
  forget(): void;
  /** From now on; `undefined`: good manners. */
  follow(script: Script | undefined): void;
}

export interface HostileOptions extends RegistryOptions {
  readonly script?: Script;
  /** PEM texts: the server speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export async function startHostileRegistry({ script, tls, ...options }: HostileOptions = {}): Promise<HostileRegistry> {
  const registry = await createRegistry(options);
  const seen: SeenRequest[] = [];
  let current = script;
  const listener: RequestListener = (request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, target: url, headers });
    if (current?.(request, response, hostile) !== true) registry.listener(request, response);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `${tls === undefined ? '127.0.0.1' : 'localhost'}:${port}`;
  const hostile: HostileRegistry = {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    seen,
    forget: () => void seen.splice(0),
    follow: (next) => {
      current = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await registry.close();
    },
  };
  return hostile;
}

/** Which requests a script is meant for. */
export interface Aim {
  readonly method?: string;
  /** Matched against path and query. */
  readonly target?: RegExp;
  /** The first so many that fit; default: all. */
  readonly times?: number;
}

/** The script for requests that fit, nothing for others. */
export function aimed({ method, target = /(?:)/, times = Infinity }: Aim, script: Script): Script {
  let left = times;
  return (request, response, at) => {
    if ((method !== undefined && request.method !== method) || !target.test(request.url ?? '') || left === 0)
      return false;
    left -= 1;
    return script(request, response, at);
  };
}

/** Answers at once, without reading what was sent. */
export const answering =
  (
    status: number,
    headers: Readonly<Record<string, string | readonly string[]>> = {},
    body: string | Uint8Array = '',
  ): Script =>
  (request, response) => {
    request.resume();
    response.writeHead(status, headers as Record<string, string | string[]>);
    response.end(body);
    return true;
  };

/** Cuts the connection without a word. */
export const hangingUp: Script = (request) => {
  request.socket.destroy();
  return true;
};

/** Never answers. */
export const silent: Script = (request) => {
  request.resume();
  return true;
};

/** A good registry's answer with other headers: a text replaces, `null` removes. */
export const withHeaders =
  (changes: Readonly<Record<string, string | null>>): Script =>
  (_request, response) => {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = (status: number, headers?: unknown) => writeHead(status, changed(headers, changes));
    return false;
  };

function changed(headers: unknown, changes: Readonly<Record<string, string | null>>): string[] {
  const flat = Array.isArray(headers)
    ? headers.flat().map(String)
    : Object.entries(headers ?? {})
        .flat()
        .map(String);
  const pairs = Array.from(
    { length: flat.length / 2 },
    (_, at) => [flat[2 * at] ?? '', flat[2 * at + 1] ?? ''] as const,
  );
  const replaced = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
  const kept = pairs.filter(([name]) => !replaced.has(name.toLowerCase()));
  const added = Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  return [...kept, ...added].flat();
}

/** A good registry's answer of which only the first part of the body comes, then the connection is cut. */
export const cutAfter =
  (bytes: number): Script =>
  (_request, response) => {
    let left = bytes;
    const write = response.write.bind(response);
    const send = (chunk: Uint8Array): void => {
      const part = Buffer.from(chunk).subarray(0, left);
      left -= part.byteLength;
      write(part);
      if (left === 0) setImmediate(() => response.socket?.destroy());
    };
    response.write = ((chunk: Uint8Array, ...rest: unknown[]) => {
      if (left > 0) send(chunk);
      const done = rest.findLast((each) => typeof each === 'function') as (() => void) | undefined;
      if (done !== undefined) setImmediate(done);
      return true;
    }) as never;
    response.end = ((chunk?: unknown) => {
      if (chunk instanceof Uint8Array && left > 0) send(chunk);
      return response;
    }) as never;
    return false;
  };

/** A good registry's answer with the first byte of its body changed. */
export const corrupting: Script = (_request, response) => {
  let touched = false;
  const flip = (chunk: unknown): never => {
    if (touched || !(chunk instanceof Uint8Array) || chunk.byteLength === 0) return chunk as never;
    touched = true;
    return Buffer.from(chunk.map((byte, at) => (at === 0 ? byte ^ 1 : byte))) as never;
  };
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  response.write = ((chunk: unknown, ...rest: never[]) => write(flip(chunk), ...rest)) as never;
  response.end = ((chunk?: unknown, ...rest: never[]) => end(flip(chunk), ...rest)) as never;
  return false;
};

/** Reads so much of what is sent, tells the good registry nothing of it, and cuts the connection. */
export const cutUploadAfter =
  (bytes: number): Script =>
  (request) => {
    let left = bytes;
    const read = (chunk: Uint8Array): void => {
      left -= chunk.byteLength;
      if (left <= 0) request.socket.destroy();
    };
    if (bytes === 0) request.socket.destroy();
    else request.on('data', read);
    return true;
  };

/** Everything is done as it should be, but nobody hears of it. */
export const withoutAnswer: Script = (request, response) => {
  response.writeHead = (() => {
    request.socket.destroy();
    return response;
  }) satisfies ServerResponse['writeHead'];
  response.end = () => response;
  return false;
};
