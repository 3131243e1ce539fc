import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority, type CertificateRequest } from '../../../test/certificates.ts';
import { startHttp, startHttps } from '../../../test/local-server.ts';
import { useTemporaryFolder } from '../../../test/temporary-folder.ts';
import { createUndiciSend, type UndiciSend } from '../undici-send.ts';
import { createTlsFinder, type TlsOptions } from './load-tls.ts';

const place = { registry: 'test', repository: null };
const authority = createAuthority();
const clientCertificate = authority.issue({ hosts: ['build'], usage: 'client' });
const folder = useTemporaryFolder();
const clients: UndiciSend[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(async ({ close }) => close()));
});

const whoAsks: RequestListener = ({ socket }, response) => {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  response.end(subject?.CN ?? 'nobody');
};

/** The answer, or the error. */
async function ask(url: string, options: Partial<TlsOptions> = {}): Promise<unknown> {
  const origin = new URL(url);
  const isRegistry = (asked: URL): boolean => asked.host === origin.host;
  const made = createUndiciSend({
    findTls: createTlsFinder({ isRegistry, registry: origin.host, roots: [], ...options }).find,
  });
  clients.push(made);
  try {
    const { body } = await made.send({ method: 'GET', url: origin, place });
    let text = '';
    for await (const chunk of body) text += Buffer.from(chunk).toString();
    return text;
  } catch (thrown) {
    return thrown;
  }
}

describe('what was read', () => {
  it('is remembered for the last origins, until it is forgotten', async () => {
    const { find, forget } = createTlsFinder({ isRegistry: () => true, registry: 'r.io', roots: [], ca: authority.ca });
    const read = async (at: number): Promise<unknown> => (await find(new URL(`https://h${at}.io`))).secureContext;
    const [first, second] = [await read(0), await read(1)];
    for (let at = 2; at < 32; at += 1) await read(at);
    expect(await read(0)).toBe(first);
    await read(32);
    expect(await read(0)).toBe(first);
    expect(await read(1)).not.toBe(second);
    forget();
    expect(await read(0)).not.toBe(first);
  });
});

describe('a certificate', () => {
  it.each<{ request: CertificateRequest; ca?: string; reason: string; words: RegExp; why: string }>([
    {
      request: {},
      ca: createAuthority().ca,
      reason: 'unknown-authority',
      words: /certs\.d\/localhost:\d+\/ca\.crt, or pass ca/,
      why: 'made by another authority',
    },
    { request: { hosts: ['ghcr.io'] }, reason: 'wrong-host', words: /for other names/, why: 'for another host' },
    {
      request: { notAfter: new Date(Date.now() - 1000) },
      reason: 'expired',
      words: /expired/,
      why: 'that has expired',
    },
    {
      request: { notBefore: new Date(Date.now() + 60_000) },
      reason: 'not-yet-valid',
      words: /clock/,
      why: 'of tomorrow',
    },
  ])('$why is TLS_UNTRUSTED ($reason)', async ({ request, ca = authority.ca, reason, words }) => {
    await using server = await startHttps(authority.issue(request), whoAsks);
    const thrown = await ask(server.url, { ca });
    expect(thrown).toMatchObject({ code: 'TLS_UNTRUSTED', details: { ...place, reason } });
    expect(String(thrown)).toMatch(words);
  });

  it('is not trusted by default', async () => {
    await using server = await startHttps(authority.issue(), whoAsks);
    expect(await ask(server.url)).toMatchObject({ code: 'TLS_UNTRUSTED', details: { reason: 'unknown-authority' } });
  });

  it('for an address is good for that address', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['127.0.0.1'] }), whoAsks);
    expect(await ask(`https://127.0.0.1:${server.port}/`, { ca: authority.ca })).toBe('nobody');
  });
});

describe('authorities', () => {
  it.each([
    { from: 'a PEM text', options: async () => ({ ca: authority.ca }) },
    { from: 'the second text of several', options: async () => ({ ca: [createAuthority().ca, authority.ca] }) },
    {
      from: 'the second certificate of a text',
      options: async () => ({ ca: `${createAuthority().ca}\n${authority.ca}` }),
    },
    { from: 'a file', options: async () => ({ ca: await write('ca.pem', authority.ca) }) },
    {
      from: 'the folder for the host',
      options: async (host: string) => certsFolder(host, { 'any.crt': authority.ca }),
    },
  ])('are taken from $from', async ({ options }) => {
    await using server = await startHttps(authority.issue(), whoAsks);
    expect(await ask(server.url, await options(`localhost:${server.port}`))).toBe('nobody');
  });

  it('are not taken from the folder for another host', async () => {
    await using server = await startHttps(authority.issue(), whoAsks);
    const options = await certsFolder('localhost', { 'ca.crt': authority.ca });
    expect(await ask(server.url, options)).toMatchObject({ code: 'TLS_UNTRUSTED' });
  });

  it('are added to those that are trusted anyway, not put in their place', async () => {
    const known = createAuthority();
    await using old = await startHttps(known.issue(), whoAsks);
    await using added = await startHttps(authority.issue(), whoAsks);
    const options = { ca: authority.ca, roots: [known.ca] };
    expect(await ask(added.url, options)).toBe('nobody');
    expect(await ask(old.url, options)).toBe('nobody');
  });
});

describe('a client certificate', () => {
  const mutual = { ca: authority.ca, requestCert: true, rejectUnauthorized: true };

  it.each([
    {
      from: 'PEM texts',
      options: async () => ({ clientCertificate: clientCertificate.cert, clientKey: clientCertificate.key }),
    },
    {
      from: 'files',
      options: async () => ({
        clientCertificate: await write('c.pem', clientCertificate.cert),
        clientKey: await write('k.pem', clientCertificate.key),
      }),
    },
    {
      from: 'the folder for the host',
      options: async (host: string) =>
        certsFolder(host, { 'client.cert': clientCertificate.cert, 'client.key': clientCertificate.key }),
    },
  ])('is shown to the registry: from $from', async ({ options }) => {
    await using server = await startHttps({ ...authority.issue(), ...mutual }, whoAsks);
    const chosen = await options(`localhost:${server.port}`);
    expect(await ask(server.url, { ca: authority.ca, ...chosen })).toBe('build');
  });

  it('is shown to no other host', async () => {
    await using server = await startHttps(
      { ...authority.issue(), requestCert: true, rejectUnauthorized: false },
      whoAsks,
    );
    const { cert, key } = clientCertificate;
    const options = { ca: authority.ca, clientCertificate: cert, clientKey: key, isRegistry: () => false };
    expect(await ask(server.url, options)).toBe('nobody');
  });
});

describe('insecure', () => {
  it('takes any certificate of the registry', async () => {
    await using server = await startHttps(authority.issue({ hosts: ['other'], notAfter: new Date(0) }), whoAsks);
    expect(await ask(server.url, { insecure: true })).toBe('nobody');
  });

  it('takes none of any other host', async () => {
    await using server = await startHttps(authority.issue(), whoAsks);
    expect(await ask(server.url, { insecure: true, isRegistry: () => false })).toMatchObject({ code: 'TLS_UNTRUSTED' });
  });

  it('is what a host without TLS is told of', async () => {
    await using server = await startHttp(whoAsks);
    const thrown = await ask(`https://127.0.0.1:${server.port}/`);
    expect(thrown).toMatchObject({ code: 'UNREACHABLE' });
    expect(String(thrown)).toContain('insecure');
  });
});

describe('what cannot be used', () => {
  const key = clientCertificate.key;
  it.each([
    { why: 'a file that is not there', options: async () => ({ ca: '/nowhere/ca.pem' }), names: '/nowhere/ca.pem' },
    {
      why: 'a file without certificate',
      options: async () => ({ ca: await write('empty.pem', 'hello') }),
      names: 'empty.pem',
    },
    {
      why: 'a damaged certificate',
      options: async () => ({ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }),
      names: 'the option ca',
    },
    {
      why: 'a certificate without key',
      options: async () => ({ clientCertificate: clientCertificate.cert }),
      names: 'clientCertificate',
    },
    { why: 'a key without certificate', options: async () => ({ clientKey: key }), names: 'clientKey' },
    {
      why: 'a key that is none',
      options: async () => ({
        clientCertificate: clientCertificate.cert,
        clientKey: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0',
      }),
      names: 'the option clientKey',
    },
    {
      why: 'the key of another certificate',
      options: async () => ({ clientCertificate: clientCertificate.cert, clientKey: authority.issue().key }),
      names: 'the certificates for',
    },
    {
      why: 'a certificate without key in a folder',
      options: async (host: string) => certsFolder(host, { 'client.cert': clientCertificate.cert }),
      names: 'client.cert',
    },
    {
      why: 'a damaged file in a folder',
      options: async (host: string) => certsFolder(host, { 'ca.crt': 'nothing' }),
      names: 'ca.crt',
    },
  ])('is named: $why', async ({ options, names }) => {
    await using server = await startHttps(authority.issue(), whoAsks);
    const thrown = await ask(server.url, await options(`localhost:${server.port}`));
    expect(thrown).toMatchObject({ code: 'CREDENTIALS_UNUSABLE' });
    expect(String(thrown)).toContain(names);
    expect(String(thrown)).not.toContain('c2VjcmV0');
    expect(server.connections()).toBe(0);
  });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder(), name);
  await writeFile(path, text);
  return path;
}

async function certsFolder(host: string, files: Readonly<Record<string, string>>): Promise<Partial<TlsOptions>> {
  const own = join(folder(), 'certs.d', host);
  await mkdir(own, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
  return { certsFolders: [join(folder(), 'missing'), join(folder(), 'certs.d')] };
}
