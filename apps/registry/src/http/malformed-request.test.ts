import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../test/http/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { headerBytes: 4_096, headersMs: 60, drainMs: 5 } });
});
afterAll(() => server[Symbol.asyncDispose]());

const GET = 'GET /v2/ HTTP/1.1\r\nHost: localhost\r\n';
const PUT = 'PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: localhost\r\n';

/** What the server says to it, and that it goes on serving others. */
async function say(text: string): Promise<string> {
  const client = await server.connect();
  client.write(text);
  const answer = await client.closed();
  expect(await server.send('GET', '/v2/')).toMatchObject({ status: 200 });
  return answer;
}

it('is seen in the log, without what was sent', async () => {
  await say('hello secret\r\n\r\n');
  const lines = server.log.filter(({ message }) => message === 'malformed request');
  expect(lines.at(-1)?.fields).toEqual({ error: 'HPE_INVALID_METHOD', remote: '127.0.0.1' });
});

it.each([
  { text: 'hello\r\n\r\n', status: 400, why: 'no HTTP' },
  { text: '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n', status: 400, why: 'TLS to a plain port' },
  { text: 'GET /v2/ HTTP/9.9\r\n\r\n', status: 400, why: 'a version there is not' },
  { text: 'BREW /v2/ HTTP/1.1\r\nHost: x\r\n\r\n', status: 400, why: 'a method there is not' },
  { text: `${GET}Bad Header: x\r\n\r\n`, status: 400, why: 'a space in a name' },
  { text: `${GET}X: \u0000\r\n\r\n`, status: 400, why: 'NUL in a value' },
  { text: `${PUT}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`, status: 400, why: 'two lengths' },
  { text: `${PUT}Content-Length: 3, 4\r\n\r\nabc`, status: 400, why: 'two in one' },
  { text: `${PUT}Content-Length: -3\r\n\r\n`, status: 400, why: 'a negative length' },
  { text: `${PUT}Content-Length: 99999999999999999999\r\n\r\n`, status: 400, why: 'a length beyond 64 bits' },
  {
    text: `${PUT}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    status: 400,
    why: 'length and chunks: smuggling',
  },
  { text: `${PUT}Transfer-Encoding: chunked, identity\r\n\r\nabc`, status: 400, why: 'chunks not last' },
  { text: `${PUT}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, status: 400, why: 'a chunk without a size' },
  { text: `${GET}X: ${'x'.repeat(5_000)}\r\n\r\n`, status: 431, why: 'too large a header' },
  { text: GET, status: 408, why: 'a head that does not end' },
])('$status, and the server lives: $why', async ({ text, status }) => {
  const answer = await say(text);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
  expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  expect(JSON.parse(body)).toEqual({ errors: [{ code: 'UNSUPPORTED', message: expect.any(String) as string }] });
  expect(answer).toContain(`\r\nContent-Length: ${body.length}\r\n`);
});

describe('a connection on which something malformed follows', () => {
  it('gets the answer to what came before it first', async () => {
    const answer = await say(`${GET}\r\nnonsense\r\n\r\n`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('gets nothing else in the midst of a response', async () => {
    let finish: () => void = () => undefined;
    const memory = server.store;
    const reader = {
      sizeBytes: 300_000,
      read: async (into: Uint8Array, position: number) => {
        if (position > 0) await new Promise<void>((resolve) => void (finish = resolve));
        return into.fill(0).byteLength;
      },
      close: () => Promise.resolve(),
    };
    const store = { ...memory, blobs: { ...memory.blobs, open: () => Promise.resolve(reader) } };
    await using downloading = await startTestServer({ store });
    const client = await downloading.connect();
    client.write(`GET /v2/a/blobs/sha256:${'0'.repeat(64)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.until('Content-Length: 300000');
    client.write('nonsense\r\n\r\n');
    finish();
    const answer = await client.until('400 Bad Request');
    expect(answer.indexOf('400 Bad Request') - answer.indexOf('\r\n\r\n')).toBeGreaterThan(300_000);
  });
});

it('a connection that says nothing is ended', async () => {
  expect(await say('')).toMatch(/^HTTP\/1\.1 408 /);
});
