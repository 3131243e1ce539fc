import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, alice, authorizations, BASIC, clientOf, PASSWORD, wordsOf } from '../../test/authorized-client.ts';
import { plainSend } from '../../test/plain-send.ts';
import { startTokenRegistry } from '../../test/token-registry.ts';
import type { Credential } from '../credentials/credential.ts';
import type { HttpRequest, Send } from '../http/http.ts';
import { TRANSFER_LIMITS } from '../http/transfer-limits.ts';
import { withAuthorization } from './with-authorization.ts';

const rulesOf = (origin: URL) => ({
  registry: parseRegistryHost(origin.host) as RegistryHost,
  origin,
  sendToken: plainSend,
  now: () => 0,
  limits: TRANSFER_LIMITS,
});

describe('withAuthorization keeps what is secret', () => {
  it('sends nothing to other origins, and lets their 401 pass', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    await using elsewhere = await startTokenRegistry(ACCOUNT);
    const { send, pull, place } = clientOf(registry, alice);
    await pull();
    const url = new URL('/v2/a/manifests/v1', elsewhere.origin);
    const leaking = { authorization: BASIC, Authorization: BASIC, accept: 'x' };
    expect((await send({ method: 'GET', url, place, headers: leaking })).status).toBe(401);
    expect(authorizations(elsewhere.atRegistry)).toEqual([undefined]);
    expect(elsewhere.atService).toEqual([]);
  });

  it.each([
    { other: 'http://localhost', why: 'another name for the same address' },
    { other: 'https://127.0.0.1', why: 'another scheme' },
    { other: 'http://127.0.0.1', why: 'another port', port: '1' },
  ])('does not take $why for the registry', async ({ other, port }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const url = new URL(other);
    url.port = port ?? registry.origin.port;
    const sent: HttpRequest[] = [];
    const spy: Send = async (request) => {
      if (request.url.origin === url.origin) sent.push(request);
      return plainSend({ ...request, url: new URL(request.url.pathname, registry.origin) });
    };
    const { place } = clientOf(registry);
    const send = withAuthorization(spy, {
      ...rulesOf(registry.origin),
      credentials: async () => ({ credential: alice, source: 'a test' }),
    });
    await send({ method: 'GET', url: new URL('/v2/a/manifests/v1', registry.origin), place });
    expect((await send({ method: 'GET', url: new URL('/v2/a/manifests/v1', url), place })).status).toBe(401);
    expect(sent.map(({ headers }) => headers?.['authorization'])).toEqual([undefined]);
  });

  it('tells the layers below what was sent so far, wherever the next request goes', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { send, place } = clientOf(registry, alice);
    const sent: HttpRequest[] = [];
    const spying = withAuthorization(
      async (request) => {
        sent.push(request);
        return plainSend(request);
      },
      { ...rulesOf(registry.origin), credentials: async () => ({ credential: alice, source: 'a test' }) },
    );
    const url = new URL('/v2/a/manifests/v1', registry.origin);
    await spying({ method: 'GET', url, place, scopes: ['repository:a:pull'] });
    await spying({ method: 'GET', url, place, anonymous: true });
    expect((await send({ method: 'GET', url, place, anonymous: true })).status).toBe(401);
    const last = sent.at(-1);
    expect(last?.headers?.['authorization']).toBeUndefined();
    expect(last?.secrets).toEqual([expect.stringContaining('opaque-token'), PASSWORD]);
  });

  it.each([
    { token: 'abc\r\nX-Evil: 1', why: 'line breaks' },
    { token: 'ünïcode€', why: 'what no header can have' },
    { token: 'a b', why: 'white space' },
  ])('does not send a token with $why', async ({ token }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const refused = clientOf(registry, { kind: 'registry-token', token }).pull();
    await expect(refused).rejects.toMatchObject({ code: 'CREDENTIALS_UNUSABLE', details: { source: 'a test' } });
    await expect(refused).rejects.not.toThrow(/Evil|code€|a b/);
    expect(authorizations(registry.atRegistry)).toEqual([undefined]);
  });

  it('sends nothing to a token service that is not safe', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const asked: HttpRequest[] = [];
    const viaTls: Send = async (request) => {
      const url = new URL(request.url.pathname, registry.origin);
      return { ...(await plainSend({ ...request, url })), url: request.url };
    };
    const origin = new URL('https://registry.example');
    const send = withAuthorization(viaTls, {
      registry: parseRegistryHost('registry.example') as RegistryHost,
      origin,
      credentials: async () => ({ credential: alice, source: 'a test' }),
      sendToken: async (request) => {
        asked.push(request);
        return plainSend(request);
      },
      lookup: async () => ['203.0.114.5'],
      now: () => 0,
      limits: TRANSFER_LIMITS,
    });
    const place = { registry: 'registry.example', repository: 'a' };
    await expect(send({ method: 'GET', url: new URL('/v2/a/tags/list', origin), place })).rejects.toMatchObject({
      code: 'INSECURE_REALM',
      details: { realm: registry.realm },
    });
    expect(asked).toEqual([]);
  });

  it.each([
    { credential: alice, secrets: [PASSWORD, BASIC.slice(6)] },
    { credential: { kind: 'identity-token', token: 'planted-identity' } as Credential, secrets: ['planted-identity'] },
    { credential: { kind: 'registry-token', token: 'planted-registry' } as Credential, secrets: ['planted-registry'] },
  ])('shows no secret in any error, whatever the servers echo: $credential.kind', async ({ credential, secrets }) => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, identityToken: 'planted-identity' });
    const echo = (text: string | undefined) => JSON.stringify({ errors: [{ code: 'DENIED', message: `no: ${text}` }] });
    const bearer = { 'www-authenticate': `Bearer realm="${registry.realm}?password=${secrets[0]}"` };
    const texts: string[] = [];
    for (const status of [200, 302, 400, 401, 403, 429, 500]) {
      registry.overrideService(({ authorization, body }) => ({
        status,
        body: status === 200 ? `{"token":"planted-token"}` : echo(`${secrets[0]} ${authorization} ${body}`),
      }));
      for (const headers of [bearer, { 'www-authenticate': 'Basic realm=x' }]) {
        registry.overrideRegistry(({ authorization }) => ({ status: 401, headers, body: echo(authorization) }));
        const thrown: unknown = await clientOf(registry, credential)
          .pull()
          .catch((fault: unknown) => fault);
        texts.push(wordsOf(thrown));
      }
    }
    expect(texts).toHaveLength(14);
    for (const secret of [...secrets, 'planted-token']) expect(texts.join('\n')).not.toContain(secret);
    expect(texts.every((text) => text.includes('SquizzleError'))).toBe(true);
  });
});
