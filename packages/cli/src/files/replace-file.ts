/**
 * Changes a small text file that several processes change: one at a time, and whole or not at all.
 *
 * The new text is written to `<file>.new`, which only one process can make; taking its name is both the publication
 * and the end of the turn.
 *
 * @module
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SquizzleError } from '@squizzle/core';
import { systemCodeOf, withSystemFaults } from './system-fault.ts';

/** A turn takes milliseconds; a process that was killed in its own leaves the file behind. */
const WAIT_MS = 10_000;
const POLL_MS = 20;

export interface ReplaceOptions {
  /** How the file is called in messages. */
  readonly label: string;
  readonly signal?: AbortSignal | undefined;
  readonly waitMs?: number | undefined;
}

/**
 * @param change the text that is there (`undefined`: none) to the one that shall be; the same text writes nothing.
 * @throws {SquizzleError} `STORE_UNUSABLE` on a read-only folder, a full disk, or a turn that never ends.
 */
export async function replaceFile(
  path: string,
  change: (text: string | undefined) => string,
  { label, signal, waitMs = WAIT_MS }: ReplaceOptions,
): Promise<void> {
  const before = await readTextIfThere(path, label);
  if (before !== undefined && change(before) === before) return; // no right to write is needed
  const arriving = `${path}.new`;
  const file = await withSystemFaults(label, () => takeTurn(arriving, { label, signal, waitMs }));
  let published = false;
  try {
    await withSystemFaults(label, async () => {
      try {
        await file.writeFile(change(await readTextIfThere(path, label)));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(arriving, path);
      published = true;
    });
  } finally {
    if (!published) await rm(arriving, { force: true });
  }
}

/** @throws {SquizzleError} `STORE_UNUSABLE` when it is there and cannot be read. */
export async function readTextIfThere(path: string, label: string): Promise<string | undefined> {
  return withSystemFaults(label, async () => {
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      if (systemCodeOf(cause) === 'ENOENT') return undefined;
      throw cause;
    }
  });
}

async function takeTurn(arriving: string, { label, signal, waitMs = WAIT_MS }: ReplaceOptions) {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      return await open(arriving, 'wx', 0o666);
    } catch (cause) {
      if (systemCodeOf(cause) !== 'EEXIST') throw cause;
      if (waited >= waitMs) throw turnNeverEnds(arriving, label, cause);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function turnNeverEnds(arriving: string, label: string, cause: unknown): SquizzleError<'STORE_UNUSABLE'> {
  const message = `${label} is being written by another squizzle: ${arriving} is there; remove it if none is running`;
  return new SquizzleError('STORE_UNUSABLE', message, { path: label, systemCode: 'EEXIST' }, { cause });
}
