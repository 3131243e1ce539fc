import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../test/authorized-client.ts';
import { toHeaders } from '../../../test/plain-send.ts';
import type { FoundCredential } from '../../credentials/credential.ts';
import type { HttpRequest, HttpResponse } from '../../http/http.ts';
import { AddressRefusedError } from '../../http/private-address.ts';
import { TRANSFER_LIMITS } from '../../http/transfer-limits.ts';
import { fetchToken } from './fetch-token.ts';

const URL_OF_REALM = new URL('https://auth.example/token?key=in-the-query');
const place = { registry: 'registry.example', repository: 'a' };
const question = {
  realm: { url: URL_OF_REALM, addresses: 'public' as const },
  service: 'test',
  scopes: ['repository:a:pull'],
  place,
};
const BASIC: FoundCredential = {
  credential: { kind: 'basic', username: 'alice', password: 'planted-password' },
  source: 'a test',
};
const IDENTITY: FoundCredential = {
  credential: { kind: 'identity-token', token: 'planted-identity' },
  source: 'a test',
};
const DOCKER_IDENTITY: FoundCredential = {
  credential: { kind: 'basic', username: '<token>', password: 'planted-identity' },
  source: 'a test',
};
const SECRETS = /planted|in-the-query|cGxhbnRlZ|YWxpY2U6/;

interface Scripted {
  readonly status: number;
  readonly body?: string;
  readonly headers?: readonly string[];
}

const TOKEN: Scripted = { status: 200, body: '{"token":"t"}' };

/** A token service that gives these answers in order. */
function scripted(...answers: readonly Scripted[]) {
  const asked: HttpRequest[] = [];
  const open = { bodies: 0 };
  const sendToken = async (request: HttpRequest): Promise<HttpResponse> => {
    const { status, body = '', headers = [] } = answers[asked.length] ?? TOKEN;
    asked.push(request);
    open.bodies += 1;
    const read = async function* (): AsyncGenerator<Uint8Array> {
      open.bodies -= 1;
      yield Buffer.from(body);
    };
    const discard = async (): Promise<void> => {
      open.bodies -= 1;
    };
    return { status, url: request.url, headers: toHeaders(headers), body: read(), discard };
  };
  return { asked, open, service: { sendToken, now: () => 1_000, limits: TRANSFER_LIMITS } };
}

const how = ({ method, headers }: HttpRequest) =>
  `${method} ${headers?.['authorization'] === undefined ? 'without' : 'Basic'}`;

describe('fetchToken', () => {
  it.each([
    { found: undefined, answers: [TOKEN], ways: ['GET without'], why: 'anybody' },
    { found: BASIC, answers: [TOKEN], ways: ['GET Basic'], why: 'user name and password' },
    { found: IDENTITY, answers: [TOKEN], ways: ['POST without'], why: 'an identity token' },
    { found: DOCKER_IDENTITY, answers: [TOKEN], ways: ['POST without'], why: 'an identity token, as Docker says it' },
    ...[400, 401, 404, 405].map((status) => ({
      found: IDENTITY,
      answers: [{ status }, TOKEN],
      ways: ['POST without', 'GET Basic'],
      why: `an identity token, where POST says ${status}`,
    })),
    {
      found: { ...BASIC, credential: { kind: 'basic', username: '', password: '' } } as FoundCredential,
      answers: [TOKEN],
      ways: ['GET without'],
      why: 'empty credentials',
    },
  ])('gets a token for $why', async ({ found, answers, ways }) => {
    const { asked, service } = scripted(...answers);
    expect(await fetchToken(question, found, service)).toEqual({ token: 't', renewAt: 51_000 });
    expect(asked.map(how)).toEqual(ways);
    expect(asked.every(({ addresses }) => addresses === 'public')).toBe(true);
  });

  it.each([
    { found: BASIC, answers: [{ status: 401 }], code: 'AUTH_REQUIRED', why: 'refused' },
    { found: undefined, answers: [{ status: 401 }], code: 'AUTH_REQUIRED', why: 'nothing for anybody' },
    { found: undefined, answers: [{ status: 403 }], code: 'AUTH_REQUIRED', why: 'nothing for anybody, said otherwise' },
    { found: BASIC, answers: [{ status: 403 }], code: 'FORBIDDEN', why: 'known, and not allowed' },
    { found: IDENTITY, answers: [{ status: 400 }, { status: 400 }], code: 'AUTH_REQUIRED', why: 'no good either way' },
    {
      found: IDENTITY,
      answers: [{ status: 401 }, { status: 404 }],
      code: 'AUTH_REQUIRED',
      why: 'there is one way only',
    },
    { found: IDENTITY, answers: [{ status: 403 }], code: 'FORBIDDEN', why: 'an identity token without the right' },
    { found: BASIC, answers: [{ status: 400 }], code: 'RESPONSE_INVALID', why: 'it does not understand' },
    { found: BASIC, answers: [{ status: 404 }], code: 'RESPONSE_INVALID', why: 'nothing is there' },
    { found: BASIC, answers: [{ status: 429 }], code: 'RATE_LIMITED', why: 'too often' },
    { found: BASIC, answers: [{ status: 503 }], code: 'REGISTRY_FAILED', why: 'it fails' },
    { found: BASIC, answers: [{ status: 200, body: '<html>' }], code: 'RESPONSE_INVALID', why: 'a login page' },
    { found: BASIC, answers: [{ status: 204 }], code: 'RESPONSE_INVALID', why: 'no content' },
    { found: BASIC, answers: [{ status: 200, body: 'x'.repeat(131_073) }], code: 'TOO_LARGE', why: 'far too much' },
    {
      found: BASIC,
      answers: [{ status: 307, headers: ['Location', 'https://other.example/?t=planted'] }],
      code: 'UNSAFE_REDIRECT',
      why: 'elsewhere',
    },
    { found: BASIC, answers: [{ status: 302 }], code: 'UNSAFE_REDIRECT', why: 'nowhere' },
  ])('throws $code: $why', async ({ found, answers, code }) => {
    const { asked, open, service } = scripted(...answers);
    const thrown: unknown = await fetchToken(question, found, service).catch((fault: unknown) => fault);
    expect(thrown).toMatchObject({ code, details: { registry: 'registry.example', repository: 'a' } });
    expect(asked).toHaveLength(answers.length);
    expect(open.bodies).toBeLessThanOrEqual(0);
    expect(wordsOf(thrown)).not.toMatch(SECRETS);
  });

  it('says where refused credentials came from, what the service calls the request and what it says', async () => {
    const { service } = scripted({
      status: 401,
      body: '{"details":"incorrect username or password"}',
      headers: ['X-Request-Id', 'r-1'],
    });
    await expect(fetchToken(question, BASIC, service)).rejects.toMatchObject({
      message: expect.stringMatching(
        /registry\.example.*a test.*https:\/\/auth\.example\/token.*401.*incorrect username/,
      ) as string,
      details: {
        credentials: 'a test',
        requestId: 'r-1',
        hint: expect.stringContaining('squizzle login registry.example') as string,
      },
    });
  });

  it('names the scopes that are refused', async () => {
    const { service } = scripted({ status: 403 });
    await expect(fetchToken(question, BASIC, service)).rejects.toMatchObject({ details: { scopes: question.scopes } });
  });

  it('says from when a service takes requests again', async () => {
    const { service } = scripted({ status: 429, headers: ['Retry-After', '5'] });
    await expect(fetchToken(question, BASIC, service)).rejects.toMatchObject({
      details: { retryAt: expect.stringMatching(/^\d{4}-/) as string },
    });
  });

  it.each([
    { echo: 'alice:planted-password', why: 'the password' },
    { echo: 'Basic YWxpY2U6cGxhbnRlZC1wYXNzd29yZA==', why: 'the header' },
    { echo: 'YWxpY2U6cGxhbnRlZC1wYXNzd29yZA==', why: 'the header without its scheme' },
    { echo: '{"token":"planted-password"', why: 'JSON that breaks off' },
  ])('does not show what a service echoes: $why', async ({ echo }) => {
    for (const status of [401, 403, 400, 500, 200]) {
      const { service } = scripted({ status, body: status === 200 ? echo : JSON.stringify({ details: echo }) });
      const thrown: unknown = await fetchToken(question, BASIC, service).catch((fault: unknown) => fault);
      expect(wordsOf(thrown)).not.toMatch(SECRETS);
    }
  });

  it.each([
    { fault: new AddressRefusedError('auth.example', '10.0.0.1'), why: 'as it is' },
    { fault: new RangeError('x', { cause: new AddressRefusedError('auth.example', '10.0.0.1') }), why: 'wrapped' },
  ])('turns an address that is refused when connecting into INSECURE_REALM, $why', async ({ fault }) => {
    const service = { sendToken: async () => Promise.reject(fault), now: () => 0, limits: TRANSFER_LIMITS };
    await expect(fetchToken(question, BASIC, service)).rejects.toMatchObject({
      code: 'INSECURE_REALM',
      cause: fault,
      details: { realm: 'https://auth.example/token?key=***' },
    });
  });

  it('lets other faults of the transport pass', async () => {
    const fault = new RangeError('the network');
    const service = { sendToken: async () => Promise.reject(fault), now: () => 0, limits: TRANSFER_LIMITS };
    await expect(fetchToken(question, undefined, service)).rejects.toBe(fault);
  });
});
