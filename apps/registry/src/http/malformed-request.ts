/**
 * What Node's parser refuses: answered in a line of JSON, and the connection ended.
 *
 * @module
 */
import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connections } from './connections.ts';
import type { Logger } from '../log/logger.ts';
import { formatErrors } from './errors.ts';

const ANSWERS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large; shorten the request'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too large; leave them out'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the head of the request took too long'],
};
const MALFORMED = [400, 'expected a well-formed HTTP/1.1 request'] as const;
/** How long the client has to read the answer and hang up. */
const LINGER_MS = 1_000;

/** For the server's event `clientError`. */
export function createMalformedRequestRefusal(
  connections: Connections,
  logger: Logger,
): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  /** The parser goes on to complain with whatever else comes: once is enough. */
  const refused = new WeakSet<Duplex>();
  const refuse = (code: string | undefined, socket: Duplex): void => {
    const response = connections.current(socket);
    if (!socket.writable || code === 'ECONNRESET') socket.destroy();
    // What is malformed came after a whole request, which has an answer of its own: that goes first.
    else if (response?.req.complete === true) response.once('close', () => refuse(code, socket));
    else if (response?.headersSent === true) socket.destroy();
    else answer(socket, code);
  };
  return (error, socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    if (error.code !== 'ECONNRESET') {
      const remote = socket instanceof Socket ? socket.remoteAddress : undefined;
      logger.info('malformed request', { error: error.code, remote });
    }
    refuse(error.code, socket);
  };
}

function answer(socket: Duplex, code = ''): void {
  const [status, message] = ANSWERS[code] ?? MALFORMED;
  const body = formatErrors('UNSUPPORTED', message);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
