/**
 * The scenario once without a fault: for each step the disk before it, and what the step does to it.
 *
 * @module
 */
import { openFilesystemStore } from '../../src/storage/filesystem/filesystem-store.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from './memory-file-system.ts';
import { look, STEPS, type Seen, type Step } from './scenario.ts';
import { watchFileSystem, type Call } from './watched-file-system.ts';

export const ROOT = '/srv/registry';

export interface Stage {
  readonly title: string;
  readonly step: Step;
  /** The disk before the step. */
  readonly disk: MemoryFileSystem;
  readonly before: Seen;
  readonly after: Seen;
  readonly calls: readonly Call[];
}

export async function rehearse(): Promise<readonly Stage[]> {
  const disk = createMemoryFileSystem();
  const stages: Stage[] = [];
  let before = await look(await openFilesystemStore(ROOT, { fs: disk }));
  for (const step of STEPS) {
    const atStart = disk.copy();
    const calls: Call[] = [];
    const store = await openFilesystemStore(ROOT, {
      fs: watchFileSystem(disk, { begin: (call) => void calls.push(call) }),
    });
    const opening = calls.length;
    await step.run(store);
    const own = calls.slice(opening);
    const after = await look(store);
    stages.push({ title: step.title, step, disk: atStart, before, after, calls: own });
    before = after;
  }
  return stages;
}
