import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SILENT_LOGGER } from '../log/logger.ts';
import { createBcryptWorker } from './bcrypt-worker.ts';

/** As `htpasswd -nbB` printed them. */
const WONDERLAND = '$2y$04$EQ/0FIzJNqb4h87/b1dJtuTrgv.FRlHSoeVztJXdVhd92Q6I4sOye';
const COLONS = '$2y$05$E3WR3h2ts/rw9/jjnvf0iuMFPSw5UcuoSbBy.8TVuUwdWEIiTHBfO';
const KEY = '$2y$04$gKM0BWdLs0J/oztTXxnFf.XcSBrVGGXndyzgLyQJey2Hm9shG1Mpq';
const SEVENTY_TWO = '$2y$04$9DIlr/WySS2aW1BYfEg7pObwXOsWD7PAn6CkrorBcO.mYHBwqN/Si';

const folder = await mkdtemp(join(tmpdir(), 'squizzle-bcrypt-'));
afterAll(() => rm(folder, { recursive: true }));

/** A thread that does what `code` says with each password, instead of bcrypt. */
async function openThread(code: string, idleMs?: number) {
  const threadFile = join(folder, `thread-${Math.random()}.cjs`);
  await writeFile(
    threadFile,
    `const { parentPort: port, threadId } = require('node:worker_threads');
    port.on('message', ({ password }) => { ${code} });`,
  );
  const errors: string[] = [];
  const logger = { ...SILENT_LOGGER, error: (message: string) => void errors.push(message) };
  const worker = createBcryptWorker({ logger, threadFile, ...(idleMs !== undefined && { idleMs }) });
  return { worker, errors };
}

describe('story 011 basic authentication: bcrypt in its thread', () => {
  it('agrees with htpasswd, in the order asked, while the event loop goes on', async () => {
    const worker = createBcryptWorker({ logger: SILENT_LOGGER });
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    try {
      const rows = [
        { password: 'wonderland', hash: WONDERLAND, matches: true },
        { password: 'Wonderland', hash: WONDERLAND, matches: false },
        { password: '', hash: WONDERLAND, matches: false },
        { password: 'wonderland', hash: WONDERLAND.replace('$2y$', '$2a$'), matches: true },
        { password: 'pass:with:colons', hash: COLONS, matches: true },
        { password: 'grün 🔑', hash: KEY, matches: true },
        { password: 'x'.repeat(72), hash: SEVENTY_TWO, matches: true },
        { password: 'x'.repeat(71), hash: SEVENTY_TWO, matches: false },
      ];
      const matches = await Promise.all(rows.map(({ password, hash }) => worker.compare(password, hash)));
      expect(matches).toEqual(rows.map((row) => row.matches));
      expect(turns).toBeGreaterThan(0);
    } finally {
      clearInterval(turning);
      await worker.close();
    }
  });

  it('ends the thread when it is not needed, and starts another when it is', async () => {
    const { worker } = await openThread('port.postMessage(threadId)', 1);
    const ask = async (): Promise<unknown> => worker.compare('', '');
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(second).toBe(first);
    await new Promise((due) => setTimeout(due, 2)); // after the timer of the thread, which is due before this one
    expect(await ask()).toBeGreaterThan(first as number);
    await worker.close();
  });

  it('fails what a broken thread was asked, says so in the log, and goes on with another', async () => {
    const { worker, errors } = await openThread(
      `if (password === 'break') throw new Error('broken'); port.postMessage(true)`,
    );
    const asked = ['break', 'after'].map((password) => worker.compare(password, ''));
    for (const failing of asked) await expect(failing).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    expect(errors).toEqual(['the thread that checks passwords failed']);
    expect(await worker.compare('fine', '')).toBe(true);
    await worker.close();
  });

  it('fails when there is no thread to start', async () => {
    const worker = createBcryptWorker({ logger: SILENT_LOGGER, threadFile: join(folder, 'missing.cjs') });
    await expect(worker.compare('', '')).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    await worker.close();
  });

  it('fails what waits when it is closed, and everything afterwards', async () => {
    const { worker } = await openThread('');
    const waiting = Promise.allSettled([worker.compare('', ''), worker.compare('', '')]);
    await worker.close();
    for (const settled of await waiting) expect(settled).toMatchObject({ reason: { kind: 'UNAVAILABLE' } });
    await expect(worker.compare('', '')).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    await worker.close();
  });
});
