import { createServer } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../test/certificates.ts';
import { startHttp, startHttps, startTcp, unusedPort } from '../../test/local-server.ts';
import { findProtocol, type ProbeRoute } from './find-protocol.ts';

const authority = createAuthority();
const find = async (port: number, route: Partial<ProbeRoute> = {}): Promise<unknown> =>
  findProtocol(`127.0.0.1:${port}`, {
    proxy: undefined,
    tlsFor: async () => ({ secureContext: undefined, verify: true }),
    withinMs: 100,
    ...route,
  }).catch((thrown: unknown) => thrown);
const unknown = { name: 'ConnectFault', code: 'PROTOCOL_UNKNOWN', stage: 'tls' };

describe('findProtocol', () => {
  it('finds TLS, whoever vouches for it', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['other'] }), () => undefined);
    expect(await find(server.port, { withinMs: 2_000 })).toBe('https:');
  });

  it('finds TLS where the handshake is refused', async () => {
    await using server = await startHttps({ ...authority.issue(), maxVersion: 'TLSv1.1' }, () => undefined);
    expect(await find(server.port, { withinMs: 2_000 })).toBe('https:');
  });

  it('finds http where it is answered', async () => {
    await using server = await startHttp(() => undefined);
    expect(await find(server.port, { withinMs: 2_000 })).toBe('http:');
  });

  it('finds nothing where nobody listens', async () => {
    expect(await find(await unusedPort())).toBeUndefined();
  });

  it.each([
    { why: 'says nothing', behave: () => undefined },
    { why: 'hangs up', behave: (socket: { destroy: () => unknown }) => void socket.destroy() },
  ])('does not take a host for one without TLS because it $why', async ({ behave }) => {
    await using server = await startTcp((socket) => void socket.once('data', () => behave(socket)));
    expect(await find(server.port)).toMatchObject(unknown);
  });

  it('tells a proxy nothing that nobody vouches for', async () => {
    const heard: string[] = [];
    const proxy = createServer(authority.issue({ hosts: ['proxy'] }), (socket) => {
      socket.on('error', () => undefined).on('data', (chunk) => heard.push(String(chunk)));
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(`https://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const thrown = await find(5000, { withinMs: 2_000, proxy: { url, authorization: 'Basic czNjcmV0', source: 'X' } });
    expect(thrown).toMatchObject({ name: 'ConnectFault', stage: 'tls', proxy: url.host });
    expect(heard).toEqual([]);
    proxy.close();
  });
});
