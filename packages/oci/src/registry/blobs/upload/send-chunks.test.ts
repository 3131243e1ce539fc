import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, CONTENT_FORMS, createBlob, IN_CHUNKS, LARGE_BLOB } from '../../../../test/push-content.ts';
import { faultOn, methodsOf, serveUploads, type Fault, type UploadScene } from '../../../../test/upload-server.ts';
import { uploadBlob } from '../upload-blob.ts';

const { bytes, descriptor } = LARGE_BLOB;
const READ_AGAIN = CONTENT_FORMS.filter(({ once }) => !once);
/** Of an array, most is one piece. */
const IN_PIECES = READ_AGAIN.filter(({ form }) => form !== 'an array');

function expectDone({ server, openBodies }: UploadScene): void {
  expect(server.blobs.get(descriptor.digest)?.equals(bytes)).toBe(true);
  expect([...server.sessions.keys()]).toEqual([]);
  expect(openBodies()).toBe(0);
}

/** `0-1048575`, as they were sent. */
function ranges({ requests }: Pick<UploadScene, 'requests'>): readonly string[] {
  return requests.flatMap(({ headers }) => headers?.['content-range'] ?? []);
}

describe('a blob in chunks', () => {
  const places = [0, 30_000, CHUNK_BYTES - 1, CHUNK_BYTES];
  const turns = [0, 3];
  const rows = CONTENT_FORMS.flatMap((form) =>
    places.flatMap((arriving) =>
      turns.flatMap((turn) => [true, false].map((keeps) => ({ ...form, arriving, turn, keeps }))),
    ),
  );
  it.each(rows)(
    'goes on after chunk $turn of $form broke off behind $arriving bytes (kept: $keeps)',
    async ({ open, arriving, turn, keeps }) => {
      const scene = serveUploads(faultOn('PATCH', [turn], { arriving, keeps }), IN_CHUNKS);
      await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
      expectDone(scene);
      expect(scene.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    },
  );

  it('sends only what did not arrive', async () => {
    const scene = serveUploads(faultOn('PATCH', [1], { arriving: 40_000 }), IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, [bytes]);
    const firsts = ranges(scene).map((range) => Number(range.split('-')[0]));
    expect(firsts.slice(0, 4)).toEqual([0, CHUNK_BYTES, CHUNK_BYTES + 40_000, 2 * CHUNK_BYTES + 40_000]);
  });

  it.each(CONTENT_FORMS)('believes the answer to a question, not the one to a chunk, with $form', async ({ open }) => {
    const scene = serveUploads(faultOn('PATCH', [1], { keeps: true, answer: { status: 416 } }), IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
    expectDone(scene);
    expect(methodsOf(scene)).toBe('HEAD POST PATCH PATCH GET PATCH PATCH PATCH PUT');
  });

  it.each([500, 503, 429, 408])('goes on after %i', async (status) => {
    const scene = serveUploads(faultOn('PATCH', [1], { keeps: false, answer: { status } }), IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).toBe('HEAD POST PATCH PATCH GET PATCH PATCH PATCH PATCH PUT');
  });

  it('waits for a registry that is still busy with what was lost', async () => {
    const busy = { keeps: false, answer: { status: 409 } };
    const scene = serveUploads(
      { fault: ({ method }, before) => ((busyAt[method] ?? []).includes(before) ? busy : undefined) },
      IN_CHUNKS,
    );
    const busyAt: Readonly<Record<string, readonly number[]>> = { PATCH: [1], GET: [0, 1] };
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).toBe('HEAD POST PATCH PATCH GET GET GET PATCH PATCH PATCH PATCH PUT');
  });

  it('goes back where the registry has lost some, and reads the content anew', async () => {
    const scene = serveUploads(
      { fault: ({ method }, before) => (method === 'PATCH' && before === 3 ? lose() : undefined) },
      IN_CHUNKS,
    );
    const lose = (): Fault => {
      scene.server.sessions.set(1, Buffer.from(bytes.subarray(0, 10)));
      return { keeps: false, answer: { status: 416 } };
    };
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(ranges(scene)[4]).toBe(`10-${CHUNK_BYTES + 9}`);
  });

  it('fails where the registry has lost what cannot be read again', async () => {
    const scene = serveUploads(
      { fault: ({ method }, before) => (method === 'PATCH' && before === 3 ? lose() : undefined) },
      IN_CHUNKS,
    );
    const lose = (): Fault => {
      scene.server.sessions.set(1, Buffer.from(bytes.subarray(0, 10)));
      return { keeps: false };
    };
    const once = CONTENT_FORMS.find((form) => form.once);
    await expect(uploadBlob(scene.access, descriptor, once?.open(bytes, descriptor) ?? [])).rejects.toMatchObject({
      code: 'TRUNCATED',
      details: { receivedBytes: 3 * CHUNK_BYTES },
    });
    expect([...scene.server.sessions.keys()]).toEqual([]);
    expect([...scene.server.blobs.keys()]).toEqual([]);
  });

  it('notices bytes that were taken twice, where the registry counts them', async () => {
    // What was lost on the way arrives after the registry was asked how much it has.
    const scene = serveUploads(
      {
        appends: true,
        fault({ method }, before) {
          if (method !== 'PATCH' || before !== 2) return undefined;
          scene.server.sessions.set(1, Buffer.concat([bytes.subarray(0, 2 * CHUNK_BYTES), Buffer.alloc(5)]));
          return undefined as Fault | undefined;
        },
      },
      IN_CHUNKS,
    );
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(scene.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });

  it('notices bytes that were taken twice, where the registry does not count them', async () => {
    const scene = serveUploads(
      {
        appends: true,
        counts: 'silent',
        fault({ method }, before) {
          if (method === 'PATCH' && before === 1) return { arriving: 100 };
          if (method !== 'PATCH' || before !== 2) return undefined;
          scene.server.sessions.set(1, Buffer.concat([scene.server.sessions.get(1) ?? bytes, Buffer.alloc(5)]));
          return undefined as Fault | undefined;
        },
      },
      IN_CHUNKS,
    );
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(scene.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });

  it('begins anew where the registry finds fault with what it has after something went wrong', async () => {
    const scene = serveUploads(
      {
        fault({ method }, before) {
          if (method === 'PATCH' && before === 1) return { arriving: 100 };
          if (method === 'PUT' && before === 0) scene.server.sessions.set(1, Buffer.alloc(bytes.byteLength));
          return undefined;
        },
      },
      IN_CHUNKS,
    );
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).toContain('PUT HEAD DELETE POST');
  });

  it.each(IN_PIECES)(
    'is not closed when the last chunk of $form was answered before all was sent',
    async ({ open }) => {
      const early = { arriving: 5, answer: { status: 202 } };
      const scene = serveUploads(faultOn('PATCH', [1], early), { ...IN_CHUNKS, chunkBytes: 150_000 });
      await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
      expectDone(scene);
      expect(methodsOf(scene)).toBe('HEAD POST PATCH PATCH GET PATCH PUT');
      expect(ranges(scene)[2]).toBe(`150005-${descriptor.size - 1}`);
    },
  );

  it('needs no count where nothing goes wrong', async () => {
    const scene = serveUploads({ counts: 'silent' }, IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).not.toContain('GET');
  });

  it.each(READ_AGAIN)('begins anew where the registry does not say how much it has, with $form', async ({ open }) => {
    const scene = serveUploads({ ...faultOn('PATCH', [2], { arriving: 100 }), tells: false }, IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
    expectDone(scene);
    expect(methodsOf(scene)).toContain('PATCH GET HEAD DELETE POST PATCH');
  });

  it.each(READ_AGAIN)('begins anew where the session has expired, with $form', async ({ open }) => {
    const scene = serveUploads(faultOn('PATCH', [2], { answer: { status: 404 }, forgets: true }), IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
    expectDone(scene);
    expect(methodsOf(scene)).toContain('PATCH HEAD POST PATCH');
  });

  it('begins anew with the first chunk of what can be read once', async () => {
    const scene = serveUploads(faultOn('PATCH', [0], { answer: { status: 404 }, forgets: true }), IN_CHUNKS);
    const once = CONTENT_FORMS.find((form) => form.once);
    await uploadBlob(scene.access, descriptor, once?.open(bytes, descriptor) ?? []);
    expectDone(scene);
  });

  it.each([
    { fault: { answer: { status: 500 } }, why: 'failed' },
    { fault: {}, why: 'was not answered' },
  ])('is closed again when closing $why, and not sent again', async ({ fault }) => {
    const scene = serveUploads(faultOn('PUT', [0], fault), IN_CHUNKS);
    await uploadBlob(scene.access, descriptor, [bytes]);
    expectDone(scene);
    expect(methodsOf(scene)).toBe('HEAD POST PATCH PATCH PATCH PATCH PATCH PUT HEAD GET PUT');
  });

  it('is cut smaller, and smaller again, until it is taken', async () => {
    const mib = 1024 * 1024;
    const blob = createBlob(4 * mib + 1);
    const scene = serveUploads({ mostBodyBytes: 300_000 }, { chunkBytes: 4 * mib, monolithicBytes: 0 });
    await uploadBlob(scene.access, blob.descriptor, [blob.bytes]);
    expect(scene.server.blobs.get(blob.descriptor.digest)?.equals(blob.bytes)).toBe(true);
    const sent = scene.requests.flatMap(({ method, body }) => (method === 'PATCH' ? [body?.sizeBytes] : []));
    expect(sent).toEqual([4 * mib, mib, ...Array<number>(16).fill(mib / 4), 1]);
  });

  it('is TOO_LARGE where the smallest chunk is', async () => {
    const scene = serveUploads({ mostBodyBytes: 1_000 }, IN_CHUNKS);
    await expect(uploadBlob(scene.access, descriptor, [bytes])).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect([...scene.server.sessions.keys()]).toEqual([]);
  });

  it.each([
    { minimum: `${2 * CHUNK_BYTES}`, chunks: 3, why: 'as large as the registry asks' },
    { minimum: '100', chunks: 5, why: 'as large as is usual where it asks for less' },
    { minimum: 'many', chunks: 5, why: 'as large as is usual where it asks for nothing that can be read' },
    { minimum: '999999999999999', chunks: 1, why: 'in one where it asks for more than there is' },
  ])('goes in $chunks chunks, $why', async ({ minimum, chunks }) => {
    for (const { open } of CONTENT_FORMS) {
      const scene = serveUploads({ openingHeaders: { 'oci-chunk-min-length': minimum } }, IN_CHUNKS);
      await uploadBlob(scene.access, descriptor, open(bytes, descriptor));
      expectDone(scene);
      expect(ranges(scene)).toHaveLength(chunks);
    }
  });

  it('is given up after as many tries as are allowed without getting further', async () => {
    const scene = serveUploads(
      { fault: ({ method }, before) => (method === 'PATCH' && before > 1 ? { arriving: 0 } : undefined) },
      IN_CHUNKS,
    );
    await expect(uploadBlob(scene.access, descriptor, [bytes])).rejects.toMatchObject({
      code: 'TRUNCATED',
      details: { receivedBytes: 2 * CHUNK_BYTES },
    });
    expect(ranges(scene)).toHaveLength(2 + scene.access.limits.attempts);
    expect([...scene.server.sessions.keys()]).toEqual([]);
  });

  it('is given up though each new session gets as far as the one before', async () => {
    const scene = serveUploads(
      { fault: ({ method }, before) => (method === 'PATCH' && before % 2 === 1 ? { forgets: true } : undefined) },
      IN_CHUNKS,
    );
    await expect(uploadBlob(scene.access, descriptor, [bytes])).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(scene.requests.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(
      scene.access.limits.attempts,
    );
  });
});
