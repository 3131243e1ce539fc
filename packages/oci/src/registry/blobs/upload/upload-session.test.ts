import { SquizzleError } from '@squizzle/core';
import { digestOf, parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, failingAfter, IN_CHUNKS, LARGE_BLOB, SMALL_BLOB } from '../../../../test/push-content.ts';
import { connectionLost, scriptTransfer, type TransferScript } from '../../../../test/scripted-transfer.ts';
import { createUploadServer, serveUploads, type UploadScene } from '../../../../test/upload-server.ts';
import { uploadBlob } from '../upload-blob.ts';

const { bytes, descriptor } = SMALL_BLOB;
const { digest } = descriptor;
const FAULT = { registry: 'registry.test', repository: null, requestId: null, status: 403, hint: '' };
const otherName = parseRepositoryName('team/base') as RepositoryName;

function expectNothingLeft({ server, openBodies }: UploadScene): void {
  expect([...server.sessions.keys()]).toEqual([]);
  expect(openBodies()).toBe(0);
}

describe('uploadBlob goes where the registry says', () => {
  it.each([
    {
      locate: (id: number) => `/v2/team/app/blobs/uploads/${id}`,
      to: '/v2/team/app/blobs/uploads/1?digest=',
      why: 'a path',
    },
    { locate: (id: number) => `${id}`, to: '/v2/team/app/blobs/uploads/1?digest=', why: 'a relative path' },
    {
      locate: (id: number) => `https://registry.test/up/${id}?_state=a%2Fb+c%3D%3D&x`,
      to: '/up/1?_state=a%2Fb+c%3D%3D&x&digest=',
      why: 'a URL whose query is not to be written anew',
    },
    { locate: (id: number) => `/up/${id}?#part`, to: '/up/1?digest=', why: 'an empty query and a fragment' },
    { locate: (id: number) => `https://storage.test:8443/up/${id}?sig=s`, to: '/up/1?sig=s&digest=', why: 'elsewhere' },
  ])('$why', async ({ locate, to }) => {
    const scene = serveUploads({ locate });
    await uploadBlob(scene.access, descriptor, [bytes]);
    const target = scene.requests.at(-1)?.url;
    expect(target?.href).toBe(
      new URL(`${to}${encodeURIComponent(digest)}`, new URL(locate(1), 'https://registry.test')).href,
    );
    expectNothingLeft(scene);
  });

  it('after each chunk anew', async () => {
    const scene = serveUploads({ locate: (id, size) => `/${size}/${id}?_state=${size}` }, IN_CHUNKS);
    await uploadBlob(scene.access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes]);
    const sizes = scene.requests.slice(2).map(({ url }) => Number(url.searchParams.get('_state')));
    expect(sizes).toEqual([0, 1, 2, 3, 4].map((chunks) => chunks * CHUNK_BYTES).concat(LARGE_BLOB.descriptor.size));
  });

  it('but not anywhere after a chunk', async () => {
    const scene = serveUploads(
      { locate: (id, size) => `${size === 0 ? '' : 'http://registry.test'}/v2/team/app/blobs/uploads/${id}` },
      IN_CHUNKS,
    );
    const push = uploadBlob(scene.access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes]);
    await expect(push).rejects.toMatchObject({ code: 'UNSAFE_REDIRECT' });
    expectNothingLeft(scene);
  });

  it.each([
    { location: 'http://registry.test/up/1', code: 'UNSAFE_REDIRECT', why: 'not from https to http' },
    { location: 'ftp://registry.test/up/1', code: 'UNSAFE_REDIRECT', why: 'not away from HTTP' },
    { location: 'http://[', code: 'UNSAFE_REDIRECT', why: 'not to what is no URL' },
    { location: '/v2/team/app/manifests/v1.0.0', code: 'UNSAFE_REDIRECT', why: 'not to a manifest' },
    { location: '/v2/team/other/blobs/uploads/1', code: 'UNSAFE_REDIRECT', why: 'not to another repository' },
    { location: undefined, code: 'RESPONSE_INVALID', why: 'nor to nowhere' },
  ])('but $why: $code', async ({ location, code }) => {
    const script: TransferScript = ({ method }) =>
      method === 'HEAD' ? { status: 404 } : { status: 202, ...(location !== undefined && { headers: { location } }) };
    const { access, requests } = scriptTransfer(script);
    await expect(uploadBlob(access, descriptor, [bytes])).rejects.toMatchObject({ code });
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'POST']);
  });
});

describe('uploadBlob away from the registry', () => {
  const away = 'https://storage.test/up/1';

  it.each([
    { back: 'https://registry.test/v2/team/app/manifests/v1.0.0', why: 'a manifest' },
    { back: 'https://registry.test/v2/team/app/blobs/uploads/1', why: 'what looks like its session' },
  ])('is not led back to it: $why', async ({ back }) => {
    const { access, requests } = scriptTransfer(({ method }) => {
      if (method === 'HEAD') return { status: 404 };
      return { status: 202, headers: { location: method === 'POST' ? away : back, range: '0-0' } };
    }, IN_CHUNKS);
    const push = uploadBlob(access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes]);
    await expect(push).rejects.toMatchObject({ code: 'UNSAFE_REDIRECT' });
    const asked = requests.filter(({ url, method }) => url.host === 'registry.test' && method !== 'HEAD');
    expect(asked.map(({ line }) => line)).toEqual(['POST /v2/team/app/blobs/uploads/']);
  });
});

describe('uploadBlob that fails', () => {
  it.each([
    { location: '/v2/team/app/blobs/uploads/1', cancels: true, why: 'a session' },
    { location: '/artifacts-uploads/namespaces/n/repositories/r/uploads/1', cancels: true, why: 'one of Google’s' },
    { location: 'https://storage.test/up/1', cancels: true, why: 'one elsewhere' },
    { location: '/api/projects/1', cancels: false, why: 'what may be something else' },
  ])('deletes nothing but sessions at the registry: $why', async ({ location, cancels }) => {
    const { access, requests } = scriptTransfer(({ method }) => {
      if (method === 'HEAD') return { status: 404 };
      return method === 'POST' ? { status: 202, headers: { location } } : { status: 403 };
    });
    await expect(uploadBlob(access, descriptor, [bytes])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(requests.some(({ method }) => method === 'DELETE')).toBe(cancels);
  });
});

describe('uploadBlob mounts', () => {
  const mountLine = `POST /v2/team/app/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=team%2Fbase`;

  function serveMount(status: number, headers = {}) {
    const server = createUploadServer();
    const script: TransferScript = async (request) =>
      request.line === mountLine && status !== 202 ? { status, headers } : server.script(request);
    return { server, ...scriptTransfer(script) };
  }

  it('without reading the content', async () => {
    const scene = serveMount(201, { 'docker-content-digest': digest });
    const never = failingAfter(new Uint8Array(), new RangeError('nobody should read this'));
    expect(await uploadBlob(scene.access, descriptor, never, { mountFrom: otherName })).toBe('mounted');
    expect(scene.requests.map(({ line, mountFrom }) => [line.split('?')[0], mountFrom])).toEqual([
      [`HEAD /v2/team/app/blobs/${digest}`, undefined],
      ['POST /v2/team/app/blobs/uploads/', 'team/base'],
    ]);
    expect(scene.events.at(-1)).toMatchObject({ type: 'blob-finished', outcome: 'mounted' });
  });

  it('or goes on with the session that it gets instead', async () => {
    const scene = serveMount(202);
    expect(await uploadBlob(scene.access, descriptor, [bytes], { mountFrom: otherName })).toBe('transferred');
    expect(scene.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT']);
    expectNothingLeft(scene);
  });

  it.each([400, 401, 403, 404, 405, 416])('or pushes as if nothing was asked, after %i', async (status) => {
    const scene = serveMount(status);
    expect(await uploadBlob(scene.access, descriptor, [bytes], { mountFrom: otherName })).toBe('transferred');
    expect(scene.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'POST', 'PUT']);
    expectNothingLeft(scene);
  });

  it.each([
    { thrown: new SquizzleError('FORBIDDEN', 'no', { ...FAULT, scopes: [] }), why: 'the other may not be read' },
    { thrown: new SquizzleError('AUTH_REQUIRED', 'no', { ...FAULT, credentials: null }), why: 'nobody may ask' },
  ])('or pushes as if nothing was asked, where $why', async ({ thrown }) => {
    const server = createUploadServer();
    const { access } = scriptTransfer((request) => {
      if (request.mountFrom !== undefined) throw thrown;
      return server.script(request);
    });
    expect(await uploadBlob(access, descriptor, [bytes], { mountFrom: otherName })).toBe('transferred');
  });

  it('and passes on that nobody was reached', async () => {
    const { access } = scriptTransfer(({ method }) => {
      if (method === 'POST') throw connectionLost();
      return { status: 404 };
    });
    const push = uploadBlob(access, descriptor, [bytes], { mountFrom: otherName });
    await expect(push).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it.each([
    { status: 500, headers: {}, code: 'REGISTRY_FAILED' },
    { status: 429, headers: {}, code: 'RATE_LIMITED' },
    { status: 201, headers: { 'docker-content-digest': digestOf(Buffer.from('x')) }, code: 'DIGEST_MISMATCH' },
  ])('and fails with $code after $status $headers', async ({ status, headers, code }) => {
    const { access } = serveMount(status, headers);
    await expect(uploadBlob(access, descriptor, [bytes], { mountFrom: otherName })).rejects.toMatchObject({ code });
  });

  it('and cancels the session when the content is wrong', async () => {
    const scene = serveMount(202);
    const push = uploadBlob(scene.access, descriptor, [bytes.subarray(1)], { mountFrom: otherName });
    await expect(push).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expectNothingLeft(scene);
  });
});
