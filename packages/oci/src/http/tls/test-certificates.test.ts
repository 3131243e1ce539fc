import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority, type CertificateRequest } from '../../../test/certificates.ts';

const authority = createAuthority();
const client = authority.issue({ hosts: ['build@example.com'], usage: 'client' });

interface Handshake {
  readonly request?: CertificateRequest;
  readonly ca?: string;
  readonly mutual?: boolean;
}

let close: () => void = () => undefined;
afterEach(() => close());

/** The code of the failure, or `trusted`. */
async function shakeHands({ request, ca = authority.ca, mutual = false }: Handshake): Promise<string> {
  const server = createServer(
    { ...authority.issue(request), ca: authority.ca, requestCert: mutual },
    (socket: TLSSocket) => socket.end(mutual ? String(socket.authorized) : 'trusted'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  close = () => server.close();
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    ca,
    ...(mutual && client),
  });
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => resolve(chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
}

describe('createAuthority', () => {
  it.each([
    { handshake: {}, expected: 'trusted', why: 'the address is among the names' },
    { handshake: { request: { hosts: ['ghcr.io'] } }, expected: 'ERR_TLS_CERT_ALTNAME_INVALID', why: 'another name' },
    { handshake: { request: { notAfter: new Date(0) } }, expected: 'CERT_HAS_EXPIRED', why: 'its time is over' },
    { handshake: { request: { notBefore: new Date('2052-01-01') } }, expected: 'CERT_NOT_YET_VALID', why: 'not begun' },
    { handshake: { ca: createAuthority().ca }, expected: 'SELF_SIGNED_CERT_IN_CHAIN', why: 'another authority' },
    { handshake: { mutual: true }, expected: 'true', why: 'the client has a certificate too' },
  ])('makes certificates that lead to $expected: $why', async ({ handshake, expected }) => {
    expect(await shakeHands(handshake)).toBe(expected);
  });
});
