import { describe, expect, it } from 'vitest';
import type { HttpBody } from '../http.ts';
import { exactBody } from './request-body.ts';

function bench() {
  const calls: string[] = [];
  const watch = {
    waiting: () => calls.push('waiting'),
    taken: () => calls.push('taken'),
    sent: () => calls.push('sent'),
    failed: (error: unknown) => calls.push(`failed: ${error instanceof Error ? error.message : ''}`),
  };
  const send = async (sizeBytes: number, open: HttpBody['open']): Promise<readonly number[]> => {
    const sizes: number[] = [];
    for await (const piece of exactBody({ sizeBytes, open, reopenable: true }, watch)) sizes.push(piece.byteLength);
    return sizes;
  };
  return { calls, send };
}

describe('exactBody', () => {
  it('passes what was announced, in pieces of 64 KiB at most', async () => {
    const { send } = bench();
    const sizes = await send(140_001, () => [new Uint8Array(140_000), new Uint8Array(0), new Uint8Array(1)]);
    expect(sizes).toEqual([65_536, 65_536, 8_928, 1]);
  });

  it('tells when a piece waits to be taken, and when all were', async () => {
    const { calls, send } = bench();
    await send(2, () => [Uint8Array.of(1), Uint8Array.of(2)]);
    expect(calls).toEqual(['waiting', 'taken', 'waiting', 'taken', 'taken', 'sent']);
  });

  it.each([
    { chunks: [3, 3], found: 'at least 6', passed: [3], why: 'too many: the byte too many is never sent' },
    { chunks: [3, 1], found: '4', passed: [3, 1], why: 'too few' },
  ])('refuses a body of $chunks bytes where 5 were announced: $why', async ({ chunks, found }) => {
    const { calls, send } = bench();
    await expect(send(5, () => chunks.map((size) => new Uint8Array(size)))).rejects.toThrow(RangeError);
    expect(calls).not.toContain('sent');
    expect(calls.at(-1)).toMatch(/taken|failed/);
    expect(calls.find((call) => call.startsWith('failed'))).toContain(`5 bytes and has ${found}`);
  });

  it('tells whose fault it is when the source fails, and closes the source when its reader stops', async () => {
    const { calls, send } = bench();
    await expect(
      send(5, async function* () {
        yield Uint8Array.of(1);
        throw new RangeError('the disk');
      }),
    ).rejects.toThrow('the disk');
    expect(calls).toContain('failed: the disk');
  });
});
