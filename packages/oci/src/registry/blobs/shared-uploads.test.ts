import { sampleBlob } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { scriptTransfer, type TransferAnswer } from '../../../test/scripted-transfer.ts';
import { createSharedUploads } from './shared-uploads.ts';

const { descriptor, bytes } = sampleBlob(1000);

/** Has nothing at first; an upload takes some turns. `failures`: of so many uploads. */
function open(failures = 0) {
  let [isThere, begun] = [false, 0];
  return scriptTransfer(async ({ method, read }): Promise<TransferAnswer> => {
    if (method === 'HEAD') return { status: isThere ? 200 : 404, headers: { 'content-length': `${bytes.byteLength}` } };
    if (method === 'POST' && (begun += 1) <= failures) return { status: 403 };
    if (method === 'POST') return { status: 202, headers: { location: '/v2/team/app/blobs/uploads/1' } };
    await read();
    isThere = true;
    return { status: 201, headers: { 'docker-content-digest': descriptor.digest } };
  });
}

describe('a blob that several push at once', () => {
  it('is uploaded once', async () => {
    const { access, requests } = open();
    const upload = createSharedUploads(access);
    await Promise.all(Array.from({ length: 8 }, async () => upload(descriptor, [bytes], {})));
    expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('is uploaded by the next when the first fails', async () => {
    const { access, requests } = open(1);
    const upload = createSharedUploads(access);
    const [first, second] = await Promise.allSettled([
      upload(descriptor, [bytes], {}),
      upload(descriptor, [bytes], {}),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('is not waited for by one who gives up', async () => {
    const { access } = scriptTransfer(async () => new Promise<TransferAnswer>(() => undefined));
    const upload = createSharedUploads(access);
    const [first, second] = [new AbortController(), new AbortController()];
    const [firstReason, secondReason] = [new RangeError('first'), new RangeError('second')];
    const uploading = upload(descriptor, [bytes], { signal: first.signal });
    const waiting = upload(descriptor, [bytes], { signal: second.signal });
    second.abort(secondReason);
    await expect(waiting).rejects.toBe(secondReason);
    first.abort(firstReason);
    await expect(uploading).rejects.toBe(firstReason);
  });
});
