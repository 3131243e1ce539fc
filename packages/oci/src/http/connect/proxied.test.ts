import type { RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../test/certificates.ts';
import { startConnectProxy } from '../../../test/connect-proxy.ts';
import { startHttp, startHttps, startTcp, unusedPort } from '../../../test/local-server.ts';
import type { HttpRequest } from '../http.ts';
import { createProxyFinder } from './proxy.ts';
import { createTlsFinder } from '../tls/load-tls.ts';
import { createUndiciSend, type UndiciSend } from '../undici-send.ts';
import { TRANSFER_LIMITS } from '../transfer-limits.ts';

const authority = createAuthority();
const build = authority.issue({ hosts: ['build'], usage: 'client' });
const place = { registry: 'ghcr.io', repository: null };
const clients: UndiciSend[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(async ({ close }) => close()));
});

const seen: RequestListener = ({ url, headers, socket }, response) => {
  const cert = 'getPeerCertificate' in socket ? (socket as TLSSocket).getPeerCertificate().subject?.CN : undefined;
  response.end([url, headers.host, headers['proxy-authorization'] ?? '-', cert ?? '-'].join(' '));
};

async function ask(
  url: string,
  proxy: string,
  more: Partial<HttpRequest> & { readonly ca?: string } = {},
): Promise<unknown> {
  const { ca = authority.ca, ...request } = more;
  const findTls = createTlsFinder({
    ca,
    clientCertificate: build.cert,
    clientKey: build.key,
    registry: 'ghcr.io',
    roots: [],
    isRegistry: (origin) => origin.hostname === 'ghcr.io',
  }).find;
  const limits = { ...TRANSFER_LIMITS, connectMs: 500 };
  const made = createUndiciSend({ limits, findTls, findProxy: createProxyFinder({ ALL_PROXY: proxy }) });
  clients.push(made);
  try {
    const { body, address } = await made.send({ method: 'GET', url: new URL(url), place, ...request });
    expect(address).toBeUndefined();
    let text = '';
    for await (const chunk of body) text += Buffer.from(chunk).toString();
    return text;
  } catch (thrown) {
    return thrown;
  }
}

describe('through a proxy', () => {
  it('https goes in a tunnel, with authorities and client certificates as without one', async () => {
    const mutual = { ca: authority.ca, requestCert: true };
    await using server = await startHttps({ ...authority.issue({ hosts: ['ghcr.io'] }), ...mutual }, seen);
    const proxy = await startConnectProxy({ 'ghcr.io:443': server.port });
    expect(await ask('https://ghcr.io/v2/?n=1', proxy.url)).toBe('/v2/?n=1 ghcr.io - build');
    expect(proxy.targets).toEqual(['ghcr.io:443']);
    expect(await ask('https://ghcr.io/v2/', proxy.url, { ca: createAuthority().ca })).toMatchObject({
      code: 'TLS_UNTRUSTED',
      details: { reason: 'unknown-authority' },
    });
    await proxy.close();
  });

  it('https goes in a tunnel after an interim answer', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['ghcr.io'] }), seen);
    const { connect } = await import('node:net');
    await using proxy = await startTcp((socket) => {
      socket.once('data', () => {
        const back = connect(server.port, '127.0.0.1');
        socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(back.on('error', () => socket.destroy())).pipe(socket);
      });
    });
    expect(await ask('https://ghcr.io/v2/', proxy.url)).toBe('/v2/ ghcr.io - -');
  });

  it('http goes with its whole URL', async () => {
    await using server = await startHttp(seen);
    const proxy = await startConnectProxy({ 'registry.example:5000': server.port });
    expect(await ask('http://registry.example:5000/v2/?n=1', proxy.url)).toBe('/v2/?n=1 registry.example:5000 - -');
    await proxy.close();
  });

  it.each([
    { protocol: 'https', why: 'a tunnel' },
    { protocol: 'http', why: 'a request' },
  ])('user name and password are for the proxy alone: $why', async ({ protocol }) => {
    const credentials = { username: 'me', password: 'p@ss' };
    await using tls = await startHttps(authority.issue({ hosts: ['ghcr.io'] }), seen);
    await using plain = await startHttp(seen);
    const proxy = await startConnectProxy({ 'ghcr.io:443': tls.port, 'ghcr.io:80': plain.port }, { credentials });
    const answer = await ask(`${protocol}://ghcr.io/`, proxy.url.replace('//', '//me:p%40ss@'));
    expect(answer).toBe('/ ghcr.io - -');
    await proxy.close();
  });

  it('a proxy may speak TLS itself', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['ghcr.io'] }), seen);
    const proxy = await startConnectProxy({ 'ghcr.io:443': server.port });
    const { connect } = await import('node:net');
    const { createServer } = await import('node:tls');
    const front = createServer(authority.issue({ hosts: ['127.0.0.1'] }), (socket) => {
      const back = connect(proxy.port, '127.0.0.1');
      socket
        .on('error', () => back.destroy())
        .pipe(back.on('error', () => socket.destroy()))
        .pipe(socket);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const { port } = front.address() as { port: number };
    expect(await ask('https://ghcr.io/v2/', `https://127.0.0.1:${port}`)).toBe('/v2/ ghcr.io - -');
    expect(await ask('https://ghcr.io/v2/', `https://127.0.0.1:${port}`, { ca: createAuthority().ca })).toMatchObject({
      code: 'TLS_UNTRUSTED',
    });
    await proxy.close();
    front.close();
  });

  it.each([
    { url: 'https://127.1.2.3/', why: 'an address' },
    { url: 'https://[fe80::1]/', why: 'an IPv6 address' },
    { url: 'https://metadata.localhost/', why: 'a name of this machine' },
  ])('nothing goes where its rule forbids: $why', async ({ url }) => {
    const proxy = await startConnectProxy({});
    expect(await ask(url, proxy.url, { addresses: 'not-local' })).toMatchObject({ name: 'AddressRefusedError' });
    expect(proxy.targets).toEqual([]);
    await proxy.close();
  });
});

describe('a proxy that does not help', () => {
  it.each([
    {
      status: 407,
      words: /user name and password are wanted by the proxy .*HTTPS_PROXY/,
      why: 'it wants to know who asks',
    },
    { status: 502, words: /HTTP 502 instead of a tunnel from the proxy/, why: 'it does not find the host' },
  ])('is named, with what to do: $why', async ({ status, words }) => {
    const credentials = { username: 'me', password: 's3cret' };
    const proxy = await startConnectProxy({}, status === 407 ? { credentials } : {});
    const thrown = await ask('https://ghcr.io/v2/', proxy.url.replace('//', '//you:wr0ng@'));
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: 'PROXY_REFUSED' } });
    expect(String(thrown)).toMatch(words);
    expect(String(thrown)).not.toContain('wr0ng');
    await proxy.close();
  });

  it.each([
    { says: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 no\r\n\r\n', code: 'PROXY_REFUSED', why: 'interim, then no' },
    { says: 'HTTP/1.1 102 x\r\n\r\n'.repeat(3000), code: 'NOT_HTTP', why: 'interim without end' },
    { says: 'SSH-2.0-x\r\n\r\n', code: 'NOT_HTTP', why: 'not HTTP' },
    { says: 'HTTP/1.1 20', code: 'NOT_HTTP', why: 'half an answer' },
  ])('is not believed: $why', async ({ says, code }) => {
    await using server = await startTcp((socket) => void socket.once('data', () => socket.end(says)));
    const thrown = await ask('https://ghcr.io/v2/', `http://127.0.0.1:${server.port}`);
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: code } });
  });

  it('is named when nothing listens there', async () => {
    const port = await unusedPort();
    const thrown = await ask('https://ghcr.io/v2/', `http://127.0.0.1:${port}`);
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: 'ECONNREFUSED' } });
    expect(String(thrown)).toContain(`nothing listens at the proxy 127.0.0.1:${port}`);
  });

  it('is not waited for without end', async () => {
    await using server = await startTcp((socket) => socket.resume());
    const thrown = await ask('https://ghcr.io/v2/', `http://127.0.0.1:${server.port}`, { connectMs: 40 });
    expect(thrown).toMatchObject({ code: 'UNREACHABLE', details: { systemCode: 'UND_ERR_CONNECT_TIMEOUT' } });
  });
});
