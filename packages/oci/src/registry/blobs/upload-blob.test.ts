import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { failingAfter, inChunks, IN_CHUNKS, IN_ONE, LARGE_BLOB, SMALL_BLOB } from '../../../test/push-content.ts';
import { scriptTransfer, type ScriptedTransfer } from '../../../test/scripted-transfer.ts';
import { createUploadServer, serveUploads, type UploadScene } from '../../../test/upload-server.ts';
import { uploadBlob } from './upload-blob.ts';

const { bytes, descriptor } = SMALL_BLOB;
const { digest } = descriptor;

function lines({ requests }: Pick<ScriptedTransfer, 'requests'>): readonly string[] {
  return requests.map(({ line }) => line.replaceAll(digest, 'DIGEST').replaceAll(encodeURIComponent(digest), 'DIGEST'));
}

function expectNothingLeft({ server, openBodies }: UploadScene): void {
  expect([...server.sessions.keys()]).toEqual([]);
  expect(openBodies()).toBe(0);
}

describe('uploadBlob asks for as little as it can', () => {
  it('one request where the blob is there, without reading the content', async () => {
    const scene = serveUploads();
    scene.server.blobs.set(digest, bytes);
    const never = failingAfter(new Uint8Array(), new RangeError('nobody should read this'));
    expect(await uploadBlob(scene.access, descriptor, never)).toBe('present');
    expect(lines(scene)).toEqual(['HEAD /v2/team/app/blobs/DIGEST']);
    expect(scene.requests[0]?.action).toBe('push');
    expect(scene.events).toEqual([
      { type: 'blob-finished', direction: 'push', digest, totalBytes: 1_000, outcome: 'present' },
    ]);
  });

  it.each([
    { blob: SMALL_BLOB, limits: {}, requests: ['HEAD', 'POST', 'PUT'] },
    { blob: LARGE_BLOB, limits: IN_ONE, requests: ['HEAD', 'POST', 'PUT'] },
    { blob: LARGE_BLOB, limits: IN_CHUNKS, requests: ['HEAD', 'POST', ...Array<string>(5).fill('PATCH'), 'PUT'] },
  ])('$blob.descriptor.size bytes with $limits: $requests', async ({ blob, limits, requests }) => {
    const scene = serveUploads({}, limits);
    expect(await uploadBlob(scene.access, blob.descriptor, [blob.bytes])).toBe('transferred');
    expect(scene.requests.map(({ method }) => method)).toEqual(requests);
    expect(scene.server.blobs.get(blob.descriptor.digest)?.equals(blob.bytes)).toBe(true);
    expectNothingLeft(scene);
  });

  it('takes a blob without bytes', async () => {
    const scene = serveUploads();
    const nothing = { digest: digestOf(new Uint8Array()), size: 0 };
    expect(await uploadBlob(scene.access, nothing, [])).toBe('transferred');
    expect(scene.server.blobs.get(nothing.digest)).toEqual(Buffer.alloc(0));
  });

  it('says by what algorithm the digest is, where it is not the usual one', async () => {
    const scene = serveUploads();
    const strong = { digest: digestOf(bytes, 'sha512'), size: bytes.byteLength };
    await uploadBlob(scene.access, strong, [bytes]);
    expect(scene.server.blobs.has(strong.digest)).toBe(true);
    expect(lines(scene)[1]).toBe('POST /v2/team/app/blobs/uploads/?digest-algorithm=sha512');
  });

  it('sends what may not be sent twice with that mark', async () => {
    const scene = serveUploads({}, IN_CHUNKS);
    await uploadBlob(scene.access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes]);
    const marked = scene.requests.map(({ method, retry }) => `${method} ${retry ?? 'as usual'}`);
    expect(new Set(marked)).toEqual(new Set(['HEAD as usual', 'POST as usual', 'PATCH never', 'PUT never']));
  });
});

describe('uploadBlob and others', () => {
  it('succeeds for everyone who pushes the same at once', async () => {
    const scene = serveUploads({}, IN_CHUNKS);
    const pushes = Array.from({ length: 8 }, async () =>
      uploadBlob(scene.access, LARGE_BLOB.descriptor, inChunks(LARGE_BLOB.bytes)),
    );
    const outcomes = await Promise.all(pushes);
    expect(outcomes.every((outcome) => outcome === 'transferred' || outcome === 'present')).toBe(true);
    expectNothingLeft(scene);
  });

  it.each([400, 409, 422])('succeeds where the registry answers %i to the slower of two', async (status) => {
    const scene = serveUploads({
      fault({ method }) {
        if (method !== 'PUT') return undefined;
        scene.server.blobs.set(digest, bytes);
        return { answer: { status } };
      },
    });
    expect(await uploadBlob(scene.access, descriptor, [bytes])).toBe('transferred');
  });

  it('sends no more at once than the gate lets pass', async () => {
    let running = 0;
    let most = 0;
    const server = createUploadServer();
    const { access } = scriptTransfer(async (request) => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return server.script(request);
    });
    const blobs = Array.from({ length: 12 }, (_, at) => Buffer.from(`blob ${at}`));
    await Promise.all(blobs.map(async (b) => uploadBlob(access, { digest: digestOf(b), size: b.byteLength }, [b])));
    expect(most).toBe(access.limits.concurrency);
  });
});

describe('uploadBlob tells', () => {
  it('how far it has come, and how it ended', async () => {
    const { access, events } = serveUploads({}, IN_CHUNKS);
    await uploadBlob(access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes]);
    const done = events.flatMap((event) => (event.type === 'blob-progress' ? [event.doneBytes] : []));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(0)).toBe(0);
    expect(done.at(-1)).toBe(LARGE_BLOB.descriptor.size);
    expect(events.at(-1)).toMatchObject({ type: 'blob-finished', direction: 'push', outcome: 'transferred' });
  });
});
