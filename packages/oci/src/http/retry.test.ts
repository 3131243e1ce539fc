import { SquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { scriptedSend } from '../../test/scripted-send.ts';
import type { RegistryEvent } from '../registry/registry-event.ts';
import { ConnectFault, TransferFault } from './exchange/transfer-fault.ts';
import { createHostPauses } from './retry/host-pause.ts';
import type { HttpBody, HttpRequest, Send } from './http.ts';
import { withRetries, type RetryOptions } from './retry.ts';
import { TRANSFER_LIMITS } from './transfer-limits.ts';

const START = Date.parse('2025-06-01T12:00:00Z');
const get: HttpRequest = {
  method: 'GET',
  url: new URL('https://ghcr.io/v2/a/b/manifests/v1'),
  place: { registry: 'ghcr.io', repository: 'a/b' },
};
const fault = { registry: 'ghcr.io', repository: 'a/b', requestId: null, status: null, hint: '' };
const unreachable = (systemCode: string, cause?: unknown): SquizzleError =>
  new SquizzleError('UNREACHABLE', systemCode, { ...fault, systemCode }, { cause });
const system = (code: string): Error => Object.assign(new RangeError(code), { code });
const unconnected = (code: string): SquizzleError => unreachable(code, new ConnectFault(system(code), 'dial', null));
const body = (reopenable: boolean): HttpBody => ({ sizeBytes: 1, reopenable, open: () => [Uint8Array.of(1)] });

/** Time goes on only by sleeping, and by what `send` takes. */
function bench(send: Send, options: RetryOptions = {}) {
  let at = START;
  const waits: number[] = [];
  const events: RegistryEvent[] = [];
  const tools = {
    now: () => at,
    sleep: async (ms: number, signal: AbortSignal | undefined) => {
      signal?.throwIfAborted();
      waits.push(ms);
      at += ms;
    },
    random: () => 1,
    onEvent: (event: RegistryEvent) => events.push(event),
  };
  const pass = (ms: number): void => {
    at += ms;
  };
  return { send: withRetries(send, { ...tools, ...options }), waits, events, tools, pass };
}

describe('withRetries', () => {
  it.each([408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524])('sends again after %i', async (status) => {
    const { send, requests, discarded } = scriptedSend({ status }, { status }, { body: 'ok' });
    const { waits, events, ...retrying } = bench(send);
    const response = await retrying.send(get);
    expect([response.status, response.attempts, requests.length, discarded()]).toEqual([200, 3, 3, 2]);
    expect(waits).toEqual([250, 500]);
    expect(events[1]).toEqual({
      type: 'retrying',
      registry: 'ghcr.io',
      method: 'GET',
      attempt: 3,
      waitMs: 500,
      reason: `HTTP ${status}`,
    });
  });

  it.each([200, 201, 206, 301, 400, 401, 404, 405, 409, 413, 416, 501])('takes %i as it is', async (status) => {
    const { send, requests } = scriptedSend({ status });
    expect((await bench(send).send(get)).status).toBe(status);
    expect(requests).toHaveLength(1);
  });

  it('returns the last answer when it has tried often enough', async () => {
    const { send, requests } = scriptedSend({ status: 503, body: 'down' });
    const { waits, ...retrying } = bench(send);
    const response = await retrying.send(get);
    expect([response.status, response.attempts, requests.length]).toEqual([503, 6, 6]);
    expect(waits).toEqual([250, 500, 1000, 2000, 4000]);
    expect(await textOf(response.body)).toBe('down');
  });

  it('draws waits between nothing and the limit, which has an end', async () => {
    const { send } = scriptedSend({ status: 500 });
    const { waits, ...retrying } = bench(send, { random: () => 0.5, limits: { ...TRANSFER_LIMITS, attempts: 9 } });
    await retrying.send(get);
    expect(waits).toEqual([125, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'SEND_TIMEOUT'])(
    'sends again after %s',
    async (code) => {
      const { send, requests } = scriptedSend(unreachable(code), {});
      expect((await bench(send).send(get)).attempts).toBe(2);
      expect(requests).toHaveLength(2);
    },
  );

  it('throws the last fault as it is', async () => {
    const thrown = unreachable('ECONNRESET');
    const { send, requests } = scriptedSend(thrown);
    await expect(bench(send).send(get)).rejects.toBe(thrown);
    expect(requests).toHaveLength(6);
  });

  it.each([
    {
      thrown: new SquizzleError('TLS_UNTRUSTED', '', { ...fault, reason: 'expired', code: 'X' }),
      why: 'a certificate',
    },
    { thrown: unconnected('ENOTFOUND'), why: 'there is no such host' },
    { thrown: unconnected('EPROTO'), why: 'it does not speak TLS' },
    {
      thrown: unreachable(
        'PROXY_REFUSED',
        new ConnectFault(new TransferFault('PROXY_REFUSED', '', 407), 'tunnel', 'p'),
      ),
      why: 'the proxy wants a password',
    },
    { thrown: new RangeError('a bug'), why: 'a bug' },
  ])('does not try again: $why', async ({ thrown }) => {
    const { send, requests } = scriptedSend(thrown);
    await expect(bench(send).send(get)).rejects.toBe(thrown);
    expect(requests).toHaveLength(1);
  });

  it.each([
    { request: { method: 'POST' }, sends: 2, why: 'an upload may be begun twice' },
    { request: { method: 'PUT', body: body(true) }, sends: 2, why: 'the body can be opened again' },
    { request: { method: 'PUT', body: body(false) }, sends: 1, why: 'the body is gone' },
    { request: { method: 'GET', retry: 'never' }, sends: 1, why: 'the caller does not want it' },
  ] as const)('sends $request.method $sends times: $why', async ({ request, sends }) => {
    const { send, requests } = scriptedSend({ status: 502 }, {});
    expect((await bench(send).send({ ...get, ...request })).status).toBe(sends === 2 ? 200 : 502);
    expect(requests).toHaveLength(sends);
  });

  it('sends a body that can be opened once again when no connection came about', async () => {
    const { send, requests } = scriptedSend(unconnected('ECONNREFUSED'), {});
    await bench(send).send({ ...get, method: 'PUT', body: body(false) });
    expect(requests).toHaveLength(2);
  });

  it('throws the reason when it is aborted while it waits', async () => {
    const reason = new RangeError('enough');
    const controller = new AbortController();
    const { send, requests } = scriptedSend({ status: 503 });
    const onEvent = (): void => controller.abort(reason);
    await expect(bench(send, { onEvent }).send({ ...get, signal: controller.signal })).rejects.toBe(reason);
    expect(requests).toHaveLength(1);
  });

  it('does not try again when the fault came of being aborted', async () => {
    const thrown = unreachable('ECONNRESET');
    const { send, requests } = scriptedSend(thrown);
    await expect(bench(send).send({ ...get, signal: AbortSignal.abort() })).rejects.toBe(thrown);
    expect(requests).toHaveLength(1);
  });
});

describe('a registry that asks for a rest', () => {
  const soon = new Date(START + 30_000).toUTCString();
  it.each([
    { status: 429, after: '20', waits: [20_000], why: 'seconds' },
    { status: 503, after: soon, waits: [30_000], why: 'a date' },
    { status: 429, after: '0', waits: [250], why: 'no time is no reason to hurry' },
    { status: 429, after: 'soon', waits: [250], why: 'no time that can be understood' },
    { status: 429, after: '60', waits: [60_000], why: 'the longest' },
  ])('is given it after $status, Retry-After: $after: $why', async ({ status, after, waits: expected }) => {
    const { send } = scriptedSend({ status, headers: { 'retry-after': after } }, {});
    const { waits, ...retrying } = bench(send);
    expect((await retrying.send(get)).status).toBe(200);
    expect(waits).toEqual(expected);
  });

  it('is given it by all who talk to it, and by no one else', async () => {
    const { send } = scriptedSend({ status: 429, headers: { 'retry-after': '20' } }, {});
    const { tools, waits, ...retrying } = bench(send);
    const pauses = createHostPauses(tools);
    await withRetries(send, { ...tools, pauses, limits: { ...TRANSFER_LIMITS, attempts: 1 } })(get).catch(
      () => undefined,
    );
    await withRetries(send, { ...tools, pauses })({ ...get, url: new URL('https://quay.io/v2/') });
    expect(waits).toEqual([]);
    await retrying.send(get);
    await withRetries(send, { ...tools, pauses })(get);
    expect(waits).toEqual([20_000]);
  });

  it.each([
    { status: 429, after: '61', retryAt: '2025-06-01T12:01:01.000Z', why: 'longer than anybody waits' },
    { status: 503, after: '3600', retryAt: '2025-06-01T13:00:00.000Z', why: 'so is this' },
  ])('ends with RATE_LIMITED at once after Retry-After: $after: $why', async ({ status, after, retryAt }) => {
    const headers = { 'retry-after': after, 'x-request-id': 'r1' };
    const { send, requests } = scriptedSend({ status, headers, body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}' });
    const details = { registry: 'ghcr.io', repository: 'a/b', status, requestId: 'r1', retryAt };
    await expect(bench(send).send(get)).rejects.toMatchObject({ code: 'RATE_LIMITED', details });
    expect(requests).toHaveLength(1);
  });

  it('ends with RATE_LIMITED and its words when it says 429 again and again', async () => {
    const says = '{"errors":[{"code":"TOOMANYREQUESTS","message":"pull limit"}]}';
    const { send, requests } = scriptedSend({ status: 429, body: says });
    const sent = bench(send).send(get);
    await expect(sent).rejects.toThrow(/pull limit/);
    await expect(sent).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAt: null } });
    expect(requests).toHaveLength(6);
  });

  it('ends with RATE_LIMITED also where nothing may be sent twice', async () => {
    const { send } = scriptedSend({ status: 429 });
    await expect(bench(send).send({ ...get, retry: 'never' })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it.each([
    { body: 'You have exceeded a secondary rate limit', sends: 2, why: 'GitHub means 429' },
    { body: '{"errors":[{"code":"DENIED"}]}', sends: 1, why: 'it is forbidden' },
    { body: `${'x'.repeat(70_000)} rate limit`, sends: 1, why: 'nobody reads that far' },
  ])('sends $sends times after a 403: $why', async ({ body: text, sends }) => {
    const { send, requests } = scriptedSend({ status: 403, body: text }, {});
    const response = await bench(send).send(get);
    expect(requests).toHaveLength(sends);
    if (sends === 1) expect(await textOf(response.body)).toBe(text);
  });
});

describe('a host that cannot be reached', () => {
  const LIMITS_MS = 4_500;
  it.each([
    { takesMs: 0, attempts: 6, why: 'it refuses at once' },
    { takesMs: 1_000, attempts: 4, why: 'each try takes a while' },
    { takesMs: Infinity, attempts: 1, why: 'it never answers' },
  ])('is given up in less than 5 s: $why', async ({ takesMs, attempts }) => {
    let took = 0;
    const requests: HttpRequest[] = [];
    const failing: Send = async (request) => {
      requests.push(request);
      const ms = Math.min(takesMs, request.connectMs ?? 0);
      took += ms;
      retrying.pass(ms);
      throw unconnected(ms < takesMs ? 'UND_ERR_CONNECT_TIMEOUT' : 'ECONNREFUSED');
    };
    const retrying = bench(failing, { random: () => 0.5 });
    await expect(retrying.send(get)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(took + retrying.waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(LIMITS_MS);
    expect(requests).toHaveLength(attempts);
  });

  it('may take the whole time again once it was reached', async () => {
    const { send, requests } = scriptedSend(
      unconnected('ECONNREFUSED'),
      { status: 503 },
      unconnected('ECONNREFUSED'),
      {},
    );
    await bench(send).send(get);
    expect(requests.map(({ connectMs }) => connectMs)).toEqual([4_500, 4_250, 4_500, 3_500]);
  });
});

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
