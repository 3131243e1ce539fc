import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { RegistryEvent } from '../registry-event.ts';
import { createBlobProgress } from './blob-progress.ts';

const MIB = 1024 * 1024;
const blob = { digest: digestOf(new Uint8Array()), size: 10 * MIB };

/** What is told when these points are reached at these times. */
function told(points: readonly (readonly [atMs: number, doneBytes: number])[], content = blob): readonly number[] {
  const events: RegistryEvent[] = [];
  let time = 0;
  const progress = createBlobProgress({ onEvent: (event) => events.push(event) }, 'push', content, () => time);
  for (const [atMs, doneBytes] of points) {
    time = atMs;
    progress.reach(doneBytes);
  }
  return events.flatMap((event) => (event.type === 'blob-progress' ? [event.doneBytes] : []));
}

describe('createBlobProgress', () => {
  it.each([
    { points: [[0, 0]], tells: [0], why: 'the beginning' },
    {
      points: [
        [0, 0],
        [0, 10],
        [99, 20],
      ],
      tells: [0],
      why: 'little in a short time is not worth an event',
    },
    {
      points: [
        [0, 0],
        [99, 20],
        [100, 30],
      ],
      tells: [0, 30],
      why: 'a slow transfer is seen to move',
    },
    {
      points: [
        [0, 0],
        [1, MIB - 1],
        [2, MIB],
        [3, MIB + 1],
      ],
      tells: [0, MIB],
      why: 'each MiB of a fast one',
    },
    {
      points: [
        [0, 0],
        [1, 10 * MIB],
      ],
      tells: [0, 10 * MIB],
      why: 'the end, however soon',
    },
    {
      points: [
        [0, 0],
        [1, 11 * MIB],
      ],
      tells: [0, 10 * MIB],
      why: 'never more than there is',
    },
    {
      points: [
        [0, 5 * MIB],
        [1, 10],
      ],
      tells: [5 * MIB, 10],
      why: 'that it began anew',
    },
    {
      points: [
        [0, 0],
        [500, 0],
      ],
      tells: [0],
      why: 'nothing twice',
    },
  ] as const)('tells $tells: $why', ({ points, tells }) => {
    expect(told(points)).toEqual(tells);
  });

  it('tells how it ended, for a blob without bytes too', () => {
    const events: RegistryEvent[] = [];
    const progress = createBlobProgress({ onEvent: (event) => events.push(event) }, 'pull', { ...blob, size: 0 });
    progress.reach(0);
    progress.finish('transferred');
    expect(events).toEqual([
      { type: 'blob-progress', direction: 'pull', digest: blob.digest, doneBytes: 0, totalBytes: 0 },
      { type: 'blob-finished', direction: 'pull', digest: blob.digest, totalBytes: 0, outcome: 'transferred' },
    ]);
  });
});
