import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeFolderLock } from './folder-lock.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

describe('takeFolderLock', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'squizzle-lock-')), 'db.lock');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  it('lets one in at a time, and the next when it is free', async () => {
    const first = await takeFolderLock(folder, { waitMs: 0 });
    const refused = takeFolderLock(folder, { waitMs: 0 });
    await expect(refused).rejects.toMatchObject({ code: 'STORE_LOCKED', details: { pid: process.pid } });
    await first.release();
    await (await takeFolderLock(folder, { waitMs: 0 })).release();
  });

  it('waits, says for whom, and goes on', async () => {
    const first = await takeFolderLock(folder, { waitMs: 0 });
    const holders: string[] = [];
    const onWaiting = (holder: string): void => {
      holders.push(holder);
      void first.release();
    };
    await (await takeFolderLock(folder, { waitMs: 5_000, onWaiting })).release();
    expect(holders).toEqual([`pid ${process.pid}`]);
  });

  it('stops waiting when asked to', async () => {
    const first = await takeFolderLock(folder, { waitMs: 0 });
    const signal = AbortSignal.timeout(30);
    await expect(takeFolderLock(folder, { waitMs: 60_000, signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    await first.release();
  });

  it('never lets two in, however many try at once', async () => {
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      const lock = await takeFolderLock(folder, { waitMs: 30_000 });
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((done) => setTimeout(done, 1));
      inside -= 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 24 }, visit));
    expect(most).toBe(1);
    expect((await readdir(folder)).length).toBeLessThanOrEqual(2);
  });

  it('takes over from a process that is gone', async () => {
    await (await takeFolderLock(folder, { waitMs: 0 })).release();
    const gone: ProcessIdentity = { ...(await ownIdentity()), pid: await endedProcess() };
    await writeFile(join(folder, '2'), JSON.stringify({ ...gone, free: false, id: 'x' }));
    const lock = takeFolderLock(folder, { waitMs: 0 });
    await expect(lock).resolves.toBeDefined();
    await (await lock).release();
  });

  it('takes over from a claim that cannot be read', async () => {
    await (await takeFolderLock(folder, { waitMs: 0 })).release();
    await writeFile(join(folder, '7'), '');
    const lock = takeFolderLock(folder, { waitMs: 0 });
    await expect(lock).resolves.toBeDefined();
    await (await lock).release();
  });
});

describe('isAlive', () => {
  it.each([
    { change: {}, alive: true, why: 'it is this process' },
    { change: { started: '1' }, alive: false, why: 'the number was given to another process since' },
    { change: { started: null }, alive: true, why: 'a start time that is not known says nothing' },
    { change: { space: 'elsewhere|boot|pid:[1]' }, alive: true, why: 'of another machine nothing is known' },
    { change: { space: `${hostname()}|earlier boot|pid:[1]` }, alive: false, why: 'the machine was started since' },
  ])('is $alive: $why', async ({ change, alive }) => {
    expect(await isAlive({ ...(await ownIdentity()), ...change })).toBe(alive);
  });

  it('is false for a process that has ended', async () => {
    expect(await isAlive({ ...(await ownIdentity()), pid: await endedProcess() })).toBe(false);
  });
});

async function endedProcess(): Promise<number> {
  const child = spawn('true');
  await new Promise((done) => child.once('exit', done));
  return child.pid ?? 0;
}
