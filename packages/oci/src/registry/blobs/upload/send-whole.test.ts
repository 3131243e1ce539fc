import { SquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, CONTENT_FORMS, IN_ONE, LARGE_BLOB, SMALL_BLOB } from '../../../../test/push-content.ts';
import { scriptTransfer } from '../../../../test/scripted-transfer.ts';
import {
  createUploadServer,
  faultOn,
  methodsOf,
  serveUploads,
  type UploadScene,
  type UploadServerOptions,
} from '../../../../test/upload-server.ts';
import { uploadBlob } from '../upload-blob.ts';

const { bytes, descriptor } = LARGE_BLOB;
const READ_AGAIN = CONTENT_FORMS.filter(({ once }) => !once);
const serve = (options: UploadServerOptions, limits = {}): UploadScene =>
  serveUploads(options, { ...IN_ONE, ...limits });

function expectDone({ server, openBodies }: UploadScene): void {
  expect(server.blobs.get(descriptor.digest)?.equals(bytes)).toBe(true);
  expect([...server.sessions.keys()]).toEqual([]);
  expect(openBodies()).toBe(0);
}

describe('a blob in one request', () => {
  const quarters = [0, 0.25, 0.5, 0.75, 1].map((part) => Math.floor(part * descriptor.size));
  it.each(quarters.flatMap((arriving) => READ_AGAIN.map((form) => ({ arriving, ...form }))))(
    'goes in chunks after the connection was lost behind $arriving bytes of $form',
    async ({ arriving, open }) => {
      const scene = serve(faultOn('PUT', [0], { arriving }));
      await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
      expectDone(scene);
      expect(methodsOf(scene)).toBe('HEAD POST PUT HEAD DELETE POST PATCH PATCH PATCH PATCH PATCH PUT');
    },
  );

  it('goes in chunks where it is too large for one request', async () => {
    const scene = serve({ mostBodyBytes: 2 * CHUNK_BYTES }, { chunkBytes: 2 * CHUNK_BYTES });
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).toBe('HEAD POST PUT HEAD DELETE POST PATCH PATCH PATCH PUT');
  });

  it('is there though the answer that says so was lost', async () => {
    const scene = serve({});
    const { access } = scriptTransfer(async (request) => {
      const answer = await scene.server.script(request);
      return request.method === 'PUT' ? { status: 502 } : answer;
    });
    expect(await uploadBlob(access, descriptor, [bytes])).toBe('transferred');
    expectDone(scene);
  });

  it.each([408, 429, 500, 502, 503, 504, 524])('is sent again, in one request, after %i', async (status) => {
    const scene = serve(faultOn('PUT', [0, 1], { answer: { status } }));
    await uploadBlob(scene.access, SMALL_BLOB.descriptor, [SMALL_BLOB.bytes]);
    expect(methodsOf(scene)).toBe('HEAD POST PUT HEAD DELETE POST PUT HEAD DELETE POST PUT');
    expect([...scene.server.blobs.keys()]).toEqual([SMALL_BLOB.descriptor.digest]);
  });

  it('is sent again where the transport says that the registry wants a rest', async () => {
    const server = createUploadServer();
    let asked = 0;
    const { access } = scriptTransfer((request) => {
      if (request.method !== 'PUT' || (asked += 1) > 1) return server.script(request);
      const fault = { registry: 'registry.test', repository: null, requestId: null, status: 429, hint: '' };
      throw new SquizzleError('RATE_LIMITED', 'not now', { ...fault, retryAt: null });
    }, IN_ONE);
    await uploadBlob(access, descriptor, [bytes]);
    expect(asked).toBe(2);
    expect([...server.blobs.keys()]).toEqual([descriptor.digest]);
  });

  it('waits as long as the registry asks, and no longer than it may', async () => {
    const answer = { status: 429, headers: { 'retry-after': '3600' } };
    const scene = serve(faultOn('PUT', [0], { answer }));
    await expect(uploadBlob(scene.access, descriptor, [bytes])).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(methodsOf(scene)).toBe('HEAD POST PUT HEAD DELETE');
  });

  it('goes to a new session where the one that it had is gone', async () => {
    const scene = serve(faultOn('PUT', [0], { answer: { status: 404 }, forgets: true }));
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).toBe('HEAD POST PUT HEAD POST PUT');
  });

  it.each([
    { status: 400, code: 'RESPONSE_INVALID' },
    { status: 401, code: 'AUTH_REQUIRED' },
    { status: 403, code: 'FORBIDDEN' },
    { status: 405, code: 'UNSUPPORTED' },
    { status: 202, code: 'RESPONSE_INVALID' },
  ])('fails with $code after $status, and cancels', async ({ status, code }) => {
    const scene = serve(faultOn('PUT', [0], { answer: { status } }));
    await expect(uploadBlob(scene.access, descriptor, [bytes])).rejects.toMatchObject({ code });
    expect(scene.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect([...scene.server.sessions.keys()]).toEqual([]);
  });

  it.each([
    { fault: { arriving: 0 }, code: 'TRUNCATED' },
    { fault: { answer: { status: 503 } }, code: 'REGISTRY_FAILED' },
  ])('is given up with $code after as many tries as are allowed', async ({ fault, code }) => {
    const scene = serve(
      { fault: ({ method }) => (method === 'PUT' || method === 'PATCH' ? fault : undefined) },
      { attempts: 3 },
    );
    await expect(uploadBlob(scene.access, SMALL_BLOB.descriptor, [SMALL_BLOB.bytes])).rejects.toMatchObject({ code });
    expect(scene.requests.filter(({ method }) => method === 'PUT' || method === 'PATCH').length).toBeLessThanOrEqual(3);
    expect([...scene.server.sessions.keys()]).toEqual([]);
  });
});
