import { describe, expect, it } from 'vitest';
import { createResponseBody, type ResponseBody } from './response-body.ts';

const KIB = 1024;
const chunk = (bytes: number): Uint8Array => new Uint8Array(bytes);

function bench(idleMs = 60_000) {
  const calls: string[] = [];
  let fail: (error: Error) => void = () => undefined;
  const body: ResponseBody = createResponseBody({
    idleMs,
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    abort: (reason) => {
      calls.push(`abort ${'code' in reason ? String(reason.code) : ''}`);
      fail(reason);
    },
  });
  fail = (error) => body.fail(error);
  return { calls, body, reader: body.body[Symbol.asyncIterator]() };
}

async function readAll({ body }: ResponseBody): Promise<number> {
  let bytes = 0;
  for await (const piece of body) bytes += piece.byteLength;
  return bytes;
}

describe('createResponseBody', () => {
  it('stops the network when a quarter of a mebibyte waits, and lets it go on when half of that is read', async () => {
    const { body, calls, reader } = bench();
    for (let at = 0; at < 4; at += 1) body.push(chunk(64 * KIB));
    expect(calls).toEqual([]);
    body.push(chunk(64 * KIB));
    expect(calls).toEqual(['pause']);
    await reader.next();
    await reader.next();
    expect(calls).toEqual(['pause']);
    await reader.next();
    expect(calls).toEqual(['pause', 'resume']);
    body.end();
  });

  it('closes the connection when its reader stops early', async () => {
    const { body, calls } = bench();
    body.push(chunk(10));
    for await (const piece of body.body) {
      expect(piece).toHaveLength(10);
      break;
    }
    expect(calls).toEqual(['abort DISCARDED']);
  });

  it('reads on for a short rest that is discarded', async () => {
    const { body, calls } = bench();
    const discarded = body.discard();
    body.push(chunk(60 * KIB));
    body.end();
    await discarded;
    expect(calls).toEqual([]);
  });

  it('closes the connection for a long rest that is discarded', async () => {
    const { body, calls } = bench();
    const discarded = body.discard();
    body.push(chunk(65 * KIB));
    await discarded;
    expect(calls).toEqual(['abort DISCARDED']);
  });

  it('lets a network that was stopped go on when the rest is discarded', async () => {
    const { body, calls } = bench();
    body.push(chunk(300 * KIB));
    const discarded = body.discard();
    body.end();
    await discarded;
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('has nothing left to discard after the end, or after a failure', async () => {
    const [ended, failed] = [bench(), bench()];
    ended.body.end();
    failed.body.fail(new RangeError('gone'));
    await Promise.all([ended.body.discard(), failed.body.discard()]);
    expect([ended.calls, failed.calls]).toEqual([[], []]);
  });

  it('ends when next to nothing comes', async () => {
    const { body, calls, reader } = bench(20);
    body.push(chunk(1));
    await reader.next();
    await expect(reader.next()).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
    expect(calls).toEqual(['abort UND_ERR_BODY_TIMEOUT']);
  });

  it('ends when drips come', async () => {
    const { body, calls } = bench(40);
    const drip = setInterval(() => body.push(chunk(1)), 5);
    await expect(readAll(body)).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
    clearInterval(drip);
    expect(calls).toEqual(['abort UND_ERR_BODY_TIMEOUT']);
  });

  it('gives a reader all the time it wants', async () => {
    const { body, calls, reader } = bench(10);
    body.push(chunk(300 * KIB));
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
    expect(calls).toEqual(['pause']);
    body.end();
    expect((await reader.next()).value).toHaveLength(300 * KIB);
  });

  it('forgets what arrived when the caller gives up', async () => {
    const { body, reader } = bench();
    body.push(chunk(1));
    body.cancel(new RangeError('enough'));
    await expect(reader.next()).rejects.toThrow('enough');
  });
});
