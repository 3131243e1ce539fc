/**
 * Changing the index of a subject's referrers, that others may change at the same time.
 *
 * No lock keeps them apart. So each change is made under the condition that the index is still the one that was read,
 * where the registry heeds that, and looked at again a moment later where it does not: who finds the change gone makes
 * it anew. Of one program only one at a time reads and writes; their waits overlap.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { Tag } from '@squizzle/oci-spec';
import { sleep } from '../../http/sleep.ts';
import { settleTime, type Wait } from '../claim/settle.ts';
import { putManifest } from '../manifests/put-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { describePlace, faultOf } from '../response-error.ts';
import { createIndexBatches, type ChangeIndex, type IndexBatch } from './index-batches.ts';
import { changeIndex, conditionOf, isChanged, notAnIndex, readIndex } from './index-document.ts';

/** Each round of several that write at once at least one gets through. */
const ROUNDS = 24;
const BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 1_000;

/**
 * Changes are kept: the promise resolves when they are there to stay.
 *
 * @throws {SquizzleError} `RESPONSE_INVALID` when the tag names no image index; `REGISTRY_FAILED` when others win for ever.
 */
export function createIndexWriter(access: RepositoryAccess, wait: Wait = sleep): ChangeIndex {
  const inTurn = createTurns();
  let wasRefused = false;
  return createIndexBatches(async (tag, batch) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const written = await inTurn(tag, async () => write(access, tag, batch));
      if (written === 'kept') return;
      if (written === 'refused') wasRefused = true;
      else {
        // A registry that refused once heeds conditions, and has heeded this one.
        if (written.conditional && (wasRefused || access.memory.conditions === 'heeded')) return;
        // Who read the same index as we did has written by then: what is there in the end is there to stay.
        await wait(settleTime(written.tookMs), batch.signal);
        const after = await readIndex(access, tag, batch);
        if (after !== 'something-else' && isChanged(after, batch.close())) return;
      }
      await wait(Math.random() * Math.min(BACKOFF_MS * 2 ** round, LONGEST_BACKOFF_MS), batch.signal);
    }
    throw neverDone(access, tag);
  });
}

interface Written {
  readonly tookMs: number;
  /** Whether it was to be written only over what was read. */
  readonly conditional: boolean;
}

/** @returns `kept` when there was nothing to change; `refused` when somebody else was faster. */
async function write(access: RepositoryAccess, tag: Tag, batch: IndexBatch): Promise<Written | 'kept' | 'refused'> {
  const { signal } = batch;
  signal.throwIfAborted();
  const began = performance.now();
  const before = await readIndex(access, tag, { signal });
  if (before === 'something-else') throw notAnIndex(access, tag);
  const changes = batch.close();
  if (isChanged(before, changes)) return 'kept';
  const condition = conditionOf(before);
  const answer = await putManifest(access, tag, changeIndex(before, changes), { condition, signal });
  if (answer === undefined) return 'refused';
  return { tookMs: performance.now() - began, conditional: condition !== undefined };
}

/** Of what has to do with one tag, one thing after the other. */
function createTurns(): <T>(tag: Tag, work: () => Promise<T>) => Promise<T> {
  const last = new Map<Tag, Promise<unknown>>();
  return async (tag, work) => {
    const mine = (last.get(tag) ?? Promise.resolve()).then(work, work);
    last.set(tag, mine);
    try {
      return await mine;
    } finally {
      if (last.get(tag) === mine) last.delete(tag);
    }
  };
}

function neverDone(access: RepositoryAccess, tag: Tag): SquizzleError<'REGISTRY_FAILED'> {
  const hint = 'run it again when fewer attach to the same manifest at once';
  const message = `${describePlace(access)}: the list of referrers ${tag} was changed by others ${ROUNDS} times in a row; ${hint}`;
  return new SquizzleError('REGISTRY_FAILED', message, { ...faultOf(access, null, hint), attempts: ROUNDS });
}
