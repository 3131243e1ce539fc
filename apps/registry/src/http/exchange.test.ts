import { expect, it } from 'vitest';
import { splitTarget } from './exchange.ts';
import { startTestServer } from '../../test/http/test-server.ts';

it.each([
  { target: '/v2/', path: '/v2/', query: '', why: 'a path' },
  { target: '/v2/a/tags/list?n=2&last=x', path: '/v2/a/tags/list', query: 'n=2&last=x', why: 'with a query' },
  { target: '/v2/?', path: '/v2/', query: '', why: 'with an empty one' },
  { target: '/v2/?a=?b', path: '/v2/', query: 'a=%3Fb', why: 'the first question mark counts' },
  { target: 'http://host:5000/v2/?n=1', path: '/v2/', query: 'n=1', why: 'as a proxy’s client writes it' },
  { target: 'HTTPS://host/v2/', path: '/v2/', query: '', why: 'in any case' },
  { target: 'http://host', path: '', query: '', why: 'a host alone' },
  { target: '*', path: '*', query: '', why: 'the server as a whole' },
  { target: '//host/v2/', path: '//host/v2/', query: '', why: 'no host: a path that begins with two slashes' },
])('$target: $why', ({ target, path, query }) => {
  const split = splitTarget(target);
  expect({ path: split.path, query: split.query.toString() }).toEqual({ path, query });
});

it('a request that names the host is served as any other', async () => {
  await using server = await startTestServer();
  const client = await server.connect();
  client.write('GET http://registry.example/v2/ HTTP/1.1\r\nHost: registry.example\r\nConnection: close\r\n\r\n');
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 /);
});
