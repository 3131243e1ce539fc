/**
 * Changes of the same index that come at once become one: nine signatures attached together cost one wait, not nine.
 *
 * A batch takes changes until its index is written. It goes on until the last of those who wait for it has given up.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Descriptor, Digest, Tag } from '@squizzle/oci-spec';
import { unlessAborted } from '../../auth/single-flight.ts';
import type { IndexChanges } from './index-document.ts';

export interface IndexBatch {
  /** Ends the taking of changes. Another call gives the same. */
  close(): IndexChanges;
  readonly signal: AbortSignal;
}

export type IndexChange = readonly [digest: Digest, entry: Descriptor | null];

/** Resolves when the change is made, and rejects as `run` does for its batch, or with the signal's reason. */
export type ChangeIndex = (tag: Tag, change: IndexChange, options: CallOptions) => Promise<void>;

export function createIndexBatches(run: (tag: Tag, batch: IndexBatch) => Promise<void>): ChangeIndex {
  const open = new Map<Tag, OpenBatch>();
  const begin = (tag: Tag): OpenBatch => {
    const changes = new Map<Digest, Descriptor | null>();
    const nobody = new AbortController();
    const close = (): IndexChanges => {
      if (open.get(tag) === batch) open.delete(tag);
      return changes;
    };
    const batch: OpenBatch = { changes, nobody, waiting: 0, done: undefined, close };
    open.set(tag, batch);
    return batch;
  };
  return async (tag, [digest, entry], { signal }) => {
    signal?.throwIfAborted();
    const batch = open.get(tag) ?? begin(tag);
    batch.changes.set(digest, entry);
    batch.done ??= run(tag, { close: batch.close, signal: batch.nobody.signal }).finally(batch.close);
    await waitFor(batch, batch.done, signal);
  };
}

interface OpenBatch {
  readonly changes: Map<Digest, Descriptor | null>;
  /** Aborted when nobody waits any more. */
  readonly nobody: AbortController;
  waiting: number;
  done: Promise<void> | undefined;
  readonly close: () => IndexChanges;
}

async function waitFor(batch: OpenBatch, done: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  batch.waiting += 1;
  try {
    await unlessAborted(done, signal);
  } finally {
    batch.waiting -= 1;
    if (batch.waiting === 0) {
      batch.close();
      batch.nobody.abort(signal?.reason);
    }
  }
}
