/**
 * Bytes to a server and back, without an HTTP client that would mend them on the way.
 *
 * @module
 */
import { connect } from 'node:net';

export interface RawAnswer {
  /** 0 when the server closed the connection without an answer. */
  readonly status: number;
  readonly text: string;
}

/**
 * Resolves when the server has closed the connection; rejects when it does not within the time. The sending side stays
 * open: after a part of a request, this is a client that has stopped in the midst of it.
 */
export function sendRaw(url: string, bytes: string | Buffer, timeoutMs = 10_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const overdue = setTimeout(() => {
      socket.destroy();
      reject(new RangeError(`no end after ${timeoutMs} ms; so far: ${Buffer.concat(chunks).toString('latin1')}`));
    }, timeoutMs);
    const end = (): void => {
      clearTimeout(overdue);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset is one way of closing; whatever came before it has been kept.
    socket.once('error', end);
    socket.once('end', end);
    socket.once('connect', () => socket.write(bytes));
  });
}

/** A whole request after which the server is asked to close. */
export function rawRequest(method: string, target: string, headers: readonly string[] = [], body = ''): Buffer {
  const head = [`${method} ${target} HTTP/1.1`, 'Host: registry.example', 'Connection: close', ...headers, '', ''];
  return Buffer.from(head.join('\r\n') + body, 'latin1');
}
