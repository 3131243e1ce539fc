import { createServer, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../../test/told-by.ts';
import { openLoopbackPort, type Listen } from './loopback-port.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

const listenOn = async (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
const failing = (code: string): Error => Object.assign(new Error('said by the test'), { code });

describe('openLoopbackPort', () => {
  it.skipIf(!hasIpv6)('answers at both addresses, and nobody else can take the port of one', async () => {
    const { port, close } = await openLoopbackPort((_request, response) => response.end('ours'));
    for (const host of ['127.0.0.1', '::1']) {
      const address = host === '::1' ? '[::1]' : host;
      expect(await (await fetch(`http://${address}:${port}/`)).text()).toBe('ours');
      await expect(listenOn(createServer(), host, port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    }
    await close();
    for (const address of ['127.0.0.1', '[::1]'])
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow('fetch failed');
  });

  it('takes another port where somebody has it at the other address, and gives that one back', async () => {
    const [given, refused]: [number[], number[]] = [[], []];
    const listen: Listen = async (server, address, port) => {
      if (address === '127.0.0.1') return listenOn(server, address, port);
      if (refused.length === 2) return void given.push(port);
      refused.push(port);
      throw failing('EADDRINUSE');
    };
    const { port, close } = await openLoopbackPort((_request, response) => response.end(), listen);
    expect(given).toEqual([port]);
    for (const each of refused) await expect(fetch(`http://127.0.0.1:${each}/`)).rejects.toThrow('fetch failed');
    await close();
  });

  it.each([
    { code: 'EADDRNOTAVAIL', why: 'IPv6 is switched off' },
    { code: 'EAFNOSUPPORT', why: 'the system has none' },
  ])('does with one address where there is no other: $why', async ({ code }) => {
    const listen: Listen = async (server, address, port) => {
      if (address === '::1') throw failing(code);
      await listenOn(server, address, port);
    };
    const { port, close } = await openLoopbackPort((_request, response) => response.end('ours'), listen);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ours');
    await close();
  });

  it.each([
    { address: '127.0.0.1', why: 'there is no port' },
    { address: '::1', why: 'somebody has every port at the other address' },
  ])('leads to the other flow where $why', async ({ address: taken }) => {
    const listen: Listen = async (server, address, port) => {
      if (address === taken) throw failing('EADDRINUSE');
      await listenOn(server, address, port);
    };
    const error = await thrownBy(async () => openLoopbackPort((_request, response) => response.end(), listen));
    expect(error).toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
    expect(error.message).toContain('sign in with a code');
  });
});
