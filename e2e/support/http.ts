/**
 * One HTTP request at a time, with nothing added and nothing followed: what was sent is what the test says.
 *
 * @module
 */
import { request, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Sending {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
  readonly agent?: Agent;
}

/** Rejects when the connection breaks before the whole answer has come. */
export function send(method: string, url: string, { headers = {}, body, agent }: Sending = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': body.byteLength };
    const options = { method, headers: { ...length, ...headers }, ...(agent !== undefined && { agent }) };
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
