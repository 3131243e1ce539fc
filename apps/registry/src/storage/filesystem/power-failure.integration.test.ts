/**
 * The power fails before every change that a step makes to the disk. What comes back is what was acknowledged, and
 * nothing that is broken: whatever of the rest survives.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { openFilesystemStore } from './filesystem-store.ts';
import { systemError, type MemoryFileSystem, type Survival } from '../../../test/filesystem/memory-file-system.ts';
import { rehearse, ROOT, type Stage } from '../../../test/filesystem/rehearsal.ts';
import { contradictions, look } from '../../../test/filesystem/scenario.ts';
import { isChange, watchFileSystem } from '../../../test/filesystem/watched-file-system.ts';

/** Runs the step up to its `cut`-th call, which is not made, nor is any after it. `true` when the step was done before. */
async function runUntil(disk: MemoryFileSystem, { step }: Stage, cut: number): Promise<boolean> {
  let left = Infinity;
  const fs = watchFileSystem(disk, {
    begin: () => ((left -= 1) < 0 ? { type: 'before', error: systemError('EIO') } : undefined),
  });
  const store = await openFilesystemStore(ROOT, { fs });
  left = cut;
  return step.run(store).then(
    () => true,
    () => false,
  );
}

/** Coins that fall the same way each time. */
function coins(seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return ((state >> 16) & 1) === 1;
  };
}

/** What is wrong with the survivor; nothing when all is well. */
async function findFaults(survivor: MemoryFileSystem, { before, after }: Stage, done: boolean): Promise<string[]> {
  try {
    const seen = await look(await openFilesystemStore(ROOT, { fs: survivor }));
    return contradictions(seen, done ? after : before, after);
  } catch (thrown) {
    return [String(thrown)];
  }
}

const stages = await rehearse();

describe('a power failure', () => {
  it.each(stages)('during "$title" loses nothing that was acknowledged and breaks nothing', async (stage) => {
    const changes = stage.calls.filter(isChange).map(({ index }) => index - (stage.calls[0]?.index ?? 0));
    for (const cut of [...changes, Infinity]) {
      const disk = stage.disk.copy();
      const done = await runUntil(disk, stage, cut);
      const survivals: Survival[] = ['flushed', 'latest', coins(cut + 1)];
      for (const [at, survival] of survivals.entries()) {
        const faults = await findFaults(disk.afterPowerFailure(survival), stage, done);
        expect(faults, `at call ${cut} (${stage.calls[cut]?.name} ${stage.calls[cut]?.path}), survival ${at}`).toEqual(
          [],
        );
      }
    }
  });
});
