import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identifyProcess, isRunning } from './process-identity.ts';

const own = await identifyProcess();

describe('isRunning', () => {
  it.each([
    { other: own, running: true, why: 'this very process' },
    { other: { ...own, start: null }, running: true, why: 'a start that was not known proves nothing' },
    { other: { ...own, space: 'elsewhere' }, running: undefined, why: 'numbers elsewhere mean other processes' },
    { other: { ...own, pid: 2 ** 22 + 1 }, running: false, why: 'there is no such number' },
    {
      other: { ...own, pid: 1, start: null },
      running: true,
      why: 'the first process always runs, though it may be of another user',
    },
  ])('is $running: $why', async ({ other, running }) => {
    expect(await isRunning(other)).toBe(running);
  });

  it.runIf(existsSync('/proc/self/stat'))('is false for a later process with the same number', async () => {
    expect(await isRunning({ ...own, start: '1' })).toBe(false);
  });

  it('is false for a process that was killed', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    expect(await isRunning({ ...own, pid, start: null })).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isRunning({ ...own, pid, start: null })).toBe(false);
  });

  it.runIf(existsSync('/proc/self/stat'))('is false for one killed and not yet collected by its parent', async () => {
    const shell = spawn('bash', ['-c', 'sleep 60 & echo $!; kill -9 $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [chunk] = (await once(shell.stdout, 'data')) as [Buffer];
    await expect.poll(async () => isRunning({ ...own, pid: Number(chunk.toString()), start: null })).toBe(false);
    shell.kill('SIGKILL');
    await once(shell, 'exit');
  });
});
