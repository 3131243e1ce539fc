import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttp, startTcp, unusedPort } from '../../test/local-server.ts';
import type { Resolve } from './connect/guarded-lookup.ts';
import type { HttpBody, HttpRequest, HttpResponse } from './http.ts';
import { TRANSFER_LIMITS } from './transfer-limits.ts';
import { createUndiciSend, type UndiciSend, type UndiciSendOptions } from './undici-send.ts';

const place = { registry: 'test', repository: 'a/b' };
const IMPATIENT = { ...TRANSFER_LIMITS, connectMs: 60, headersMs: 60, idleMs: 60 };
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
  place,
  ...more,
});

function bodyOf(bytes: Uint8Array, sizeBytes = bytes.byteLength): HttpBody {
  return { sizeBytes, reopenable: true, open: () => [bytes] };
}

async function bytesOf({ body }: HttpResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

/** Answers with what it was sent. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('x-seen', JSON.stringify([request.method, request.url, request.headers]));
  request.pipe(response);
}

describe('what is sent', () => {
  it('is what was asked for, uncompressed, with the body’s exact length', async () => {
    await using server = await startHttp(echo);
    const bytes = randomBytes(300_000);
    const request = get(`${server.url}/v2/x?_state=a%2Bb~(c)`, {
      method: 'PUT',
      body: bodyOf(bytes),
      headers: { 'x-a': 'b' },
    });
    const response = await client().send(request);
    const [method, url, headers] = JSON.parse(response.headers.get('x-seen') ?? '[]') as [string, string, object];
    expect([method, url]).toEqual(['PUT', '/v2/x?_state=a%2Bb~(c)']);
    expect(headers).toMatchObject({ 'content-length': '300000', 'accept-encoding': 'identity', 'x-a': 'b' });
    expect((await bytesOf(response)).equals(bytes)).toBe(true);
  });

  it.each(['POST', 'PUT', 'PATCH'] as const)('says that a %s without body has none', async (method) => {
    await using server = await startHttp(echo);
    const response = await client().send(get(server.url, { method }));
    expect(response.headers.get('x-seen')).toContain('"content-length":"0"');
    await response.discard();
  });

  it.each([
    { sizeBytes: 5, why: 'too few bytes' },
    { sizeBytes: 3, why: 'too many bytes' },
  ])('is never a whole request when the body has $why', async ({ sizeBytes }) => {
    let complete = 0;
    await using server = await startHttp((request) => {
      request.on('end', () => (complete += 1)).resume();
    });
    const thrown = await failure(
      client().send(get(server.url, { method: 'PUT', body: bodyOf(randomBytes(4), sizeBytes) })),
    );
    expect(thrown).toBeInstanceOf(RangeError);
    expect(complete).toBe(0);
  });

  it('ends with the error of the body’s source, unchanged', async () => {
    await using server = await startHttp(echo);
    const fault = new RangeError('the disk');
    async function* open(): AsyncGenerator<Uint8Array> {
      yield randomBytes(10);
      throw fault;
    }
    const body = { sizeBytes: 20, reopenable: true, open };
    expect(await failure(client().send(get(server.url, { method: 'PUT', body })))).toBe(fault);
  });

  it('does not wait to be sent when the answer comes before', async () => {
    await using server = await startHttp((_, response) => response.writeHead(413).end('too large'));
    let closed = false;
    async function* open(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield randomBytes(64 * 1024);
      } finally {
        closed = true;
      }
    }
    const body = { sizeBytes: 1e12, reopenable: true, open };
    const response = await client().send(get(server.url, { method: 'PATCH', body }));
    expect(response.status).toBe(413);
    expect((await bytesOf(response)).toString()).toBe('too large');
    await expect.poll(() => closed).toBe(true);
  });
});

describe('what is received', () => {
  it('is passed on as it came: status, headers, bytes, where from', async () => {
    const zipped = gzipSync('hello');
    await using server = await startHttp((_, response) => {
      response
        .writeHead(
          418,
          [
            ['content-encoding', 'gzip'],
            ['Link', '<a>'],
            ['link', '<b>'],
          ].flat(),
        )
        .end(zipped);
    });
    const response = await client().send(get(`${server.url}/x`));
    expect([response.status, response.url.href, response.address]).toEqual([418, `${server.url}/x`, '127.0.0.1']);
    expect(response.headers.all('link')).toEqual(['<a>', '<b>']);
    expect((await bytesOf(response)).equals(zipped)).toBe(true);
  });

  it('is not followed', async () => {
    await using server = await startHttp((_, response) => response.writeHead(307, { location: '/other' }).end());
    expect((await client().send(get(server.url))).status).toBe(307);
    expect(server.connections()).toBe(1);
  });

  it('is whole, however large, in pieces that the reader takes', async () => {
    const bytes = randomBytes(4 * 1024 * 1024);
    await using server = await startHttp((_, response) => response.end(bytes));
    const hash = createHash('sha256');
    for await (const chunk of (await client().send(get(server.url))).body) hash.update(chunk);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('fails when it breaks off, after what came', async () => {
    await using server = await startHttp((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('hello', () => setImmediate(() => response.destroy()));
    });
    const { body } = await client().send(get(server.url));
    const chunks: string[] = [];
    const thrown = await failure(
      (async () => {
        for await (const chunk of body) chunks.push(Buffer.from(chunk).toString());
      })(),
    );
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: place });
    expect(chunks.join('')).toBe('hello');
  });

  it.each([
    { says: 'SSH-2.0-OpenSSH\r\n', why: 'no HTTP' },
    { says: `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, why: 'headers without end' },
    { says: 'HTTP/1.1 200 OK\r\nno header\r\n\r\n', why: 'a line that is no header' },
  ])('is refused with RESPONSE_INVALID: $why', async ({ says }) => {
    await using server = await startTcp((socket) => socket.once('data', () => socket.end(says)));
    expect(await failure(client().send(get(server.url)))).toMatchObject({ code: 'RESPONSE_INVALID', details: place });
  });
});

describe('a connection', () => {
  it.each(['GET', 'HEAD'] as const)('is used again after %s, and after a short rest was discarded', async (method) => {
    await using server = await startHttp((_, response) => response.end('x'.repeat(1000)));
    const { send } = client();
    for (let at = 0; at < 3; at += 1) await (await send(get(server.url, { method }))).discard();
    expect(server.connections()).toBe(1);
  });

  it('is one of eight at most', async () => {
    let open = 0;
    let most = 0;
    await using server = await startHttp((_, response) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        response.end();
      });
    });
    const { send } = client();
    await Promise.all(Array.from({ length: 40 }, async () => (await send(get(server.url))).discard()));
    expect(server.connections()).toBe(8);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('that nobody uses is closed; running requests go on, and later ones connect anew', async () => {
    let finish: () => void = () => undefined;
    await using server = await startHttp((_, response) => {
      response.write('be');
      finish = () => response.end('gun');
    });
    const { send, close } = client();
    const running = await send(get(server.url));
    await close();
    finish();
    expect((await bytesOf(running)).toString()).toBe('begun');
    const later = await send(get(server.url));
    finish();
    await later.discard();
    expect(server.connections()).toBe(2);
  });
});

describe('a server that keeps one waiting', () => {
  it.each([
    { code: 'UND_ERR_HEADERS_TIMEOUT', why: 'it never answers', act: () => undefined },
    {
      code: 'UND_ERR_HEADERS_TIMEOUT',
      why: 'it answers a letter at a time',
      act: (write: (text: string) => void) => {
        const letters = Array.from('HTTP/1.1 200 OK\r\nx-slow: yes, and it will never end'.repeat(9));
        const timer = setInterval(
          () => (letters.length === 0 ? clearInterval(timer) : write(letters.shift() ?? '')),
          5,
        );
        return () => clearInterval(timer);
      },
    },
    {
      code: 'UND_ERR_HEADERS_TIMEOUT',
      why: 'it says that it is working, again and again',
      act: (write: (text: string) => void) => {
        const timer = setInterval(() => write('HTTP/1.1 102 Processing\r\n\r\n'), 5);
        return () => clearInterval(timer);
      },
    },
  ])('is given up with $code: $why', async ({ code, act }) => {
    let stop: (() => void) | undefined;
    await using server = await startTcp((socket) => {
      stop = act((text) => socket.write(text)) ?? undefined;
    });
    const thrown = await failure(client({ limits: IMPATIENT }).send(get(server.url)));
    stop?.();
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: code } });
  });

  it('is given up when it does not read what it is sent', async () => {
    await using server = await startTcp((socket) => socket.pause());
    const body = { ...bodyOf(new Uint8Array(1024 * 1024)), sizeBytes: 64 * 1024 * 1024 };
    const open = function* (): Generator<Uint8Array> {
      for (let at = 0; at < 64; at += 1) yield new Uint8Array(1024 * 1024);
    };
    const sent = client({ limits: IMPATIENT }).send(get(server.url, { method: 'PUT', body: { ...body, open } }));
    expect(await failure(sent)).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: 'SEND_TIMEOUT' } });
  });

  it('is given up when the body stops', async () => {
    await using server = await startHttp((_, response) => response.write('x'));
    const response = await client({ limits: IMPATIENT }).send(get(server.url));
    const details = { systemCode: 'UND_ERR_BODY_TIMEOUT' };
    expect(await failure(bytesOf(response))).toMatchObject({ code: 'UNREACHABLE', details });
  });
});

describe('aborting', () => {
  const reason = new RangeError('enough');
  const silent = (_: IncomingMessage, response: ServerResponse): unknown => response.write('x');

  it('before it begins rejects with the reason, and connects to nobody', async () => {
    await using server = await startHttp(silent);
    expect(await failure(client().send(get(server.url, { signal: AbortSignal.abort(reason) })))).toBe(reason);
    expect(server.connections()).toBe(0);
  });

  it('while the answer is waited for rejects with the reason and closes the connection', async () => {
    const controller = new AbortController();
    let closed = false;
    await using server = await startTcp((socket) => {
      socket.on('data', () => controller.abort(reason)).on('close', () => (closed = true));
    });
    expect(await failure(client().send(get(server.url, { signal: controller.signal })))).toBe(reason);
    await expect.poll(() => closed).toBe(true);
  });

  it('while the body is read rejects with the reason', async () => {
    const controller = new AbortController();
    await using server = await startHttp(silent);
    const response = await client().send(get(server.url, { signal: controller.signal }));
    const read = failure(bytesOf(response));
    controller.abort(reason);
    expect(await read).toBe(reason);
  });

  it('while it waits for a connection rejects with the reason', async () => {
    await using server = await startHttp(() => undefined);
    const { send } = client();
    const busy = new AbortController();
    const running = Array.from({ length: 8 }, async () => failure(send(get(server.url, { signal: busy.signal }))));
    const controller = new AbortController();
    const queued = failure(send(get(server.url, { signal: controller.signal })));
    await expect.poll(() => server.connections()).toBe(8);
    controller.abort(reason);
    expect(await queued).toBe(reason);
    busy.abort();
    await Promise.all(running);
  });

  it('leaves no listener behind', async () => {
    await using server = await startHttp((_, response) => response.end('x'));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await bytesOf(await client().send(get(server.url, { signal })));
    expect(listeners).toBe(0);
  });
});

describe('a host that is not reached', () => {
  const resolving =
    (answer: readonly string[] | string): Resolve =>
    (_, __, callback) => {
      if (typeof answer === 'string') callback(Object.assign(new RangeError(answer), { code: answer }), []);
      else
        callback(
          null,
          answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
    };

  it('is UNREACHABLE when nothing listens, for all who wait', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}/`;
    const { send } = client();
    const thrown = await Promise.all(Array.from({ length: 20 }, async () => failure(send(get(url)))));
    for (const each of thrown)
      expect(each).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: 'ECONNREFUSED' } });
    expect(String(thrown[0])).toContain('nothing listens at http://127.0.0.1');
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'])('is UNREACHABLE when its name is not known: %s', async (code) => {
    const thrown = await failure(client({ resolve: resolving(code) }).send(get('http://registry.example/')));
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: code, ...place } });
  });

  it('is UNREACHABLE when the connection is not made in time', async () => {
    await using server = await startTcp((socket) => socket.pause());
    const url = `https://127.0.0.1:${server.port}/`;
    const details = { systemCode: 'UND_ERR_CONNECT_TIMEOUT' };
    expect(await failure(client({ limits: IMPATIENT }).send(get(url)))).toMatchObject({ code: 'UNREACHABLE', details });
    expect(await failure(client().send(get(url, { connectMs: 30 })))).toMatchObject({ code: 'UNREACHABLE', details });
  });

  it.each([
    { url: 'http://127.0.0.1', answer: [], rule: 'not-local', why: 'an address' },
    { url: 'http://[::ffff:127.0.0.1]', answer: [], rule: 'not-local', why: 'an address in disguise' },
    { url: 'http://localhost', answer: [], rule: 'public', why: 'this machine’s name' },
    { url: 'http://evil.example', answer: ['127.0.0.1'], rule: 'not-local', why: 'a name for it' },
    { url: 'http://evil.example', answer: ['8.8.8.8', '127.0.0.1'], rule: 'not-local', why: 'one of several' },
    { url: 'http://evil.example', answer: ['10.0.0.1'], rule: 'public', why: 'a private network' },
  ] as const)('is refused when its address is forbidden: $url, $why', async ({ url, answer, rule }) => {
    await using server = await startHttp(echo);
    const thrown = await failure(
      client({ resolve: resolving(answer) }).send(get(`${url}:${server.port}/`, { addresses: rule })),
    );
    expect(thrown).toMatchObject({ name: 'AddressRefusedError' });
    expect(server.connections()).toBe(0);
  });

  it('is reached by a name whose address is allowed, and not over a connection of another rule', async () => {
    await using server = await startHttp(echo);
    const { send } = client({ resolve: resolving(['127.0.0.1']) });
    const url = `http://registry.example:${server.port}/`;
    await (await send(get(url))).discard();
    expect(await failure(send(get(url, { addresses: 'not-local' })))).toMatchObject({ name: 'AddressRefusedError' });
  });
});
