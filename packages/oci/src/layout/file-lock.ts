/**
 * A lock between processes: a file that only one can create.
 *
 * The file says who holds it. One whose holder was killed is taken away by the next who wants it, under a lock of its
 * own (`<path>.break`), so that of several takers none removes the lock that another has just made. A holder on another
 * machine cannot be asked; it counts as gone when its file was not touched for `silenceMs`, seen by the waiter's clock.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '@squizzle/core';
import { discardFile, readSmallFile, removeFile, type LayoutFile, type LayoutFs } from './layout-fs.ts';
import { parseLockHolder, type LockHolder } from './lock-holder.ts';
import { identifyProcess, isRunning } from './process-identity.ts';
import { guarded, guardedIfThere, hasSystemCode, storeUnusable } from './store-error.ts';

export interface FileLockOptions extends CallOptions {
  /** How long to wait for others. Default 60 s, twice the silence after which a lock counts as abandoned. */
  readonly waitMs?: number | undefined;
  /** A holder that cannot be asked must touch its lock within this time. Default 30 s. */
  readonly silenceMs?: number | undefined;
}

export interface HeldLock {
  /** @throws {SquizzleError} `STORE_UNUSABLE` when someone took the lock over, thinking us gone. */
  readonly assertHeld: () => Promise<void>;
}

const WAIT_MS = 60_000;
const SILENCE_MS = 30_000;
const PAUSE_MS = { shortest: 2, longest: 50 };
const HOLDER_BYTES = 4096;
const BREAK_SUFFIX = '.break';
/** Takers killed while they took, one after the other, before a person is asked to look. */
const MAX_BREAKS = 3;

/**
 * Runs `work` while holding the lock at `path`, whose folder exists.
 *
 * @throws {SquizzleError} `STORE_UNUSABLE` when others held it all the time, or the file system fails.
 */
export async function withFileLock<T>(
  fs: LayoutFs,
  path: string,
  work: (lock: HeldLock) => Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  const text = JSON.stringify({ token: randomUUID(), ...(await identifyProcess()) } satisfies LockHolder);
  const file = await acquire(fs, path, text, options);
  const isHeld = async (): Promise<boolean> => (await readLock(fs, path))?.text === text;
  const heartbeat = startHeartbeat(file, options.silenceMs ?? SILENCE_MS);
  try {
    return await work({
      assertHeld: async () => {
        if (!(await isHeld())) throw storeUnusable(path, 'another process took this lock over; run it again');
      },
    });
  } finally {
    clearInterval(heartbeat);
    await file.close().catch(() => undefined);
    if (await isHeld()) await removeFile(fs, path);
  }
}

function startHeartbeat(file: LayoutFile, silenceMs: number): NodeJS.Timeout {
  const touch = (): void => {
    const now = new Date();
    file.utimes(now, now).catch(() => undefined); // a lock that cannot be touched may be taken over: assertHeld tells
  };
  return setInterval(touch, silenceMs / 4).unref();
}

async function acquire(fs: LayoutFs, path: string, text: string, options: FileLockOptions): Promise<LayoutFile> {
  const { signal, waitMs = WAIT_MS, silenceMs = SILENCE_MS } = options;
  const started = performance.now();
  let watched = { state: '', since: started };
  for (;;) {
    signal?.throwIfAborted();
    const file = await create(fs, path, text);
    if (file !== undefined) return file;
    const lock = await readLock(fs, path);
    if (lock === undefined) continue;
    const now = performance.now();
    if (lock.state !== watched.state) watched = { state: lock.state, since: now };
    if (await isAbandoned(lock, now - watched.since >= silenceMs)) await breakLock(fs, path, lock, options);
    else if (now - started >= waitMs) throw stillHeld(path, waitMs, lock);
    else await pause(now - started, signal);
  }
}

/** The new lock, or `undefined` when there is one already. */
async function create(fs: LayoutFs, path: string, text: string): Promise<LayoutFile | undefined> {
  const file = await guarded(path, fs.open(path, 'wx', 0o644)).catch((thrown: unknown) => {
    if (hasSystemCode(thrown, 'EEXIST')) return undefined;
    throw thrown;
  });
  if (file === undefined) return undefined;
  try {
    await guarded(path, file.writeFile(Buffer.from(text)));
    return file;
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await discardFile(fs, path);
    throw thrown;
  }
}

interface SeenLock {
  readonly text: string;
  /** Changes with every sign of life. */
  readonly state: string;
  /** `undefined` while it is being written, or when its maker was killed right then. */
  readonly holder: LockHolder | undefined;
}

async function readLock(fs: LayoutFs, path: string): Promise<SeenLock | undefined> {
  const bytes = await readSmallFile(fs, path, HOLDER_BYTES);
  const found = await guardedIfThere(path, fs.stat(path));
  if (bytes === undefined || found === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  return { text, state: `${found.mtimeMs} ${text}`, holder: parseLockHolder(text) };
}

async function isAbandoned(lock: SeenLock, silent: boolean): Promise<boolean> {
  const running = lock.holder === undefined ? undefined : await isRunning(lock.holder);
  return running === undefined ? silent : !running;
}

/** Under the inner lock only we can remove this one: its holder is gone and every other taker waits. */
async function breakLock(fs: LayoutFs, path: string, seen: SeenLock, options: FileLockOptions): Promise<void> {
  const removeSeen = async (): Promise<void> => {
    const lock = await readLock(fs, path);
    if (lock?.state === seen.state) await removeFile(fs, path);
  };
  if (path.endsWith(BREAK_SUFFIX.repeat(MAX_BREAKS))) {
    throw storeUnusable(path, 'left behind by killed processes; remove this file when nobody writes to the store');
  }
  await withFileLock(fs, `${path}${BREAK_SUFFIX}`, removeSeen, options);
}

function stillHeld(path: string, waitMs: number, { holder }: SeenLock): Error {
  const who = holder === undefined ? 'an unknown process' : `process ${holder.pid} on ${holder.space.split('/')[0]}`;
  return storeUnusable(path, `${who} held this lock for ${waitMs} ms; wait for it, or end it if it hangs`);
}

/** Longer the longer we wait, and never the same for two waiters. */
async function pause(waitedMs: number, signal: AbortSignal | undefined): Promise<void> {
  const longest = Math.min(PAUSE_MS.longest, PAUSE_MS.shortest + waitedMs / 4);
  const length = PAUSE_MS.shortest + Math.random() * longest;
  await sleep(length, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
