import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttp, startTcp } from '../../test/local-server.ts';
import type { HttpRequest } from './http.ts';
import { createUndiciSend, type UndiciSend, type UndiciSendOptions } from './undici-send.ts';

const clients: UndiciSend[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(async ({ close }) => close()));
});

function client(options: UndiciSendOptions = {}): UndiciSend {
  const made = createUndiciSend(options);
  clients.push(made);
  return made;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: new URL(url),
  place: { registry: 'test', repository: 'a/b' },
  ...more,
});

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe('many hosts', () => {
  it('leave no more than 32 connections behind', async () => {
    const open = new Set<Socket>();
    await using server = await startTcp((socket) => {
      open.add(socket.on('close', () => open.delete(socket)));
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    });
    const { send } = client({
      resolve: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    for (let at = 1; at <= 40; at += 1) await (await send(get(`http://h${at}.test:${server.port}`))).discard();
    await expect.poll(() => open.size).toBe(32);
  });
});

describe('what was sent', () => {
  it('is not said by the answer, in the body or of a proxy', async () => {
    await using server = await startHttp((_, response) => response.end());
    const url = new URL(server.url);
    const proxy = { url, authorization: `Basic ${Buffer.from('me:pr0xy-pass').toString('base64')}`, source: 'X' };
    const headers = { authorization: `Basic ${Buffer.from('ada:pass-word').toString('base64')}` };
    const request = get('http://registry.test/v2/', { headers, secrets: ['t0ken-of-old'] });
    const { redact, discard } = await client({ findProxy: () => proxy }).send(request);
    await discard();
    expect(redact?.('pass-word, t0ken-of-old and pr0xy-pass')).toBe('***, *** and ***');
  });
});

describe('a handshake that never ends', () => {
  const silent = async () => {
    const closed: Promise<unknown>[] = [];
    const server = await startTcp((socket) => closed.push(once(socket.resume(), 'close')));
    return { server, url: server.url.replace('http', 'https'), allClosed: async () => Promise.all(closed) };
  };

  it('is given up with the last who waits for it', async () => {
    const { server, url, allClosed } = await silent();
    await using _ = server;
    const { send } = client();
    const controllers = [new AbortController(), new AbortController()];
    const asking = controllers.map(async ({ signal }) => failure(send(get(url, { signal }))));
    await expect.poll(server.connections).toBe(2);
    for (const controller of controllers) controller.abort(new RangeError('enough'));
    expect(await Promise.all(asking)).toEqual([new RangeError('enough'), new RangeError('enough')]);
    await allClosed();
  });
});
