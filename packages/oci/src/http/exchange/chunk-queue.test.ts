import { describe, expect, it } from 'vitest';
import { createChunkQueue } from './chunk-queue.ts';

const chunk = (length: number): Uint8Array => new Uint8Array(length);

describe('createChunkQueue', () => {
  it('gives chunks in order and then the end, again and again', async () => {
    const queue = createChunkQueue();
    queue.push(chunk(1));
    queue.push(chunk(2));
    queue.end();
    expect(queue.bytes).toBe(3);
    expect((await queue.next()).value).toHaveLength(1);
    expect((await queue.next()).value).toHaveLength(2);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    expect(queue.bytes).toBe(0);
  });

  it('lets a reader wait for the next chunk', async () => {
    const queue = createChunkQueue();
    const read = queue.next();
    queue.push(chunk(5));
    expect((await read).value).toHaveLength(5);
  });

  it('gives what came before a failure, then fails', async () => {
    const queue = createChunkQueue();
    queue.push(chunk(1));
    queue.fail(new RangeError('first'));
    queue.fail(new RangeError('second'));
    queue.end();
    expect((await queue.next()).done).toBe(false);
    await expect(queue.next()).rejects.toThrow('first');
  });

  it('fails at once after it was cleared', async () => {
    const queue = createChunkQueue();
    queue.push(chunk(1));
    queue.clear();
    queue.fail(new RangeError('gone'));
    await expect(queue.next()).rejects.toThrow('gone');
  });

  it('tells when it is over', async () => {
    const queue = createChunkQueue();
    const over = queue.whenSettled().then(() => queue.settled);
    queue.push(chunk(1));
    expect(queue.settled).toBe(false);
    queue.end();
    expect(await over).toBe(true);
  });
});
