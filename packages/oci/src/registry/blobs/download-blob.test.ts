import { isVerifiedAs, digestOf, type ContentId } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { failingAfter } from '../../../test/push-content.ts';
import {
  connectionLost,
  cutOff,
  scriptTransfer,
  type TransferScript,
  type ScriptedTransfer,
  type TransferRequest,
} from '../../../test/scripted-transfer.ts';
import { downloadBlob } from './download-blob.ts';

const bytes = Buffer.from(Array.from({ length: 100 }, (_, at) => at));
const blob: ContentId = { digest: digestOf(bytes), size: bytes.byteLength };
const ETAG = '"v1"';

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function firstByte({ headers }: TransferRequest): number {
  return Number(/^bytes=(\d+)-$/.exec(headers?.['range'] ?? '')?.[1] ?? 0);
}

/** Serves `content` from the byte that is asked for, and breaks off each time after so many bytes. */
function serving(content: Uint8Array, { most = Infinity, ranges = true } = {}): TransferScript {
  return (request) => {
    const first = ranges ? firstByte(request) : 0;
    if (first >= content.byteLength && first > 0) return { status: 416 };
    const rest = content.subarray(first);
    const headers = { etag: ETAG, 'content-length': `${rest.byteLength}` };
    const body = rest.byteLength <= most ? [rest] : cutOff(rest.subarray(0, most));
    if (first === 0) return { status: 200, headers, body };
    const range = `bytes ${first}-${content.byteLength - 1}/${content.byteLength}`;
    return { status: 206, headers: { ...headers, 'content-range': range }, body };
  };
}

const MIB = 1024 * 1024;
const large = Buffer.alloc(5.5 * MIB, 7);
const largeBlob: ContentId = { digest: digestOf(large), size: large.byteLength };

/** Knows no ranges, and breaks off a byte later each time. */
function fartherEachTime(first = MIB): TransferScript {
  let most = first;
  return (request) => serving(large, { most: (most += 1), ranges: false })(request);
}

function expectAllClosed({ openBodies, access }: ScriptedTransfer): Promise<unknown> {
  expect(openBodies()).toBe(0);
  // Every place at the gate is free again.
  return Promise.all(Array.from({ length: access.limits.concurrency }, async () => access.gate.enter()));
}

describe('downloadBlob', () => {
  it('gives the bytes, in one request, each time that it is read', async () => {
    const scripted = scriptTransfer(serving(bytes));
    const content = downloadBlob(scripted.access, blob);
    expect(scripted.requests).toEqual([]);
    expect(await collect(content)).toEqual(bytes);
    expect(await collect(content)).toEqual(bytes);
    expect(isVerifiedAs(content, blob)).toBe(true);
    expect(scripted.requests.map(({ line, headers }) => [line, headers])).toEqual(
      Array.from({ length: 2 }, () => [`GET /v2/team/app/blobs/${blob.digest}`, { 'accept-encoding': 'identity' }]),
    );
    await expectAllClosed(scripted);
  });

  it('gives a blob without bytes', async () => {
    const { access } = scriptTransfer(serving(new Uint8Array()));
    const nothing = { digest: digestOf(new Uint8Array()), size: 0 };
    expect(await collect(downloadBlob(access, nothing))).toEqual(Buffer.alloc(0));
  });

  it('is CONTENT_NOT_FOUND at the first read where the registry has none', async () => {
    const scripted = scriptTransfer(() => ({ status: 404 }));
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toMatchObject({
      code: 'CONTENT_NOT_FOUND',
      details: { digest: blob.digest },
    });
    await expectAllClosed(scripted);
  });

  it('never looks at the places that a descriptor names', async () => {
    const { access, requests } = scriptTransfer(serving(bytes));
    const foreign = { ...blob, urls: ['https://elsewhere.test/blob'], data: 'AAAA', mediaType: 'a/b' };
    expect(await collect(downloadBlob(access, foreign))).toEqual(bytes);
    expect(requests.map(({ url }) => url.host)).toEqual(['registry.test']);
  });
});

describe('downloadBlob goes on with what broke off', () => {
  it.each(Array.from({ length: 10 }, (_, tenth) => ({ most: (tenth + 1) * 10 - 5 })))(
    'after every $most bytes',
    async ({ most }) => {
      const scripted = scriptTransfer(serving(bytes, { most }), { attempts: 20 });
      expect(await collect(downloadBlob(scripted.access, blob))).toEqual(bytes);
      const [, ...again] = scripted.requests;
      expect(again).toHaveLength(Math.ceil(100 / most) - 1);
      expect(again.map(({ headers }) => headers)).toEqual(
        again.map((_, at) => ({
          'accept-encoding': 'identity',
          range: `bytes=${(at + 1) * most}-`,
          'if-range': ETAG,
        })),
      );
      await expectAllClosed(scripted);
    },
  );

  it('with bytes that were given already left out, where the registry begins anew', async () => {
    const answers = [40, 70, Infinity].map((most) => serving(bytes, { most, ranges: false }));
    const { access, requests } = scriptTransfer(async (request) => (answers.shift() ?? serving(bytes))(request));
    expect(await collect(downloadBlob(access, blob))).toEqual(bytes);
    expect(requests).toHaveLength(3);
  });

  it('where the answer ends early without a word', async () => {
    const answers: TransferScript[] = [() => ({ status: 200, body: [bytes.subarray(0, 30)] }), serving(bytes)];
    const { access } = scriptTransfer(async (request) => (answers.shift() ?? serving(bytes))(request));
    expect(await collect(downloadBlob(access, blob))).toEqual(bytes);
  });

  it('though the connection is lost after the last byte', async () => {
    const { access, requests } = scriptTransfer(() => ({ status: 200, body: cutOff(bytes) }));
    expect(await collect(downloadBlob(access, blob))).toEqual(bytes);
    expect(requests).toHaveLength(1);
  });

  it.each([
    { etag: 'W/"v1"', why: 'a weak validator' },
    { etag: '"a\u00e9b"', why: 'one that cannot be a header' },
  ])('without If-Range for $why', async ({ etag }) => {
    const answers: TransferScript[] = [() => ({ status: 200, headers: { etag }, body: cutOff(bytes.subarray(0, 9)) })];
    const { access, requests } = scriptTransfer(async (request) => (answers.shift() ?? serving(bytes))(request));
    await collect(downloadBlob(access, blob));
    expect(requests[1]?.headers).toEqual({ 'accept-encoding': 'identity', range: 'bytes=9-' });
  });

  it('as long as it gets well further, however often', async () => {
    const { access, requests } = scriptTransfer(serving(large, { most: MIB }), { attempts: 2 });
    expect((await collect(downloadBlob(access, largeBlob))).equals(large)).toBe(true);
    expect(requests).toHaveLength(6);
  });

  it.each([
    { script: serving(large, { most: 1 }), tries: 3, why: 'a byte at a time' },
    { script: fartherEachTime(), tries: 3, why: 'all from the start each time, and a little more' },
  ])('but not for ever: $why', async ({ script, tries }) => {
    const scripted = scriptTransfer(script, { attempts: tries });
    await expect(collect(downloadBlob(scripted.access, largeBlob))).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(scripted.requests).toHaveLength(tries);
    await expectAllClosed(scripted);
  });

  it('until four times its size has come', async () => {
    const scripted = scriptTransfer(fartherEachTime(large.byteLength - 40), { attempts: 1_000 });
    await expect(collect(downloadBlob(scripted.access, largeBlob))).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(scripted.requests).toHaveLength(5);
    await expectAllClosed(scripted);
  });

  it('and gives up with TRUNCATED where it does not', async () => {
    const scripted = scriptTransfer((request) =>
      firstByte(request) === 0 ? serving(bytes, { most: 42 })(request) : dead(),
    );
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toMatchObject({
      code: 'TRUNCATED',
      details: { digest: blob.digest, expectedBytes: 100, receivedBytes: 42, registry: 'registry.test' },
      cause: { code: 'UNREACHABLE' },
    });
    expect(scripted.requests).toHaveLength(scripted.access.limits.attempts);
    expect(scripted.events.filter(({ type }) => type === 'retrying')).toHaveLength(scripted.access.limits.attempts - 1);
    await expectAllClosed(scripted);
  });
});

const dead = () => ({ status: 206, headers: { 'content-range': 'bytes 42-99/100' }, body: cutOff(new Uint8Array()) });

describe('downloadBlob refuses', () => {
  const wrong = Buffer.from(bytes).fill(0, 99);
  it.each([
    { answer: { status: 200, body: [wrong] }, code: 'DIGEST_MISMATCH', why: 'a wrong byte' },
    { answer: { status: 200, body: [bytes, bytes] }, code: 'SIZE_MISMATCH', why: 'more bytes than there should be' },
    {
      answer: { status: 200, headers: { 'content-length': '90' }, body: [bytes.subarray(0, 90)] },
      code: 'SIZE_MISMATCH',
      why: 'fewer bytes, where the registry says that these are all',
    },
    {
      answer: { status: 200, headers: { 'content-encoding': 'gzip' }, body: [bytes] },
      code: 'RESPONSE_INVALID',
      why: 'what was compressed on the way',
    },
    {
      answer: { status: 200, headers: { 'docker-content-digest': digestOf(wrong) }, body: [bytes] },
      code: 'DIGEST_MISMATCH',
      why: 'what the registry calls by another name',
    },
    { answer: { status: 206, body: [bytes] }, code: 'RESPONSE_INVALID', why: 'a part that was not asked for' },
    { answer: { status: 416 }, code: 'RESPONSE_INVALID', why: 'a range that was not asked for' },
    { answer: { status: 500 }, code: 'REGISTRY_FAILED', why: 'a failure' },
    { answer: { status: 403 }, code: 'FORBIDDEN', why: 'a refusal' },
  ])('$why with $code, at once', async ({ answer, code }) => {
    const scripted = scriptTransfer(() => answer);
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toMatchObject({ code });
    expect(scripted.requests).toHaveLength(1);
    await expectAllClosed(scripted);
  });

  it.each([
    { answer: { status: 206, headers: { 'content-range': 'bytes 29-99/100' } }, code: 'RESPONSE_INVALID' },
    { answer: { status: 206, headers: { 'content-range': 'bytes 31-99/100' } }, code: 'RESPONSE_INVALID' },
    { answer: { status: 206 }, code: 'RESPONSE_INVALID' },
    { answer: { status: 416 }, code: 'SIZE_MISMATCH' },
    { answer: { status: 404 }, code: 'CONTENT_NOT_FOUND' },
  ])('$answer with $code as the rest from byte 30 on', async ({ answer, code }) => {
    const scripted = scriptTransfer((request) =>
      firstByte(request) === 0 ? serving(bytes, { most: 30 })(request) : answer,
    );
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toMatchObject({ code });
    expect(scripted.requests).toHaveLength(2);
    await expectAllClosed(scripted);
  });

  it('a rest of other content', async () => {
    const answers = [serving(bytes, { most: 30 }), serving(bytes.toReversed())];
    const { access } = scriptTransfer(async (request) => (answers.shift() ?? serving(bytes))(request));
    await expect(collect(downloadBlob(access, blob))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('nothing that a registry serves again after it was gone for a while', async () => {
    let lost = 0;
    const scripted = scriptTransfer((request) => {
      if (firstByte(request) > 0 && (lost += 1) < 4) throw connectionLost();
      return serving(bytes, { most: 60 })(request);
    });
    expect(await collect(downloadBlob(scripted.access, blob))).toEqual(bytes);
    expect(lost).toBe(4);
  });

  it('to go on for ever where the registry has gone, with TRUNCATED', async () => {
    const scripted = scriptTransfer((request) => {
      if (firstByte(request) > 0) throw connectionLost();
      return serving(bytes, { most: 30 })(request);
    });
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toMatchObject({
      code: 'TRUNCATED',
      details: { receivedBytes: 30 },
      cause: { code: 'UNREACHABLE' },
    });
    expect(scripted.requests).toHaveLength(6);
    await expectAllClosed(scripted);
  });

  it('a body that fails for another reason than the network, as it is', async () => {
    const error = new TypeError('our own fault');
    const broken = { [Symbol.asyncIterator]: () => failingAfter(bytes.subarray(0, 9), error) };
    const scripted = scriptTransfer(() => ({ status: 200, body: broken }));
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toBe(error);
    await expectAllClosed(scripted);
  });

  it('to try again what the transport gave up', async () => {
    const scripted = scriptTransfer(() => {
      throw connectionLost();
    });
    await expect(collect(downloadBlob(scripted.access, blob))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(scripted.requests).toHaveLength(1);
  });
});

describe('downloadBlob stops', () => {
  const reason = new RangeError('stopped by the test');

  it('when its reader does, and gives its place to the next', async () => {
    const scripted = scriptTransfer(serving(bytes, { most: 90 }));
    for await (const chunk of downloadBlob(scripted.access, blob)) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    await expectAllClosed(scripted);
  });

  it('when aborted while the registry is silent', async () => {
    const controller = new AbortController();
    const scripted = scriptTransfer(() => ({
      status: 200,
      body: silentAfter(bytes.subarray(0, 10), () => controller.abort(reason)),
    }));
    await expect(collect(downloadBlob(scripted.access, blob, controller))).rejects.toBe(reason);
    expect(scripted.requests).toHaveLength(1);
  });

  it('when aborted between two tries', async () => {
    const controller = new AbortController();
    const scripted = scriptTransfer(serving(bytes, { most: 10 }), {
      backoffMs: 1e9,
      maxBackoffMs: 1e9,
      maxRetryAfterMs: 1e9,
    });
    const reading = collect(
      downloadBlob(
        { ...scripted.access, onEvent: ({ type }) => type === 'retrying' && controller.abort(reason) },
        blob,
        controller,
      ),
    );
    await expect(reading).rejects.toBe(reason);
    await expectAllClosed(scripted);
  });

  it('when aborted in the queue', async () => {
    const { access, requests } = scriptTransfer(serving(bytes));
    for (let taken = 0; taken < access.limits.concurrency; taken += 1) await access.gate.enter();
    const controller = new AbortController();
    const reading = collect(downloadBlob(access, blob, controller));
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(requests).toEqual([]);
  });
});

async function* silentAfter(beginning: Uint8Array, then: () => void): AsyncGenerator<Uint8Array> {
  yield beginning;
  setImmediate(then);
  await new Promise(() => undefined);
}

describe('downloadBlob tells', () => {
  it('how far it has come, and that it is done', async () => {
    const { access, events } = scriptTransfer(serving(bytes, { most: 60 }));
    await collect(downloadBlob(access, blob));
    const about = { direction: 'pull', digest: blob.digest, totalBytes: 100 };
    expect(events.at(-2)).toEqual({ type: 'blob-progress', ...about, doneBytes: 100 });
    expect(events.at(-1)).toEqual({ type: 'blob-finished', ...about, outcome: 'transferred' });
  });

  it.each([
    { body: [bytes, bytes], code: 'SIZE_MISMATCH' },
    { body: [bytes.toReversed()], code: 'DIGEST_MISMATCH' },
  ])('nothing of an end that did not come: $code', async ({ body, code }) => {
    const { access, events } = scriptTransfer(() => ({ status: 200, body }));
    await expect(collect(downloadBlob(access, blob))).rejects.toMatchObject({ code });
    expect(events.filter(({ type }) => type === 'blob-finished')).toEqual([]);
  });
});
