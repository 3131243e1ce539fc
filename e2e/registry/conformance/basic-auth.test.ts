/**
 * What a registry with passwords answers over HTTP. That docker, podman and skopeo can log in is shown in `clients/`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry, type RegistryProcess } from '../../support/registry.ts';
import { HTPASSWD, PASSWORD, USER } from '../clients/auth-users.ts';
import { createHttpClient, headerOf, type HttpClient } from './client.ts';
import { newBlob, unknownDigest, type Blob } from './content.ts';
import { expectStatus, locationOf, newName, OCTETS, withDigest } from './repository.ts';
import { expectRefusal } from './rows.ts';

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const RIGHT = basic(USER, PASSWORD);

const WRONG = [
  { headers: {}, why: 'no credentials' },
  { headers: basic(USER, 'wrong'), why: 'a wrong password' },
  { headers: basic(USER, ''), why: 'an empty password' },
  { headers: basic('mallory', PASSWORD), why: 'a user that is not there' },
  { headers: basic('', ''), why: 'an empty user' },
  { headers: { Authorization: 'Basic' }, why: 'no value' },
  { headers: { Authorization: 'Basic %%%' }, why: 'no base64' },
  { headers: { Authorization: `Basic ${Buffer.from(USER).toString('base64')}` }, why: 'no colon' },
  { headers: { Authorization: 'Bearer abc' }, why: 'another scheme' },
  { headers: { Authorization: RIGHT.Authorization.slice(6) }, why: 'no scheme' },
];

const session = '00000000-0000-4000-8000-000000000000';
const digest = unknownDigest();

const ENDPOINTS = [
  ...['GET', 'HEAD'].map((method) => ({ method, path: '' })),
  { method: 'GET', path: '_catalog' },
  ...['GET', 'HEAD', 'DELETE'].map((method) => ({ method, path: `a/blobs/${digest}` })),
  ...['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => ({ method, path: 'a/manifests/latest' })),
  ...['GET', 'PATCH', 'PUT', 'DELETE'].map((method) => ({ method, path: `a/blobs/uploads/${session}` })),
  { method: 'POST', path: 'a/blobs/uploads/' },
  { method: 'POST', path: `a/blobs/uploads/?mount=${digest}&from=b` },
  { method: 'GET', path: 'a/tags/list' },
  { method: 'GET', path: `a/referrers/${digest}` },
];

describe('story 011 basic authentication', () => {
  let folder: string;
  let server: RegistryProcess;
  let http: HttpClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'squizzle-registry-users-'));
    await writeFile(join(folder, 'htpasswd'), HTPASSWD);
    server = await startRegistry({ args: ['--auth', 'basic', '--htpasswd', join(folder, 'htpasswd')] });
    http = createHttpClient(server.url);
  });

  afterAll(async () => {
    http.close();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(WRONG)('401 with a challenge for $why', async ({ headers }) => {
    const answer = await http.get('/v2/', headers);
    expectRefusal(answer, 401, 'UNAUTHORIZED');
    expect(headerOf(answer, 'www-authenticate')).toMatch(/^Basic realm="[^"]+"/);
    // By this header Docker knows that it speaks to a registry, and asks for a password.
    expect(headerOf(answer, 'docker-distribution-api-version')).toBe('registry/2.0');
  });

  it.each(ENDPOINTS)('$method /v2/$path is not to be had without a password', async ({ method, path }) => {
    const answer = await http.send({ method, target: `/v2/${path}` });
    expectStatus(answer, 401);
    expect(headerOf(answer, 'www-authenticate')).toBeDefined();
  });

  it('lets in who has the password, to push and to pull', async () => {
    expectStatus(await http.get('/v2/', RIGHT), 200);
    const [blob, name] = [newBlob(), newName()];
    await pushAs(http, name, blob);
    const pulled = await http.get(`/v2/${name}/blobs/${blob.digest}`, RIGHT);
    expect(pulled.body.equals(blob.bytes)).toBe(true);
    expectRefusal(await http.get(`/v2/${name}/blobs/${blob.digest}`), 401, 'UNAUTHORIZED');
  });

  it('takes no byte of an upload without a password', async () => {
    const [blob, name] = [newBlob(100_000), newName()];
    const target = withDigest(`/v2/${name}/blobs/uploads/`, blob.digest);
    expectRefusal(await http.post(target, { headers: OCTETS, body: blob.bytes }), 401, 'UNAUTHORIZED');
    expectStatus(await http.get(`/v2/${name}/blobs/${blob.digest}`, RIGHT), 404);
  });

  it.each(['/health', '/health/ready'])('%s needs no password', async (path) => {
    expectStatus(await http.get(path), 200);
  });

  it('with anonymous pull, everyone may read and nobody without a password may write', async () => {
    const args = ['--auth', 'basic', '--htpasswd', join(folder, 'htpasswd'), '--anonymous-pull'];
    await using open = await startRegistry({ args });
    const client = createHttpClient(open.url);
    const [blob, name] = [newBlob(), newName()];
    await pushAs(client, name, blob);
    expect((await client.get(`/v2/${name}/blobs/${blob.digest}`)).body.equals(blob.bytes)).toBe(true);
    expectStatus(await client.post(`/v2/${name}/blobs/uploads/`), 401);
    expectStatus(await client.delete(`/v2/${name}/blobs/${blob.digest}`), 401);
    expectStatus(await client.get('/v2/', basic(USER, 'wrong')), 401);
    client.close();
  });
});

async function pushAs(http: HttpClient, name: string, blob: Blob): Promise<void> {
  const started = await http.post(`/v2/${name}/blobs/uploads/`, { headers: RIGHT });
  expectStatus(started, 202);
  const location = withDigest(locationOf(started), blob.digest);
  expectStatus(await http.put(location, { headers: { ...OCTETS, ...RIGHT }, body: blob.bytes }), 201);
}
