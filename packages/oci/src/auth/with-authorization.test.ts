import { describe, expect, it } from 'vitest';
import { ACCOUNT, alice, authorizations, BASIC, clientOf, scopesAt } from '../../test/authorized-client.ts';
import { challenge, startTokenRegistry, type TokenRegistry } from '../../test/token-registry.ts';
import { plainSend } from '../../test/plain-send.ts';
import type { Credential } from '../credentials/credential.ts';
import { withRetries } from '../http/retry.ts';

describe('withAuthorization with a token service', () => {
  it('sends the request first, then gets a token, and needs no refusal from then on', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { pull, push } = clientOf(registry, alice);
    expect([await pull(), await pull(), await push()]).toEqual([200, 200, 202]);
    expect(authorizations(registry.atRegistry)).toEqual([
      undefined,
      'Bearer opaque-token-0',
      'Bearer opaque-token-0',
      'Bearer opaque-token-1',
    ]);
    expect(scopesAt(registry)).toEqual([['repository:a:pull'], ['repository:a:pull,push']]);
    expect(authorizations(registry.atService)).toEqual([BASIC, BASIC]);
  });

  it('lets what pushes pull with the same token', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { pull, push } = clientOf(registry, alice);
    expect([await push(), await pull()]).toEqual([202, 200]);
    expect(registry.atService).toHaveLength(1);
  });

  it('asks for no credentials where anybody is let in', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(() => ({ status: 200 }));
    const { looks, pull } = clientOf(registry, alice);
    expect(await pull()).toBe(200);
    expect(looks).toEqual([]);
  });

  it('gets anybody’s token without credentials', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, open: ['repository:a:pull'] });
    const { looks, pull } = clientOf(registry);
    expect(await pull()).toBe(200);
    expect(authorizations(registry.atService)).toEqual([undefined]);
    expect(looks[0]).toEqual({ host: registry.origin.host, repository: 'a' });
  });

  it('exchanges an identity token', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, identityToken: 'identity' });
    const { pull } = clientOf(registry, { kind: 'identity-token', token: 'identity' });
    expect(await pull()).toBe(200);
    expect(registry.atService.map(({ method, body }) => [method, body.includes('refresh_token=identity')])).toEqual([
      ['POST', true],
    ]);
  });

  it('sends a registry token as it is', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ authorization }) =>
      authorization === 'Bearer mine' ? { status: 200 } : challenge(`Bearer realm="${registry.realm}"`),
    );
    const { pull } = clientOf(registry, { kind: 'registry-token', token: 'mine' });
    expect([await pull(), await pull()]).toEqual([200, 200]);
    expect(registry.atService).toEqual([]);
    expect(registry.atRegistry).toHaveLength(3);
  });

  it('asks for the scopes of the request and those of the challenge together', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { request } = clientOf(registry, alice);
    const scopes = ['repository:b:pull', 'repository:a:pull,push'];
    expect((await request('POST', 'a/blobs/uploads/?mount=x&from=b', { scopes })).status).toBe(200);
    expect(scopesAt(registry)).toEqual([['repository:a:pull,push', 'repository:b:pull']]);
  });

  it('works for requests that say nothing of scopes', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { request } = clientOf(registry, alice);
    expect((await request('GET', 'a/tags/list')).status).toBe(200);
    expect(scopesAt(registry)).toEqual([['repository:a:pull']]);
    expect((await request('GET', '')).status).toBe(200);
    expect(registry.atService).toHaveLength(1);
  });

  it('gets 20 who come at once in with one refusal and one token', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { pull } = clientOf(registry, alice);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => pull()));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(registry.atService).toHaveLength(1);
    expect(registry.atRegistry).toHaveLength(21);
  });

  it('renews a token before it ends', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, expiresIn: 300 });
    const { clock, pull } = clientOf(registry, alice);
    await pull();
    clock.now = 269_999;
    await pull();
    expect(registry.atService).toHaveLength(1);
    clock.now = 270_000;
    await pull();
    expect(registry.atService).toHaveLength(2);
    expect(authorizations(registry.atRegistry).at(-1)).toBe('Bearer opaque-token-1');
  });

  it('replaces a token that was revoked, once for all who hold it', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { pull } = clientOf(registry, alice);
    await pull();
    registry.revoke();
    expect(await Promise.all([pull(), pull(), pull()])).toEqual([200, 200, 200]);
    expect(registry.atService).toHaveLength(2);
  });

  it('asks once more with the scope that the registry finds missing', async () => {
    await using registry = await startTokenRegistry({
      ...ACCOUNT,
      rights: ['repository:a:pull', 'repository:a:metadata'],
    });
    const { request, pull } = clientOf(registry, alice);
    await pull();
    registry.overrideRegistry(({ authorization }) =>
      authorization === 'Bearer opaque-token-1'
        ? { status: 200 }
        : challenge(
            `Bearer realm="${registry.realm}",service="test registry",scope="repository:a:metadata",error="insufficient_scope"`,
          ),
    );
    expect((await request('GET', 'a/tags/list', { scopes: ['repository:a:pull'] })).status).toBe(200);
    expect(scopesAt(registry)).toEqual([['repository:a:pull'], ['repository:a:metadata,pull']]);
  });

  it.each([
    { scope: 'repository:other/team:delete,pull', method: 'DELETE', why: 'another repository' },
    { scope: 'repository:a:delete,pull', method: 'GET', why: 'the right to delete, for who reads' },
    { scope: 'repository:a:*', method: 'PUT', why: 'every right' },
    { scope: 'registry:catalog:*', method: 'GET', why: 'the whole registry' },
  ] as const)('gets no token for $why because a refusal names it', async ({ scope, method }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { request } = clientOf(registry, alice);
    registry.overrideRegistry(() => challenge(`Bearer realm="${registry.realm}",service="x",scope="${scope}"`));
    const refused = request(method, 'a/manifests/v1', { scopes: ['repository:a:pull'] });
    await expect(refused).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(scopesAt(registry)).toEqual([['repository:a:pull']]);
  });

  it('gets the right to delete for who deletes', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, rights: ['repository:a:pull,delete'] });
    const { request } = clientOf(registry, alice);
    await request('DELETE', 'a/manifests/v1', { scopes: ['repository:a:pull'] });
    expect(scopesAt(registry)).toEqual([['repository:a:delete,pull']]);
  });

  it('bears with a token service that fails at times', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const faults = [503, 429, 502];
    registry.overrideService(() => {
      const status = faults.shift();
      return status === undefined ? undefined : { status };
    });
    const sendToken = withRetries(plainSend, { sleep: async () => undefined });
    expect(await clientOf(registry, alice, { sendToken }).pull()).toBe(200);
    expect(registry.atService).toHaveLength(4);
  });

  it('learns what is wanted from /v2/ where a refusal does not say it', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ target, authorization }) =>
      target !== '/v2/' && authorization === undefined ? { status: 401 } : undefined,
    );
    expect(await clientOf(registry, alice).pull()).toBe(200);
  });

  it('prefers the token service where Basic is offered too', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ authorization }) =>
      authorization === undefined
        ? challenge('Basic realm="x"', `Bearer realm="${registry.realm}",service="test registry"`)
        : undefined,
    );
    expect(await clientOf(registry, alice).pull()).toBe(200);
    expect(authorizations(registry.atRegistry)).not.toContain(BASIC);
  });

  it('shows the password where a token is answered with Basic, as Harbor does, once another token did not help', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const { pull } = clientOf(registry, alice);
    await pull();
    registry.overrideRegistry(({ authorization }) =>
      authorization === BASIC ? { status: 200 } : challenge('Basic realm="harbor"'),
    );
    expect(await pull()).toBe(200);
    expect(authorizations(registry.atRegistry).slice(2)).toEqual([
      'Bearer opaque-token-0',
      'Bearer opaque-token-1',
      BASIC,
    ]);
  });
});

describe('withAuthorization with Basic', () => {
  const basicRegistry = async (): Promise<TokenRegistry> => {
    const registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ authorization }) =>
      authorization === BASIC ? { status: 200 } : challenge('Basic realm="https://ecr.example/",service="ecr"'),
    );
    return registry;
  };

  it('is refused once, and shows the password at once from then on', async () => {
    await using registry = await basicRegistry();
    const { pull, push } = clientOf(registry, alice);
    expect([await pull(), await pull(), await push()]).toEqual([200, 200, 200]);
    expect(authorizations(registry.atRegistry)).toEqual([undefined, BASIC, BASIC, BASIC]);
  });

  it.each([
    { credential: undefined, source: null, sends: 1, why: 'there are none' },
    { credential: { ...alice, password: 'wrong' } as Credential, source: 'a test', sends: 2, why: 'they are wrong' },
    {
      credential: { kind: 'identity-token', token: 'i' } as Credential,
      source: 'a test',
      sends: 1,
      why: 'they are for a token service',
    },
    {
      credential: { kind: 'registry-token', token: 'r' } as Credential,
      source: 'a test',
      sends: 2,
      why: 'a wrong token',
    },
  ])('says that credentials are required, sending each once: $why', async ({ credential, source, sends }) => {
    await using registry = await basicRegistry();
    await expect(clientOf(registry, credential).pull()).rejects.toMatchObject({
      code: 'AUTH_REQUIRED',
      details: {
        registry: registry.origin.host,
        repository: 'a',
        credentials: source,
        status: 401,
        hint: expect.stringContaining(`squizzle login ${registry.origin.host}`) as string,
      },
    });
    expect(registry.atRegistry).toHaveLength(sends);
  });
});
