import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import {
  CONTENT_FORMS,
  failingAfter,
  IN_CHUNKS,
  IN_ONE,
  LARGE_BLOB,
  SMALL_BLOB,
} from '../../../../test/push-content.ts';
import { serveUploads, type UploadScene } from '../../../../test/upload-server.ts';
import { uploadBlob } from '../upload-blob.ts';

function expectNothingLeft({ server, openBodies }: UploadScene): void {
  expect([...server.sessions.keys()]).toEqual([]);
  expect(openBodies()).toBe(0);
}

describe('uploadBlob takes content in every form', () => {
  const rows = CONTENT_FORMS.flatMap((form) =>
    [SMALL_BLOB, LARGE_BLOB].flatMap((blob) => [IN_ONE, IN_CHUNKS].map((limits) => ({ ...form, blob, limits }))),
  );
  it.each(rows)('$form of $blob.descriptor.size bytes with $limits', async ({ open, blob, limits }) => {
    const scene = serveUploads({}, limits);
    await uploadBlob(scene.access, blob.descriptor, open(blob.bytes, blob.descriptor));
    expect(scene.server.blobs.get(blob.descriptor.digest)?.equals(blob.bytes)).toBe(true);
    expectNothingLeft(scene);
  });
});

describe('uploadBlob commits nothing but the content', () => {
  const faults = [
    {
      fault: 'a wrong first byte',
      spoil: (b: Buffer) => Buffer.concat([Buffer.of(b[0]! ^ 1), b.subarray(1)]),
      code: 'DIGEST_MISMATCH',
    },
    {
      fault: 'a wrong last byte',
      spoil: (b: Buffer) => Buffer.concat([b.subarray(0, -1), Buffer.of(b.at(-1)! ^ 1)]),
      code: 'DIGEST_MISMATCH',
    },
    { fault: 'a byte too few', spoil: (b: Buffer) => b.subarray(0, -1), code: 'SIZE_MISMATCH' },
    { fault: 'a byte too many', spoil: (b: Buffer) => Buffer.concat([b, Buffer.of(0)]), code: 'SIZE_MISMATCH' },
    { fault: 'no byte at all', spoil: () => Buffer.alloc(0), code: 'SIZE_MISMATCH' },
  ];
  const rows = faults.flatMap((fault) =>
    CONTENT_FORMS.flatMap((form) =>
      [
        { blob: SMALL_BLOB, limits: {} },
        { blob: LARGE_BLOB, limits: IN_ONE },
        { blob: LARGE_BLOB, limits: IN_CHUNKS },
      ].map((scene) => ({ ...fault, ...form, ...scene })),
    ),
  );
  it.each(rows)(
    '$fault in $form of $blob.descriptor.size bytes with $limits',
    async ({ spoil, open, blob, limits, code }) => {
      const scene = serveUploads({}, limits);
      const content = open(spoil(blob.bytes), blob.descriptor);
      await expect(uploadBlob(scene.access, blob.descriptor, content)).rejects.toMatchObject({
        name: 'ContentError',
        code,
      });
      expect([...scene.server.blobs.keys()]).toEqual([]);
      expectNothingLeft(scene);
    },
  );

  it.each([
    { blob: SMALL_BLOB, limits: {} },
    { blob: LARGE_BLOB, limits: IN_ONE },
    { blob: LARGE_BLOB, limits: IN_CHUNKS },
  ])(
    'and hands on what the content throws, as it is: $blob.descriptor.size bytes with $limits',
    async ({ blob, limits }) => {
      const error = new TypeError('the source broke');
      for (const once of [true, false]) {
        const scene = serveUploads({}, limits);
        const open = () => failingAfter(blob.bytes.subarray(0, -9), error);
        const content = once ? open() : { [Symbol.asyncIterator]: open };
        await expect(uploadBlob(scene.access, blob.descriptor, content)).rejects.toBe(error);
        expectNothingLeft(scene);
      }
    },
  );

  it.each([{ limits: IN_ONE }, { limits: IN_CHUNKS }])(
    'and checks what the registry calls it, with $limits',
    async ({ limits }) => {
      const wrong = digestOf(Buffer.from('x'));
      const scene = serveUploads({ closingHeaders: { 'docker-content-digest': wrong } }, limits);
      await expect(uploadBlob(scene.access, LARGE_BLOB.descriptor, [LARGE_BLOB.bytes])).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
        details: { expected: LARGE_BLOB.descriptor.digest, actual: wrong },
      });
    },
  );
});
