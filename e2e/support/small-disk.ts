/**
 * A file system of a few megabytes in memory, for servers that run out of room. Mounting needs the right to.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveFolder } from '../../tools/postgres/unprivileged.ts';

/** Why nothing can be mounted here; `null` where it can. */
export const mountFault: string | null = (() => {
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' });
  return probe.status === 0 ? null : (probe.error?.message ?? probe.stderr.trim());
})();

export interface SmallDisk {
  readonly folder: string;
  resize(size: string): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param size as mount takes it: `8m`. */
export async function mountSmallDisk(size: string): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-disk-'));
  mount(['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'none', folder]);
  giveFolder(folder);
  return {
    folder,
    resize: (wanted) => mount(['-o', `remount,size=${wanted}`, folder]),
    [Symbol.asyncDispose]: async () => {
      spawnSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function mount(args: readonly string[]): void {
  const done = spawnSync('mount', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new RangeError(`mount: ${done.error?.message ?? done.stderr}`);
}
