/**
 * A registry that asks for a password or a token and passes on to another one what has it: with all its headers, so that
 * they could be in the log there.
 *
 * It is of the talkative kind: what it refuses, it repeats in its words. Uploads go on at URLs with a secret state, and
 * some blobs are at signed URLs that are out of date.
 *
 * @module
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { listen, type Listening } from './registries.ts';

export interface FrontOptions {
  /** `host:port` of the registry behind it, which asks for nothing. */
  readonly upstream: string;
  readonly scheme: 'basic' | 'bearer';
  /** `user:password` */
  readonly accepts: readonly string[];
  /** Exchanged for tokens. */
  readonly identityTokens?: readonly string[];
  /** What the token service gives, and takes. */
  readonly token?: string;
  readonly signature?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export const FORBIDDEN = 'acme/forbidden';
export const SIGNED = 'acme/signed';

export async function startFrontRegistry(options: FrontOptions): Promise<Listening> {
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    answer(incoming, response, options).catch(() => response.destroy());
  };
  return listen(options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle));
}

async function answer(incoming: IncomingMessage, response: ServerResponse, options: FrontOptions): Promise<void> {
  const { url = '', headers } = incoming;
  const { authorization } = headers;
  if (url.startsWith('/token')) return giveToken(incoming, response, options);
  if (url.startsWith('/cdn')) return refuse(response, 403, `the signature of ${url} is out of date`);
  if (!isKnown(authorization, options)) {
    const bearer = `Bearer realm="http${options.tls ? 's' : ''}://${headers.host}/token",service="front"`;
    response.setHeader('www-authenticate', options.scheme === 'basic' ? 'Basic realm="front"' : bearer);
    return refuse(response, 401, echo(authorization));
  }
  if (url.startsWith(`/v2/${FORBIDDEN}/`)) return refuse(response, 403, echo(authorization));
  const isSigned = incoming.method === 'GET' && url.startsWith(`/v2/${SIGNED}/blobs/`);
  if (!isSigned) return passOn(incoming, response, options);
  const query = `X-Amz-Signature=${options.signature}&sig=${options.signature}&X-Amz-Security-Token=${options.signature}`;
  response.writeHead(307, { location: `/cdn/blob?${query}` }).end();
}

function isKnown(authorization: string | undefined, { scheme, accepts, token }: FrontOptions): boolean {
  if (scheme === 'bearer') return authorization === `Bearer ${token}`;
  return accepts.some((each) => authorization === `Basic ${Buffer.from(each).toString('base64')}`);
}

async function giveToken(incoming: IncomingMessage, response: ServerResponse, options: FrontOptions): Promise<void> {
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  const identity = new URLSearchParams(body).get('refresh_token');
  const { authorization } = incoming.headers;
  const isGood =
    identity === null
      ? isKnown(authorization, { ...options, scheme: 'basic' })
      : options.identityTokens?.includes(identity) === true;
  if (!isGood) return refuse(response, 401, `${echo(authorization)} ${body}`);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ token: options.token, access_token: options.token, expires_in: 300 }));
}

/** As it came, and as it reads. */
function echo(authorization = 'nothing'): string {
  const [scheme = '', value = ''] = authorization.split(' ');
  return `who is ${authorization}, that is ${scheme} ${Buffer.from(value, 'base64').toString()}, password=${value}?`;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code: status === 401 ? 'UNAUTHORIZED' : 'DENIED', message }] }));
}

function passOn(incoming: IncomingMessage, response: ServerResponse, { upstream, signature }: FrontOptions): void {
  const { method, url, headers } = incoming;
  const outgoing = request(`http://${upstream}${url}`, { method, headers }, (answered) => {
    const { location } = answered.headers;
    const state = `${location?.includes('?') ? '&' : '?'}_state=${signature}`;
    const more = location !== undefined && location.includes('/uploads/') ? { location: location + state } : {};
    response.writeHead(answered.statusCode ?? 502, { ...answered.headers, ...more });
    answered.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}
