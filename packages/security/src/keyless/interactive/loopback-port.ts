/**
 * One port on both addresses of `localhost`: a browser may go to either. Its rule: where somebody else has the port of
 * the second address, he would get what is meant for us; so another port is taken.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-8.3
 * @module
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { identityUnavailable } from '../identity-unavailable.ts';

export interface LoopbackPort {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Rejects with what the system says. */
export type Listen = (server: Server, address: '127.0.0.1' | '::1', port: number) => Promise<void>;

/** By chance hardly ever more than one. */
const TRIES = 8;

/**
 * @param listen tests pass their own.
 * @throws {SquizzleError} `IDENTITY_UNAVAILABLE` when there is no port.
 */
export async function openLoopbackPort(answer: RequestListener, listen: Listen = listenOn): Promise<LoopbackPort> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [first, second] = [createLoopbackServer(answer), createLoopbackServer(answer)];
    const closeBoth = async (): Promise<void> => closeAll([first, second]);
    const port = await takePort(first, listen);
    if (await isOurs(second, port, listen)) return { port, close: closeBoth };
    await closeBoth();
  }
  throw noPort();
}

function createLoopbackServer(answer: RequestListener): Server {
  return createServer({ requestTimeout: 10_000 }, answer);
}

async function takePort(server: Server, listen: Listen): Promise<number> {
  try {
    await listen(server, '127.0.0.1', 0);
  } catch {
    throw noPort();
  }
  return (server.address() as AddressInfo).port;
}

/** Whether nobody else can have the port of the second address: a machine without IPv6 has no such address. */
async function isOurs(server: Server, port: number, listen: Listen): Promise<boolean> {
  try {
    await listen(server, '::1', port);
    return true;
  } catch (cause) {
    return !(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE');
  }
}

function noPort(): Error {
  return identityUnavailable('no port could be opened on this machine (127.0.0.1 and ::1): sign in with a code');
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve());
  });
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.filter(({ listening }) => listening).map(close));
}

/** What is being sent still arrives; a browser that holds its connection does not keep it open. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(timer);
}
