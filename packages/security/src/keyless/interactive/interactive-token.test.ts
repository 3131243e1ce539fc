import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emailClaims, startLocalSigstore, type LocalSigstore } from '../../../test/local-sigstore/local-sigstore.ts';
import {
  json,
  startScriptedService,
  type ScriptedAnswer,
  type ScriptedService,
} from '../../../test/scripted-service.ts';
import { expectSecretFree, thrownBy } from '../../../test/told-by.ts';
import { claimsOfToken } from '../token-claims.ts';
import { createInteractiveToken, type InteractiveTokenOptions, type SignInEvent } from './interactive-token.ts';

let local: LocalSigstore;
let hostile: ScriptedService;
beforeAll(async () => {
  [local, hostile] = await Promise.all([
    startLocalSigstore({ claims: emailClaims('anna@acme.test') }),
    startScriptedService(),
  ]);
});
afterAll(() => Promise.all([local.close(), hostile[Symbol.asyncDispose]()]));
beforeEach(() => {
  local.grants.approval = 'approve';
  local.grants.deviceIntervalSeconds = 0;
});
afterEach(() => local.setFaults({}));

/** A browser: follows where it is sent, and shows the last page. */
const browser =
  (pages: string[] = []) =>
  async (url: string) => {
    pages.push(await (await fetch(url)).text());
  };
const interactive = (options: Partial<InteractiveTokenOptions> = {}) =>
  createInteractiveToken({
    issuerUrl: local.url,
    clientId: 'sigstore',
    flow: 'browser',
    openBrowser: browser(),
    onEvent: () => undefined,
    timeoutMs: 5000,
    wait: () => Promise.resolve(),
    ...options,
  });
const portOf = (event: SignInEvent | undefined): string =>
  event?.type === 'browser' ? new URL(new URL(event.url).searchParams.get('redirect_uri') ?? '').port : '';
const isClosed = async (port: string): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => false,
    () => true,
  );

describe('signing in with the browser', () => {
  it('gives a token of whoever signed in, says so on the page and closes its port', async () => {
    const [pages, events]: [string[], SignInEvent[]] = [[], []];
    const source = interactive({ openBrowser: browser(pages), onEvent: (event) => events.push(event) });
    const claims = claimsOfToken(await source.token());
    expect(claims).toMatchObject({ issuer: local.url, audience: ['sigstore'], email: 'anna@acme.test' });
    expect(pages.join()).toContain('Done: you are signed in');
    expect(events).toMatchObject([{ type: 'browser', opened: true }]);
    expect(await isClosed(portOf(events[0]))).toBe(true);
    expect(source.description).toBe('signing in with the browser');
  });

  it('asks once for several signatures, and again when the token is about to end', async () => {
    let now = new Date();
    const events: SignInEvent[] = [];
    const source = interactive({ now: () => now, onEvent: (event) => events.push(event) });
    const first = await source.token();
    expect(await source.token()).toBe(first);
    expect(events).toHaveLength(1);
    now = new Date(claimsOfToken(first).expires.getTime() - 15_000);
    await source.token();
    expect(events).toHaveLength(2);
  });

  it('tells the address where no browser starts', async () => {
    const opened: boolean[] = [];
    const source = interactive({
      openBrowser: () => Promise.reject(new Error('no display')),
      onEvent: (event) => {
        if (event.type !== 'browser') return;
        opened.push(event.opened);
        void fetch(event.url);
      },
    });
    await source.token();
    expect(opened).toEqual([false]);
  });

  it('lets nobody else end it: other paths, methods and states are refused', async () => {
    const statuses: number[] = [];
    const source = interactive({
      openBrowser: async (url) => {
        const callback = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
        const attacks = [
          '/',
          '/auth/callback',
          '/auth/callback?code=evil',
          '/auth/callback?state=x&error=access_denied',
        ];
        for (const attack of attacks) statuses.push((await fetch(new URL(attack, callback))).status);
        statuses.push((await fetch(callback, { method: 'POST' })).status);
        await fetch(url);
      },
    });
    expect(claimsOfToken(await source.token()).email).toBe('anna@acme.test');
    expect(statuses).toEqual([400, 400, 400, 400, 400]);
  });

  it.each([
    { fault: 'the person says no', approval: 'deny' as const, code: 'IDENTITY_UNAVAILABLE', tells: '(access_denied)' },
    {
      fault: 'the person does nothing',
      approval: 'ignore' as const,
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'within 0.2 s',
      timeoutMs: 200,
    },
    {
      fault: 'the answer is to another request',
      approval: 'wrong-state' as const,
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'within 0.2 s',
      timeoutMs: 200,
    },
    {
      fault: 'the token is of another request',
      approval: 'wrong-nonce' as const,
      code: 'IDENTITY_UNAVAILABLE',
      tells: '(nonce)',
    },
  ])('gives no token when $fault, and closes its port', async ({ approval, code, tells, timeoutMs = 5000 }) => {
    local.grants.approval = approval;
    const events: SignInEvent[] = [];
    const error = await thrownBy(() => interactive({ timeoutMs, onEvent: (event) => events.push(event) }).token());
    expect(error.code).toBe(code);
    expect(error.message).toContain(tells);
    expect(await isClosed(portOf(events[0]))).toBe(true);
  });

  it('tells of a code that the provider refuses without the code', async () => {
    const error = await thrownBy(() =>
      interactive({
        openBrowser: (url) => {
          const asked = new URL(url).searchParams;
          const callback = new URL(asked.get('redirect_uri') ?? '');
          callback.search = new URLSearchParams({
            code: 'planted-code-4711',
            state: asked.get('state') ?? '',
          }).toString();
          void fetch(callback);
        },
      }).token(),
    );
    expect(error).toMatchObject({ code: 'SIGNING_FAILED', details: { status: 400 } });
    expect(error.message).toContain('(invalid_grant)');
    expectSecretFree(error, ['planted-code-4711']);
  });

  it('stops with the reason of the signal, and closes its port', async () => {
    local.grants.approval = 'ignore';
    const stop = new AbortController();
    const events: SignInEvent[] = [];
    const onEvent = (event: SignInEvent): void => {
      events.push(event);
      stop.abort(new Error('enough'));
    };
    await expect(interactive({ onEvent }).token({ signal: stop.signal })).rejects.toThrow('enough');
    expect(await isClosed(portOf(events[0]))).toBe(true);
  });
});

describe('signing in with a code', () => {
  /** The person opens the address on another device. */
  const approve = (event: SignInEvent): void => {
    if (event.type === 'device-code') void fetch(event.completeUrl ?? '');
  };

  it('shows code and address, and waits for the person', async () => {
    const events: SignInEvent[] = [];
    const source = interactive({
      flow: 'device',
      onEvent: (event) => events.push(event),
      wait: async () => approve(events[0] as SignInEvent),
    });
    expect(claimsOfToken(await source.token()).email).toBe('anna@acme.test');
    expect(events).toMatchObject([
      {
        type: 'device-code',
        userCode: expect.stringMatching(/^[0-9A-F-]+$/) as string,
        verificationUrl: `${local.url}/device`,
      },
    ]);
  });

  it('asks more slowly when it is told to', async () => {
    local.grants.deviceIntervalSeconds = 1;
    local.grants.approval = 'ignore';
    const waits: number[] = [];
    const wait = async (ms: number): Promise<void> => {
      waits.push(ms);
      if (waits.length === 4) throw new Error('seen enough');
    };
    await expect(interactive({ flow: 'device', wait }).token()).rejects.toThrow('seen enough');
    expect(waits).toEqual([1000, 1000, 6000, 11_000]);
  });

  it.each([
    { fault: 'the person says no', approval: 'deny' as const, tells: 'was refused' },
    {
      fault: 'the person does nothing until the code ends',
      approval: 'ignore' as const,
      tells: 'before the code expired',
    },
  ])('gives no token when $fault', async ({ approval, tells }) => {
    local.grants.approval = approval;
    let now = Date.now();
    const wait = async (): Promise<void> => {
      now += 30_000;
    };
    const onEvent = (event: SignInEvent): void => approve(event);
    const error = await thrownBy(() =>
      interactive({ flow: 'device', onEvent, wait, now: () => new Date(now), timeoutMs: 120_000 }).token(),
    );
    expect(error.code).toBe('IDENTITY_UNAVAILABLE');
    expect(error.message).toContain(tells);
  });

  it('stops while it waits', async () => {
    local.grants.approval = 'ignore';
    const stop = new AbortController();
    const source = interactive({
      flow: 'device',
      wait: undefined,
      onEvent: () => setTimeout(() => stop.abort(new Error('enough')), 20),
    });
    await expect(source.token({ signal: stop.signal })).rejects.toThrow('enough');
  });
});

describe('a provider that cannot be trusted', () => {
  const SECRET = 'planted-secret-4711';
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (claims: object): string =>
    `${encode({})}.${encode({ iss: hostile.url, sub: 'x', aud: 'sigstore', exp: 4_000_000_000, ...claims })}.${SECRET}`;
  const document = (more: object = {}) => ({
    issuer: hostile.url,
    authorization_endpoint: `${hostile.url}/auth`,
    token_endpoint: `${hostile.url}/token`,
    device_authorization_endpoint: `${hostile.url}/code`,
    ...more,
  });
  const grant = (more: object = {}) => ({
    device_code: SECRET,
    user_code: 'ABCD',
    verification_uri: 'https://oidc.example/device',
    expires_in: 60,
    interval: 0,
    ...more,
  });
  const serve = (answers: { document?: ScriptedAnswer; code?: ScriptedAnswer; token?: ScriptedAnswer }): void =>
    hostile.answer(({ path }) => {
      if (path.startsWith('/.well-known')) return answers.document ?? json(document());
      return path === '/code' ? (answers.code ?? json(grant())) : (answers.token ?? json({ id_token: tokenOf({}) }));
    });

  it.each<{ fault: string; answers: () => Parameters<typeof serve>[0]; code: string; tells: string }>([
    {
      fault: 'calls itself another issuer',
      answers: () => ({ document: json(document({ issuer: 'https://other.example' })) }),
      code: 'SIGNING_FAILED',
      tells: 'another issuer',
    },
    {
      fault: 'has its tokens elsewhere without encryption',
      answers: () => ({ document: json(document({ token_endpoint: 'http://evil.example' })) }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'has no such flow',
      answers: () => ({ document: json(document({ device_authorization_endpoint: undefined })) }),
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'sign in with the browser',
    },
    {
      fault: 'sends a document without end',
      answers: () => ({ document: { body: 'x'.repeat(200_000) } }),
      code: 'SIGNING_FAILED',
      tells: 'over 131072 bytes',
    },
    {
      fault: 'redirects',
      answers: () => ({ document: { status: 302, headers: { location: 'https://evil.example' } } }),
      code: 'SIGNING_FAILED',
      tells: 'redirects',
    },
    {
      fault: 'is no provider',
      answers: () => ({ document: json({}, 404) }),
      code: 'SIGNING_FAILED',
      tells: 'HTTP status 404',
    },
    {
      fault: 'refuses the client',
      answers: () => ({ code: json({ error: 'invalid_client', error_description: SECRET }, 401) }),
      code: 'SIGNING_FAILED',
      tells: 'HTTP status 401',
    },
    {
      fault: 'has a code that would move the cursor',
      answers: () => ({ code: json(grant({ user_code: 'A\u001b[2J' })) }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'sends people to another protocol',
      answers: () => ({ code: json(grant({ verification_uri: 'file:///etc/passwd' })) }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'wants us to wait for ever',
      answers: () => ({ code: json(grant({ interval: 1e12 })) }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'refuses the code and quotes it',
      answers: () => ({ token: json({ error: 'invalid_grant', error_description: SECRET }, 400) }),
      code: 'SIGNING_FAILED',
      tells: '(invalid_grant)',
    },
    {
      fault: 'has an error that is none',
      answers: () => ({ token: json({ error: `\u001b[31m${SECRET}` }, 400) }),
      code: 'SIGNING_FAILED',
      tells: '(no reason)',
    },
    {
      fault: 'says that the code expired',
      answers: () => ({ token: json({ error: 'expired_token' }, 400) }),
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'before the code expired',
    },
    {
      fault: 'gives no token',
      answers: () => ({ token: json({ access_token: SECRET }) }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'gives what is no token',
      answers: () => ({ token: json({ id_token: SECRET }) }),
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'no OIDC token',
    },
    {
      fault: 'gives a token of another issuer',
      answers: () => ({ token: json({ id_token: tokenOf({ iss: 'https://other.example' }) }) }),
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'another issuer',
    },
    {
      fault: 'gives a token for another client',
      answers: () => ({ token: json({ id_token: tokenOf({ aud: 'other' }) }) }),
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'another client',
    },
    {
      fault: 'gives an old token',
      answers: () => ({ token: json({ id_token: tokenOf({ exp: 1_000_000_000 }) }) }),
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'expired at 2001-09-09',
    },
  ])('gives no token when it $fault', async ({ answers, code, tells }) => {
    serve(answers());
    const error = await thrownBy(() => interactive({ issuerUrl: hostile.url, flow: 'device' }).token());
    expect(error.code).toBe(code);
    expect(error.message).toContain(tells);
    expectSecretFree(error, [SECRET]);
  });

  it('is not asked at an address without encryption', async () => {
    const error = await thrownBy(() => interactive({ issuerUrl: 'http://oidc.example' }).token());
    expect(error.code).toBe('IDENTITY_UNAVAILABLE');
  });

  it('without a sign-in for browsers leads to the other flow', async () => {
    serve({ document: json(document({ authorization_endpoint: undefined })) });
    const error = await thrownBy(() => interactive({ issuerUrl: hostile.url }).token());
    expect(error.message).toContain('flow device');
  });
});
