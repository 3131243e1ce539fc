import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedService, type Script, type ScriptedService } from '../../test/scripted-service.ts';
import { expectSecretFree, thrownBy } from '../../test/told-by.ts';
import { exchange, type ServiceRequest } from './exchange.ts';
import { exchangeWithRetries } from './retry.ts';

const TOKEN = 'planted-token-4711';
let server: ScriptedService;
beforeAll(async () => {
  server = await startScriptedService();
});
afterAll(() => server[Symbol.asyncDispose]());

const request = (url: string = server.url): ServiceRequest => ({
  service: 'Fulcio at test',
  url: new URL(url),
  headers: { authorization: `Bearer ${TOKEN}` },
  body: JSON.stringify({ token: TOKEN }),
});

describe('exchange', () => {
  it('sends the body and gives status, headers and body of the answer', async () => {
    server.answer(() => ({ status: 409, headers: { location: '/x' }, body: 'known' }));
    const answer = await exchange(request());
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST', body: `{"token":"${TOKEN}"}` });
    expect(answer).toMatchObject({ status: 409, ok: false });
    expect(answer.headers.get('location')).toBe('/x');
    expect(Buffer.from(answer.body).toString()).toBe('known');
  });

  const echo: Script = ({ body, headers }) => ({
    status: 302,
    headers: { location: `https://evil.example/${body.length}` },
    body: body + String(headers['authorization']),
  });
  it.each([
    {
      fault: 'a redirect, which could lead the token elsewhere',
      script: echo,
      status: 302,
      tells: 'redirects are not followed',
    },
    {
      fault: 'an answer without end',
      script: (() => ({ body: 'x'.repeat(2000) })) as Script,
      status: 200,
      tells: 'over 1000 bytes',
    },
    { fault: 'no answer in time', script: (() => 'hang') as Script, status: null, tells: 'within 50 ms' },
    {
      fault: 'a connection that breaks',
      script: (() => 'drop') as Script,
      status: null,
      tells: 'could not be reached (UND_ERR_SOCKET)',
    },
  ])('ends with SIGNING_FAILED for $fault', async ({ script, status, tells }) => {
    server.answer(script);
    const error = await thrownBy(() =>
      exchange(request(), { timeoutMs: tells.includes('50 ms') ? 50 : 20_000, maxBytes: 1000 }),
    );
    expect(error).toMatchObject({ code: 'SIGNING_FAILED', details: { service: 'Fulcio at test', status } });
    expect(error.message).toContain(tells);
    expectSecretFree(error, [TOKEN]);
  });

  it('does not go where a redirect points', async () => {
    const before = server.requests.length;
    server.answer(() => ({ status: 307, headers: { location: `${server.url}/stolen` } }));
    await thrownBy(() => exchange(request()));
    expect(server.requests.slice(before).map(({ path }) => path)).toEqual(['/']);
  });

  it('tells nothing of a header that the library refuses and quotes', async () => {
    const headers = { authorization: `Bearer ${TOKEN}\nx` };
    const error = await thrownBy(() => exchange({ service: 'S', url: new URL(server.url), headers }));
    expect(error.code).toBe('SIGNING_FAILED');
    expectSecretFree(error, [TOKEN]);
  });

  it('ends with the reason of the signal, also under a fetch that does not look at it', async () => {
    const deaf = (() => new Promise(() => undefined)) as typeof globalThis.fetch;
    const reason = new DOMException('asked to stop', 'AbortError');
    for (const fetch of [deaf, undefined]) {
      server.answer(() => 'hang');
      const stop = new AbortController();
      const asked = exchange(request(), { signal: stop.signal, fetch });
      stop.abort(reason);
      await expect(asked).rejects.toBe(reason);
    }
    await expect(exchange(request(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('exchangeWithRetries', () => {
  it.each([
    { script: [500, 200], expected: 200, asked: 2, why: 'a service may be back at once' },
    { script: [429, 503, 200], expected: 200, asked: 3, why: 'twice again by default' },
    { script: [400, 200], expected: 400, asked: 1, why: 'what is wrong stays wrong' },
  ])('$script ends with $expected: $why', async ({ script, expected, asked }) => {
    const before = server.requests.length;
    const statuses = [...script];
    server.answer(() => ({ status: statuses.shift() ?? 0 }));
    expect((await exchangeWithRetries(request(), { firstWaitMs: 1 })).status).toBe(expected);
    expect(server.requests.length - before).toBe(asked);
  });

  it('asks again after a connection that broke, and tells of the last attempt', async () => {
    const before = server.requests.length;
    server.answer(() => 'drop');
    const error = await thrownBy(() => exchangeWithRetries(request(), { retries: 1, firstWaitMs: 1 }));
    expect(error).toMatchObject({ code: 'SIGNING_FAILED', details: { status: null } });
    expect(server.requests.length - before).toBe(2);
  });

  it('stops waiting when it is told to', async () => {
    server.answer(() => ({ status: 500 }));
    const stop = new AbortController();
    const asked = exchangeWithRetries(request(), { signal: stop.signal, firstWaitMs: 60_000 });
    setTimeout(() => stop.abort(new Error('enough')), 30);
    await expect(asked).rejects.toThrow('enough');
  });
});
