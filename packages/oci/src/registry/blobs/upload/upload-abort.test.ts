import { describe, expect, it } from 'vitest';
import {
  CHUNK_BYTES,
  IN_CHUNKS,
  IN_ONE,
  LARGE_BLOB,
  SMALL_BLOB,
  stallingAfter,
} from '../../../../test/push-content.ts';
import { scriptTransfer } from '../../../../test/scripted-transfer.ts';
import { createUploadServer, serveUploads, type UploadScene } from '../../../../test/upload-server.ts';
import { uploadBlob } from '../upload-blob.ts';

const { bytes, descriptor } = SMALL_BLOB;

function expectNothingLeft({ server, openBodies }: UploadScene): void {
  expect([...server.sessions.keys()]).toEqual([]);
  expect(openBodies()).toBe(0);
}

describe('uploadBlob stops when aborted', () => {
  const reason = new RangeError('stopped by the test');

  it.each(['HEAD', 'POST', 'PATCH', 'PUT'])('during %s, and cancels what it has begun', async (method) => {
    const controller = new AbortController();
    const server = createUploadServer();
    const scripted = scriptTransfer((request) => {
      if (request.method !== method) return server.script(request);
      controller.abort(reason);
      return new Promise(() => undefined);
    }, IN_CHUNKS);
    const push = uploadBlob(scripted.access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes], controller);
    await expect(push).rejects.toBe(reason);
    expect([...server.sessions.keys()]).toEqual([]);
    expect(
      scripted.requests.filter(({ signal }) => signal?.aborted === false).map((request) => request.method),
    ).toEqual(method === 'PATCH' || method === 'PUT' ? ['DELETE'] : []);
  });

  it.each([{ limits: IN_ONE }, { limits: IN_CHUNKS }])(
    'while the content keeps it waiting, with $limits',
    async ({ limits }) => {
      for (const once of [true, false]) {
        const controller = new AbortController();
        const scene = serveUploads({}, limits);
        const open = () => stallingAfter(LARGE_BLOB.bytes.subarray(0, 2 * CHUNK_BYTES), () => controller.abort(reason));
        const content = once ? open() : { [Symbol.asyncIterator]: open };
        await expect(uploadBlob(scene.access, LARGE_BLOB.descriptor, content, controller)).rejects.toBe(reason);
        expectNothingLeft(scene);
      }
    },
  );

  it('though the registry does not answer that it should forget the upload', async () => {
    const controller = new AbortController();
    const server = createUploadServer();
    const { access } = scriptTransfer((request) => {
      if (request.method === 'PUT') controller.abort(reason);
      return request.method === 'PUT' || request.method === 'DELETE'
        ? new Promise(() => undefined)
        : server.script(request);
    });
    const start = performance.now();
    await expect(uploadBlob(access, descriptor, [bytes], controller)).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
