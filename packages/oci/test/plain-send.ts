/**
 * HTTP in its plainest form, over `node:http`: one request, one connection, no retry, no redirect.
 *
 * @module
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { HttpHeaders, HttpResponse, Send } from '../src/http/http.ts';

export const plainSend: Send = async ({ method, url, headers, body, signal }) =>
  new Promise<HttpResponse>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.sizeBytes) };
    const options = { method, headers: { ...headers, ...length }, agent: false, ...(signal && { signal }) };
    const outgoing = httpRequest(url, options, (incoming) => resolve(toResponse(incoming, url)));
    outgoing.on('error', (fault) => reject(signal?.aborted === true ? (signal.reason as Error) : fault));
    void writeBody(outgoing, body?.open() ?? []);
  });

async function writeBody(
  outgoing: ReturnType<typeof httpRequest>,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of content) outgoing.write(chunk);
  outgoing.end();
}

function toResponse(incoming: IncomingMessage, url: URL): HttpResponse {
  return {
    status: incoming.statusCode ?? 0,
    url,
    headers: toHeaders(incoming.rawHeaders),
    body: incoming,
    discard: async () => {
      incoming.resume();
    },
  };
}

/** Name, value, name, value … */
export function toHeaders(raw: readonly string[]): HttpHeaders {
  const all = (name: string): readonly string[] =>
    raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name.toLowerCase());
  return { all, get: (name) => all(name)[0] };
}
