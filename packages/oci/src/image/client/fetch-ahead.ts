/**
 * Contents that are wanted one after the other, fetched some at once: each request takes a while to begin, and many
 * registries serve one no faster than so.
 *
 * A little of what is not wanted yet is held; then its connection waits.
 *
 * @module
 */
import type { ContentSource } from '@squizzle/core';
import type { Descriptor } from '@squizzle/oci-spec';
import { createChunkQueue } from '../../http/exchange/chunk-queue.ts';
import type { LayoutContent } from '../storage/layout-tar.ts';

const AT_ONCE = 4;
/** Of each. */
const HELD_BYTES = 4 * 1024 * 1024;

export interface FetchAheadOptions {
  readonly signal: AbortSignal | undefined;
  /** Told when all of it was taken. */
  readonly onTaken: (descriptor: Descriptor) => void;
}

/**
 * Gives the contents to `use`, which opens them in their order. However it ends, nothing is being fetched any more then.
 *
 * What fails ahead of its turn ends the others with its own error.
 */
export async function withFetchedAhead<T>(
  blobs: readonly Descriptor[],
  { fetch }: ContentSource,
  { signal, onTaken }: FetchAheadOptions,
  use: (contents: readonly LayoutContent[]) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const combined = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const waiting = [...blobs];
  const fetching = new Map<Descriptor, Fetching>();
  const beginNext = (count: number): void => {
    for (const descriptor of waiting.splice(0, count)) {
      fetching.set(descriptor, beginFetching(fetch(descriptor, { signal: combined }), combined, stop));
    }
  };
  const contents = blobs.map((descriptor) => ({
    descriptor,
    async *open(): AsyncGenerator<Uint8Array, void, undefined> {
      if (fetching.size === 0) beginNext(AT_ONCE);
      yield* fetching.get(descriptor)?.read() ?? [];
      onTaken(descriptor);
      beginNext(1);
    },
  }));
  try {
    return await use(contents);
  } finally {
    stop.abort();
    await Promise.all([...fetching.values()].map(async ({ ended }) => ended));
  }
}

interface Fetching {
  read(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Never rejects: `read` tells. */
  readonly ended: Promise<void>;
}

function beginFetching(content: AsyncIterable<Uint8Array>, signal: AbortSignal, stop: AbortController): Fetching {
  const queue = createChunkQueue();
  let goOn: (() => void) | undefined;
  signal.addEventListener('abort', () => goOn?.(), { once: true });
  const fill = async (): Promise<void> => {
    try {
      for await (const chunk of content) {
        queue.push(chunk);
        while (queue.bytes >= HELD_BYTES && !signal.aborted) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
      }
      queue.end();
    } catch (thrown) {
      queue.fail(thrown);
      stop.abort(thrown);
    }
  };
  return {
    ended: fill(),
    async *read() {
      for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
        goOn?.();
        yield next.value;
      }
    },
  };
}
