import nodeFs, { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { withFileLock, type FileLockOptions } from './file-lock.ts';
import { identifyProcess } from './process-identity.ts';

const folder = useTemporaryFolder();
const lockPath = (): string => join(folder(), 'a.lock');
const take = async (options?: FileLockOptions): Promise<string> =>
  withFileLock(nodeFs, lockPath(), async () => 'taken', options);

/** A lock file as another process would have left it. */
async function leaveLock(changes: Readonly<Record<string, unknown>>, path = lockPath()): Promise<void> {
  await writeFile(path, JSON.stringify({ token: 'theirs', ...(await identifyProcess()), ...changes }));
}

describe('withFileLock', () => {
  it('answers what the work answered, and leaves no file', async () => {
    expect(await take()).toBe('taken');
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('throws what the work threw, and leaves no file', async () => {
    const failing = withFileLock(nodeFs, lockPath(), async () => Promise.reject(new RangeError('work')));
    await expect(failing).rejects.toThrow('work');
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('lets one in at a time', async () => {
    const inside = { now: 0, most: 0, total: 0 };
    const work = async (): Promise<void> => {
      inside.now += 1;
      inside.most = Math.max(inside.most, inside.now);
      await sleep(1);
      inside.total += 1;
      inside.now -= 1;
    };
    await Promise.all(Array.from({ length: 30 }, async () => withFileLock(nodeFs, lockPath(), work)));
    expect(inside).toEqual({ now: 0, most: 1, total: 30 });
  });

  it.each<{ holder: string; changes: Record<string, unknown> }>([
    { holder: 'a process that does not run', changes: { pid: 2 ** 22 + 1, start: null } },
    { holder: 'an earlier process with our number: containers count from 1 each time', changes: { start: '1' } },
  ])('takes the lock of $holder at once', async ({ changes }) => {
    await leaveLock(changes);
    const started = performance.now();
    expect(await take()).toBe('taken');
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await filesBelow(folder())).toEqual([]);
  });

  it.each<{ holder: string; content: string }>([
    { holder: 'a machine that fell silent', content: '{"token":"t","pid":1,"space":"elsewhere","start":null}' },
    { holder: 'a process killed before it wrote its name', content: '' },
    { holder: 'a process killed while it wrote its name', content: '{"token":"t' },
    { holder: 'nobody that can be understood', content: '[null]' },
    { holder: 'a number that is no process', content: '{"token":"t","pid":-1,"space":"elsewhere"}' },
  ])('takes the lock of $holder after the silence, not before', async ({ content }) => {
    await writeFile(lockPath(), content);
    const started = performance.now();
    expect(await take({ silenceMs: 200, waitMs: 10_000 })).toBe('taken');
    expect(performance.now() - started).toBeGreaterThanOrEqual(200);
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('respects a holder elsewhere that gives signs of life', async () => {
    await leaveLock({ space: 'elsewhere' });
    const touching = setInterval(
      () => void nodeFs.utimes(lockPath(), new Date(), new Date()).catch(() => undefined),
      20,
    );
    const refusal = take({ silenceMs: 300, waitMs: 900 });
    await expect(refusal).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    clearInterval(touching);
  });

  it('gives signs of life itself while the work lasts', async () => {
    await withFileLock(
      nodeFs,
      lockPath(),
      async () => {
        const before = await nodeFs.stat(lockPath());
        await sleep(150);
        expect((await nodeFs.stat(lockPath())).mtimeMs).toBeGreaterThan(before.mtimeMs);
      },
      { silenceMs: 100 },
    );
  });

  it('gives up after the wait, saying who holds the lock and where', async () => {
    await withFileLock(nodeFs, lockPath(), async () => {
      const { pid } = await identifyProcess();
      await expect(take({ waitMs: 50 })).rejects.toMatchObject({
        code: 'STORE_UNUSABLE',
        message: expect.stringMatching(`process ${pid} on .* held this lock for 50 ms`) as string,
        details: { path: lockPath(), systemCode: null },
      });
    });
  });

  it('gives up on a lock without a name too', async () => {
    await writeFile(lockPath(), '');
    await expect(take({ waitMs: 20 })).rejects.toThrow('an unknown process');
  });

  it('stops waiting when aborted', async () => {
    const reason = new RangeError('stopped by the test');
    await withFileLock(nodeFs, lockPath(), async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 30);
      await expect(take({ signal: controller.signal })).rejects.toBe(reason);
    });
  });

  it('tells a holder whose lock was taken over, and leaves the new lock alone', async () => {
    const work = withFileLock(nodeFs, lockPath(), async ({ assertHeld }) => {
      await assertHeld();
      await rm(lockPath());
      await leaveLock({ token: 'the next' });
      await assertHeld();
    });
    await expect(work).rejects.toThrow('took this lock over');
    expect(await readFile(lockPath(), 'utf8')).toContain('the next');
  });

  it('takes a lock though one who was taking it was killed as well', async () => {
    await leaveLock({ start: '1' });
    await leaveLock({ start: '1' }, `${lockPath()}.break`);
    expect(await take()).toBe('taken');
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('asks a person when takers were killed again and again', async () => {
    for (const suffix of ['', '.break', '.break.break', '.break.break.break']) {
      await leaveLock({ start: '1' }, `${lockPath()}${suffix}`);
    }
    await expect(take()).rejects.toThrow('remove this file when nobody writes to the store');
  });
});
