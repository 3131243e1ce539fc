import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isContentError } from './content-error.ts';
import { digestOf } from './digest.ts';
import { readVerified, verifyContent, type Bytes } from './verify-content.ts';

const HELLO = new TextEncoder().encode('hello');
const expected = { digest: digestOf(HELLO), size: HELLO.byteLength };

/** What came out, and what was thrown at the end if anything was. */
async function drain(source: Bytes, content = expected): Promise<{ bytes: Uint8Array; thrown: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of verifyContent(source, content)) chunks.push(chunk);
  } catch (thrown) {
    return { bytes: Buffer.concat(chunks), thrown };
  }
  return { bytes: Buffer.concat(chunks), thrown: undefined };
}

/** The bytes in pieces that end where `cuts` say. */
function slice(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
}

/** A source that counts what was taken from it and knows whether it was closed. */
function observed(chunks: readonly Uint8Array[]): { source: Bytes; taken: () => number; closed: () => boolean } {
  let taken = 0;
  let closed = false;
  const generate = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        taken += 1;
        await Promise.resolve();
        yield chunk;
      }
    } finally {
      closed = true;
    }
  };
  return { source: generate(), taken: () => taken, closed: () => closed };
}

describe('verifyContent', () => {
  it.each([
    { source: [HELLO], content: expected, why: 'in one piece' },
    { source: slice(HELLO, [1, 2, 3, 4]), content: expected, why: 'byte by byte' },
    { source: [new Uint8Array(), HELLO, new Uint8Array()], content: expected, why: 'with empty chunks' },
    { source: [HELLO], content: { ...expected, digest: digestOf(HELLO, 'sha512') }, why: 'by its sha512' },
  ])('passes good content $why', async ({ source, content }) => {
    const { bytes, thrown } = await drain(source, content);
    expect(thrown).toBeUndefined();
    expect(Buffer.from(bytes).toString()).toBe('hello');
  });

  it('passes nothing as nothing', async () => {
    const nothing = { digest: digestOf(new Uint8Array()), size: 0 };
    expect(await drain([], nothing)).toEqual({ bytes: Buffer.alloc(0), thrown: undefined });
  });

  it.each([
    { source: [], code: 'SIZE_MISMATCH', received: 0, passed: '', why: 'nothing came' },
    { source: [HELLO.subarray(1)], code: 'SIZE_MISMATCH', received: 4, passed: 'ello', why: 'a byte is missing' },
    { source: [HELLO, Uint8Array.of(33)], code: 'SIZE_MISMATCH', received: 6, passed: 'hello', why: 'a byte too many' },
    {
      source: [HELLO.subarray(0, 2), HELLO, HELLO],
      code: 'SIZE_MISMATCH',
      received: 7,
      passed: 'he',
      why: 'nothing of a chunk that goes beyond the size passes',
    },
    { source: [HELLO.map((byte) => byte ^ 1)], code: 'DIGEST_MISMATCH', received: 5, passed: 'idmmn', why: 'wrong' },
  ] as const)('refuses with $code: $why', async ({ source, code, received, passed }) => {
    const { bytes, thrown } = await drain(source);
    expect(Buffer.from(bytes).toString()).toBe(passed);
    expect(thrown).toMatchObject({
      code,
      details:
        code === 'SIZE_MISMATCH'
          ? { digest: expected.digest, expectedBytes: 5, receivedBytes: received }
          : { expected: expected.digest, actual: digestOf(bytes), sizeBytes: received },
    });
  });

  it('says so when more may have followed', async () => {
    expect((await drain([HELLO, HELLO])).thrown).toHaveProperty(
      'message',
      `${expected.digest}: expected 5 bytes, found at least 10`,
    );
    expect((await drain([])).thrown).toHaveProperty('message', `${expected.digest}: expected 5 bytes, found 0`);
  });

  it('refuses the right bytes under the digest of the other algorithm', async () => {
    const { thrown } = await drain([HELLO], { ...expected, digest: digestOf(Uint8Array.of(1), 'sha512') });
    expect(isContentError(thrown, 'DIGEST_MISMATCH')).toBe(true);
  });

  it('stops an endless source at the first byte too many, and closes it', async () => {
    const endless = observed(Array.from({ length: 1_000 }, () => HELLO));
    await drain(endless.source);
    expect(endless.taken()).toBe(2);
    expect(endless.closed()).toBe(true);
  });

  it('closes the source when the consumer leaves early', async () => {
    const left = observed([HELLO.subarray(0, 2), HELLO.subarray(2)]);
    for await (const chunk of verifyContent(left.source, expected)) {
      expect(chunk).toHaveLength(2);
      break;
    }
    expect(left.closed()).toBe(true);
  });

  it('lets what the source throws pass unchanged', async () => {
    const cause = new RangeError('connection reset');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield HELLO.subarray(0, 1);
      throw cause;
    };
    expect((await drain(failing())).thrown).toBe(cause);
  });

  it('passes any content however it is cut, and refuses it with any one bit turned', async () => {
    const content = fc.uint8Array({ minLength: 1, maxLength: 200 });
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 8 });
    const algorithms = fc.constantFrom('sha256' as const, 'sha512' as const);
    await fc.assert(
      fc.asyncProperty(content, cuts, algorithms, fc.nat(), async (bytes, at, algorithm, bit) => {
        const good = { digest: digestOf(bytes, algorithm), size: bytes.length };
        expect(await drain(slice(bytes, at), good)).toEqual({ bytes: Buffer.from(bytes), thrown: undefined });
        const turned = bytes.map((byte, i) => (i === bit % bytes.length ? byte ^ (1 << (bit % 8)) : byte));
        expect(isContentError((await drain(slice(turned, at), good)).thrown, 'DIGEST_MISMATCH')).toBe(true);
        const cutShort = bytes.subarray(0, bit % bytes.length);
        expect(isContentError((await drain(slice(cutShort, at), good)).thrown, 'SIZE_MISMATCH')).toBe(true);
      }),
    );
  });
});

describe('readVerified', () => {
  it('collects what fits exactly', async () => {
    const bytes = await readVerified(slice(HELLO, [2]), expected, 5);
    expect(bytes).toEqual(Uint8Array.from(HELLO));
  });

  it('refuses what the descriptor says is too large, without a read', async () => {
    const untouched = observed([HELLO]);
    await expect(readVerified(untouched.source, expected, 4)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      details: { what: expected.digest, limitBytes: 4, actualBytes: 5 },
    });
    expect(untouched.taken()).toBe(0);
  });

  it.each([
    { source: [HELLO.subarray(1)], code: 'SIZE_MISMATCH', why: 'short' },
    { source: [HELLO, HELLO], code: 'SIZE_MISMATCH', why: 'long' },
    { source: [HELLO.toReversed()], code: 'DIGEST_MISMATCH', why: 'wrong' },
  ])('refuses what is $why with $code', async ({ source, code }) => {
    await expect(readVerified(source, expected, 100)).rejects.toMatchObject({ code });
  });
});
