import { once } from 'node:events';
import { parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../test/certificates.ts';
import { startConnectProxy } from '../../test/connect-proxy.ts';
import { startHttp, startHttps, startTcp, unusedPort } from '../../test/local-server.ts';
import type { HttpResponse } from '../http/http.ts';
import type { RegistryEvent } from '../registry/registry-event.ts';
import type { RegistryConnection } from '../registry/repository-access.ts';
import { createRegistryConnection } from './create-connection.ts';
import type { RegistryOptions } from './registry-options.ts';

const authority = createAuthority();
const repository = parseRepositoryName('acme/app') as RepositoryName;
const connections: RegistryConnection[] = [];
afterEach(async () => {
  await Promise.all(connections.splice(0).map(async ({ close }) => close()));
});

interface Bench extends RegistryConnection {
  readonly events: readonly RegistryEvent[];
}

function connect(registry: string, options: Partial<RegistryOptions> = {}): Bench {
  const events: RegistryEvent[] = [];
  const connection = createRegistryConnection({
    registry,
    homeFolder: '/nowhere',
    certsFolders: [],
    onEvent: (event) => events.push(event),
    ...options,
  });
  connections.push(connection);
  return { ...connection, events };
}

const about: RequestListener = ({ method, url, headers }, response) => {
  response.end([method, url, headers.authorization ?? '-'].join(' '));
};

async function textOf(response: HttpResponse): Promise<string> {
  let text = '';
  for await (const chunk of response.body) text += Buffer.from(chunk).toString();
  return text;
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
const base = async ({ send }: RegistryConnection): Promise<string> => textOf(await send({ method: 'GET', target: '' }));

describe('a connection', () => {
  it('sends below /v2/, and below a repository', async () => {
    await using server = await startHttp(about);
    const connection = connect(server.url);
    expect(await base(connection)).toBe('GET /v2/ -');
    const catalog = { method: 'GET', target: '_catalog', query: { n: '5' }, scopes: ['registry:catalog:*'] } as const;
    expect(await textOf(await connection.send(catalog))).toBe('GET /v2/_catalog?n=5 -');
    const access = connection.repository(repository);
    const response = await access.send({ method: 'HEAD', target: 'manifests/v1', action: 'pull' });
    expect([response.status, response.url.pathname]).toEqual([200, '/v2/acme/app/manifests/v1']);
    await response.discard();
  });

  it('asks nobody and reads nothing before the first request', async () => {
    await using server = await startTcp(() => undefined);
    connect(`localhost:${server.port}`, { ca: '/nowhere.pem' });
    expect(server.connections()).toBe(0);
  });

  it('has one gate for all of its repositories', () => {
    const connection = connect('ghcr.io');
    const other = parseRepositoryName('acme/other') as RepositoryName;
    expect(connection.repository(repository).gate).toBe(connection.repository(other).gate);
  });

  it('knows whose credentials it uses, and not the secret', async () => {
    const described = await connect('ghcr.io', { username: 'ada', password: 's3cret' }).describeCredentials(repository);
    expect(described).toEqual({ source: 'options', username: 'ada' });
    expect(await connect('ghcr.io').describeCredentials(null)).toBeUndefined();
  });

  it('ends when it is aborted', async () => {
    const reason = new RangeError('enough');
    const { send } = connect('ghcr.io');
    expect(await failure(send({ method: 'GET', target: '', signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe('the scheme', () => {
  it('of this machine is found out: TLS', async () => {
    await using server = await startHttps(authority.issue(), about);
    const connection = connect(`localhost:${server.port}`, { ca: authority.ca });
    expect(await base(connection)).toContain('GET /v2/');
    expect(connection.events).toEqual([]);
    expect(await failure(base(connect(`localhost:${server.port}`)))).toMatchObject({ code: 'TLS_UNTRUSTED' });
  });

  it('of this machine is found out: none, which is nothing to warn of', async () => {
    await using server = await startHttp(about);
    const connection = connect(`localhost:${server.port}`);
    expect(await base(connection)).toContain('GET /v2/');
    expect(connection.events).toEqual([]);
  });

  it('is found out once, however many ask', async () => {
    await using server = await startHttp(about);
    const { send } = connect(`127.0.0.1:${server.port}`);
    const responses = await Promise.all(Array.from({ length: 5 }, async () => send({ method: 'GET', target: '' })));
    await Promise.all(responses.map(async ({ discard }) => discard()));
    expect(server.connections()).toBeLessThanOrEqual(6);
  });

  it('of another machine is found out with insecure only, and told of once', async () => {
    await using server = await startHttp(about);
    const proxy = await startConnectProxy({ 'registry.corp:443': server.port, 'registry.corp:80': server.port });
    const env = { ALL_PROXY: proxy.url };
    const connection = connect('registry.corp', { insecure: true, env });
    expect(await base(connection)).toContain('GET ');
    await base(connection);
    const told = { type: 'insecure', registry: 'registry.corp', reason: 'plain-http' };
    expect(connection.events.filter(({ type }) => type === 'insecure')).toEqual([told]);
    expect(await failure(base(connect('registry.corp', { env })))).toMatchObject({ code: 'UNREACHABLE' });
    await proxy.close();
  });

  it('with insecure is TLS where there is TLS, unverified, and told of', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['other'] }), about);
    const connection = connect(`localhost:${server.port}`, { insecure: true });
    expect(await base(connection)).toContain('GET /v2/');
    const told = { type: 'insecure', registry: `localhost:${server.port}`, reason: 'unverified-tls' };
    expect(connection.events).toEqual([told]);
  });

  it('is no longer found out when nobody waits', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startTcp((socket) => closed.push(once(socket.resume(), 'close')));
    const reason = new RangeError('enough');
    const controller = new AbortController();
    const { send } = connect(`127.0.0.1:${server.port}`);
    const asking = failure(send({ method: 'GET', target: '', signal: controller.signal }));
    await expect.poll(server.connections).toBe(1);
    controller.abort(reason);
    expect(await asking).toBe(reason);
    await Promise.all(closed);
  });

  it('does not matter where nobody listens', async () => {
    const port = await unusedPort();
    const limits = { backoffMs: 1, maxBackoffMs: 1 };
    const thrown = await failure(base(connect(`127.0.0.1:${port}`, { limits })));
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: 'ECONNREFUSED' } });
  });
});

describe('away from the registry', () => {
  const credentials = { username: 'ada', password: 's3cret' };
  const closed: RequestListener = (request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    else about(request, response);
  };

  it('an upload goes on without credentials', async () => {
    await using server = await startHttp(closed);
    await using storage = await startHttp(about);
    const access = connect(server.url, credentials).repository(repository);
    const first = await access.send({ method: 'POST', target: 'blobs/uploads/', action: 'push' });
    expect(await textOf(first)).toMatch(/^POST .* Basic /);
    const target = new URL(`${storage.url}/u?_state=x`);
    const second = await access.send({ method: 'PUT', target, query: { digest: 'd' }, action: 'push' });
    expect(await textOf(second)).toBe('PUT /u?_state=x&digest=d -');
  });

  it('nobody leads back with credentials', async () => {
    await using server = await startHttp(closed);
    await using storage = await startHttp((_, response) =>
      response.writeHead(307, { location: `${server.url}/v2/acme/app/manifests/v1` }).end(),
    );
    const access = connect(server.url, credentials).repository(repository);
    await (await access.send({ method: 'POST', target: 'blobs/uploads/', action: 'push' })).discard();
    const back = await access.send({ method: 'GET', target: new URL(`${storage.url}/u`), action: 'push' });
    await back.discard();
    expect([back.status, back.url.pathname]).toEqual([401, '/v2/acme/app/manifests/v1']);
  });

  it('no address of this machine is gone to, when the registry is elsewhere', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['registry.corp'] }), about);
    await using inner = await startHttp(about);
    const proxy = await startConnectProxy({ 'registry.corp:443': server.port });
    const options = { env: { HTTPS_PROXY: proxy.url }, ca: authority.ca };
    const access = connect('registry.corp', options).repository(repository);
    await (await access.send({ method: 'POST', target: 'blobs/uploads/', action: 'push' })).discard();
    const target = new URL(`https://127.0.0.1:${inner.port}/`);
    expect(await failure(access.send({ method: 'PUT', target, action: 'push' }))).toMatchObject({
      code: 'UNSAFE_REDIRECT',
      details: { target: target.href, registry: 'registry.corp' },
    });
    expect(inner.connections()).toBe(0);
    await proxy.close();
  });
});
