import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { untilAborted } from './until-aborted.ts';

const reason = new RangeError('stopped by the test');
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

async function collect(content: AsyncIterable<Uint8Array>): Promise<readonly number[]> {
  const values: number[] = [];
  for await (const chunk of content) values.push(...chunk);
  return values;
}

/** Two chunks, and whether it was closed. */
function source() {
  const state = { closed: false };
  async function* generate(): AsyncGenerator<Uint8Array> {
    try {
      yield bytes(1);
      yield bytes(2);
    } finally {
      state.closed = true;
    }
  }
  return { content: generate(), state };
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield bytes(1);
  throw new TypeError('the source broke');
}

describe('untilAborted', () => {
  it.each([
    { signal: undefined, why: 'without a signal' },
    { signal: new AbortController().signal, why: 'with one that stays quiet' },
  ])('passes everything through $why', async ({ signal }) => {
    expect(await collect(untilAborted(source().content, signal))).toEqual([1, 2]);
    expect(await collect(untilAborted([bytes(3), bytes(4)], signal))).toEqual([3, 4]);
  });

  it('throws the reason at once when already aborted', async () => {
    await expect(collect(untilAborted(source().content, AbortSignal.abort(reason)))).rejects.toBe(reason);
  });

  it('closes the source when its reader stops', async () => {
    const { content, state } = source();
    const reader = untilAborted(content, new AbortController().signal);
    await reader.next();
    await reader.return();
    expect(state.closed).toBe(true);
  });

  it('closes the source when aborted between two chunks', async () => {
    const { content, state } = source();
    const controller = new AbortController();
    const reader = untilAborted(content, controller.signal);
    await reader.next();
    controller.abort(reason);
    await expect(reader.next()).rejects.toBe(reason);
    expect(state.closed).toBe(true);
  });

  it('throws what the source throws', async () => {
    await expect(collect(untilAborted(failing(), new AbortController().signal))).rejects.toThrow('the source broke');
  });

  it('holds nothing of what has passed, because a layer may be larger than memory', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const passed: WeakRef<Uint8Array>[] = [];
    async function* fresh(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 50; at += 1) {
        const chunk = new Uint8Array(1000);
        passed.push(new WeakRef(chunk));
        yield chunk;
      }
    }
    const { signal } = new AbortController();
    for await (const chunk of untilAborted(fresh(), signal)) {
      expect(chunk.byteLength).toBe(1000);
      if (passed.length < 50) continue;
      await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds its target to the end of the turn
      collectGarbage();
      expect(passed.filter((chunkRef) => chunkRef.deref() !== undefined).length).toBeLessThan(10);
    }
    expect(passed).toHaveLength(50);
  });
});
