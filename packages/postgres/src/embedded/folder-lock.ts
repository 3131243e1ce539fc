/**
 * One process at a time may have a folder open: PGlite itself lets two in, and they destroy each other's files.
 *
 * The lock is a folder of numbered claims. Who wants it makes the claim after the highest there is, which `link` grants
 * to one process only, and looks again: a still higher one means it came late. The highest claim is never removed, only
 * marked as free, so numbers never come back; a claim whose process is gone counts as free.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { pause } from '../connection/abort.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

export interface FolderLockOptions {
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told once: `pid 123`. */
  readonly onWaiting?: ((holder: string) => void) | undefined;
}

export interface FolderLock {
  release(): Promise<void>;
}

interface Claim extends ProcessIdentity {
  readonly free: boolean;
  /** Tells apart two claims of one process. */
  readonly id: string;
}

const [FIRST_POLL_MS, LAST_POLL_MS] = [20, 250] as const;

/**
 * @param folder where the claims lie; made when it is missing.
 * @throws {SquizzleError} `STORE_LOCKED` naming the process; `STORE_UNUSABLE`; `CANCELLED`.
 */
export async function takeFolderLock(folder: string, options: FolderLockOptions): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const deadline = performance.now() + options.waitMs;
  let told = false;
  for (let poll = FIRST_POLL_MS as number; ; poll = Math.min(poll * 1.5, LAST_POLL_MS)) {
    const taken = await tryClaim(folder);
    if ('release' in taken) return taken;
    const left = deadline - performance.now();
    if (left <= 0) throw locked(folder, taken.heldBy, options.waitMs);
    if (!told && taken.heldBy !== 0) {
      options.onWaiting?.(`pid ${taken.heldBy}`);
      told = true;
    }
    await pause(Math.min(left, poll * (0.5 + Math.random() / 2)), options.signal, 'waiting for the embedded database');
  }
}

/** @returns the lock, or the process that has it; 0 where someone was quicker just now. */
async function tryClaim(folder: string): Promise<FolderLock | { readonly heldBy: number }> {
  const highest = await findHighest(folder);
  const holder = highest === 0 ? null : await readClaim(join(folder, String(highest)));
  if (holder !== null && !holder.free && (await isAlive(holder))) return { heldBy: holder.pid };
  const claim: Claim = { ...(await ownIdentity()), free: false, id: randomUUID() };
  const number = highest + 1;
  const path = join(folder, String(number));
  if (!(await publish(folder, path, claim))) return { heldBy: (await readClaim(path))?.pid ?? 0 };
  if ((await findHighest(folder)) !== number) {
    await rm(path, { force: true });
    return { heldBy: 0 };
  }
  await removeLower(folder, number);
  return { release: () => markFree(folder, path, claim) };
}

async function findHighest(folder: string): Promise<number> {
  return Math.max(0, ...(await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number));
}

/** `null`: it is gone, which only a higher claim can cause. Claims appear whole, by `link` and `rename`. */
async function readClaim(path: string): Promise<Claim | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Claim;
  } catch {
    return null;
  }
}

/** @returns whether the number was still to be had. */
async function publish(folder: string, path: string, claim: Claim): Promise<boolean> {
  const arriving = join(folder, `.${claim.id}`);
  try {
    await writeFile(arriving, JSON.stringify(claim));
    await link(arriving, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(arriving, { force: true });
  }
}

/** The one before stays, so that who lists the folder meanwhile sees the one or the other. */
async function removeLower(folder: string, number: number): Promise<void> {
  const lower = (await readdir(folder)).filter((name) => /^\d+$/.test(name) && Number(name) < number - 1);
  await Promise.all(lower.map((name) => rm(join(folder, name), { force: true })));
}

async function markFree(folder: string, path: string, claim: Claim): Promise<void> {
  const arriving = join(folder, `.${claim.id}`);
  await writeFile(arriving, JSON.stringify({ ...claim, free: true }));
  await rename(arriving, path);
}

function locked(folder: string, pid: number, waitMs: number): SquizzleError {
  const message = `another process (pid ${pid}) has the embedded database open; waited ${waitMs} ms. If no such process runs on any machine that shares the folder, remove ${folder}`;
  return new SquizzleError('STORE_LOCKED', message, { path: folder, pid: pid === 0 ? null : pid });
}
