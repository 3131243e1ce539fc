/**
 * Rules 2, 4 and 7 where there is TLS: what may be trusted, and where it may not be left.
 *
 * @module
 */
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect } from 'vitest';
import { createRegistryStore } from '../../src/registry/registry-store.ts';
import { toTag } from '@squizzle/core/testing';
import { createAuthority } from '../certificates.ts';
import { startTcp } from '../local-server.ts';
import { aimed, answering } from './hostile-registry.ts';
import { GET_BLOB, pull, push, repository, resolve, SCENE_LIMITS, SECRET, UPLOAD, type Row } from './scene.ts';

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

export const DOWNGRADE_ROWS: readonly Row[] = [
  {
    rule: '4',
    does: 'speaks https and redirects a download to http',
    outcome: '`UNSAFE_REDIRECT`; nothing is asked there',
    over: 'tls',
    script: ({ elsewhere }) => aimed(GET_BLOB, answering(307, { location: `${elsewhere.url}/cdn` })),
    act: pull,
    code: 'UNSAFE_REDIRECT',
    check: ({ elsewhere }) => expect(elsewhere.seen).toEqual([]),
  },
  {
    rule: '4',
    does: 'speaks https and names a place with http to upload to',
    outcome: '`UNSAFE_REDIRECT`; nothing is sent there',
    over: 'tls',
    script: ({ elsewhere }) =>
      aimed({ method: 'POST', ...UPLOAD }, answering(202, { location: `${elsewhere.url}/upload` })),
    act: push,
    code: 'UNSAFE_REDIRECT',
    check: ({ elsewhere }) => expect(elsewhere.seen).toEqual([]),
  },
  {
    rule: '4',
    does: 'is on the internet and redirects a download to the metadata of the machine’s cloud',
    outcome: '`UNSAFE_REDIRECT`; nothing is asked there',
    over: 'public',
    script: () => aimed(GET_BLOB, answering(307, { location: 'https://169.254.169.254/latest' })),
    act: pull,
    code: 'UNSAFE_REDIRECT',
  },
];

const realmRow = (what: string, realm: string | undefined, over: 'tls' | 'public'): Row => ({
  rule: '2',
  does: what,
  outcome: '`INSECURE_REALM`; nothing is sent',
  over,
  script: ({ elsewhere }) =>
    answering(401, { 'www-authenticate': `Bearer realm="${realm ?? `${elsewhere.url}/token`}",service="x"` }),
  act: resolve,
  code: 'INSECURE_REALM',
  check: ({ elsewhere }) => expect(elsewhere.seen).toEqual([]),
});

export const REALM_TLS_ROWS: readonly Row[] = [
  realmRow('speaks https and names a token service with http', undefined, 'tls'),
  ...[
    '127.0.0.1',
    '[::1]',
    '169.254.169.254',
    '10.1.2.3',
    '192.168.1.1',
    '[fd00::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '2130706433',
  ].map((host) =>
    realmRow(`is on the internet and names a token service at \`${host}\``, `https://${host}/token`, 'public'),
  ),
];

const untrusted = (what: string, row: Pick<Row, 'certificate' | 'client'>): Row => ({
  rule: '7',
  does: what,
  outcome: '`TLS_UNTRUSTED`; no request is sent',
  over: 'tls',
  script: () => () => false,
  act: resolve,
  code: 'TLS_UNTRUSTED',
  check: ({ registry }) => expect(registry.seen).toEqual([]),
  ...row,
});

const INSECURE = {
  repository,
  insecure: true,
  username: 'ada',
  password: SECRET,
  homeFolder: '/nonexistent',
  limits: SCENE_LIMITS,
};

/** With `insecure`, where a host is asked whether it speaks TLS before anything else. */
const INSECURE_ROWS: readonly Row[] = [
  {
    rule: '7',
    does: 'hangs up in the middle of the handshake, and the client has `insecure`',
    outcome: '`UNREACHABLE`; nothing is sent without TLS',
    script: () => () => false,
    act: async () => {
      const heard: string[] = [];
      await using server = await startTcp((socket) =>
        socket.on('data', (chunk) => {
          heard.push(String(chunk));
          socket.destroy();
        }),
      );
      const store = createRegistryStore({ ...INSECURE, registry: `127.0.0.1:${server.port}` });
      try {
        await store.resolve(toTag('v1'));
      } finally {
        await store.close();
        expect(heard.filter((text) => text.includes('HTTP'))).toEqual([]);
      }
    },
    code: 'UNREACHABLE',
  },
  {
    rule: '7',
    does: 'is behind a proxy that nobody vouches for, and the client has `insecure`',
    outcome: '`TLS_UNTRUSTED`; the proxy is sent nothing',
    script: () => () => false,
    act: async () => {
      const heard: string[] = [];
      const server = createServer(createAuthority().issue({ hosts: ['proxy'] }), (socket) =>
        socket.on('error', () => undefined).on('data', (chunk) => heard.push(String(chunk))),
      );
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const env = { HTTPS_PROXY: `https://ada:${SECRET}@127.0.0.1:${(server.address() as AddressInfo).port}` };
      const store = createRegistryStore({ ...INSECURE, registry: 'registry.example', env });
      try {
        await store.resolve(toTag('v1'));
      } finally {
        await store.close();
        server.close();
        expect(heard).toEqual([]);
      }
    },
    code: 'TLS_UNTRUSTED',
  },
];

export const TRUST_ROWS: readonly Row[] = [
  ...INSECURE_ROWS,
  untrusted('shows a certificate that no known authority vouches for', { certificate: {}, client: { ca: [] } }),
  untrusted('shows a certificate for another host', { certificate: { hosts: ['other.example'] } }),
  untrusted('shows a certificate that is out of date', { certificate: { notBefore: ago(9), notAfter: ago(2) } }),
  untrusted('shows a certificate that is not good yet', { certificate: { notBefore: ago(-2), notAfter: ago(-9) } }),
  {
    rule: '7',
    does: 'is vouched for by the authority that was named beside the system’s',
    outcome: 'trusted',
    over: 'tls',
    script: () => () => false,
    act: async (scene) => expect(await resolve(scene)).toBeDefined(),
  },
];
