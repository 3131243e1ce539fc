import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathTo, writeHelper } from '../../../test/helper-programs.ts';
import { useTemporaryFolder } from '../../../test/temporary-folder.ts';
import { createHelperRunner } from './credential-helper.ts';

describe('createHelperRunner', () => {
  const folder = useTemporaryFolder();
  const runner = (options: object = {}) => createHelperRunner({ env: pathTo(folder()), ...options });

  it('gives the input by stdin and the verb as the one argument, and tells what was said', async () => {
    const body = `console.log(JSON.stringify([process.argv.slice(2), input])); console.error('note'); process.exitCode = 3;`;
    await writeHelper(folder(), 'echo', body);
    const answer = await runner()({ name: 'echo', verb: 'get', input: 'ghcr.io' });
    expect(answer).toEqual({ kind: 'ended', exitCode: 3, stdout: '[["get"],"ghcr.io"]\n', stderr: 'note\n' });
  });

  it('shows it the variables, but none of SQUIZZLE’s own', async () => {
    await writeHelper(folder(), 'env', `console.log(JSON.stringify([Object.keys(process.env).sort(), input]));`);
    const env = { ...pathTo(folder()), HOME: '/home/ann', SQUIZZLE_PASSWORD: 'hunter2', BAD: 'a\0b', GONE: undefined };
    const answer = await createHelperRunner({ env })({ name: 'env', verb: 'get', input: '' });
    expect(answer).toMatchObject({ stdout: '[["HOME","PATH"],""]\n' });
  });

  it('without variables finds it where this process finds programs', async () => {
    await writeHelper(folder(), 'here', 'console.log(input);');
    const before = process.env['PATH'] ?? '';
    process.env['PATH'] = pathTo(folder()).PATH;
    const asked = createHelperRunner()({ name: 'here', verb: 'get', input: 'x' });
    process.env['PATH'] = before; // the program is started at once
    expect(await asked).toMatchObject({ stdout: 'x\n' });
  });

  it('says that there is no such program', async () => {
    expect(await runner()({ name: 'missing', verb: 'get', input: 'x' })).toEqual({ kind: 'not-installed' });
  });

  it.each(['', '../evil', 'a b', 'a;rm -rf x', 'a\nb', '$(id)', 'a/b', 'ä'])(
    'starts nothing for the name %j',
    async (name) => {
      await expect(runner()({ name, verb: 'get', input: '' })).rejects.toMatchObject({ code: 'CREDENTIALS_UNUSABLE' });
    },
  );

  it('tells of a program that this user may not run', async () => {
    await writeFile(join(folder(), 'docker-credential-locked'), 'no program');
    await chmod(join(folder(), 'docker-credential-locked'), 0o644);
    await expect(
      createHelperRunner({ env: { PATH: folder() } })({ name: 'locked', verb: 'get', input: '' }),
    ).rejects.toMatchObject({ code: 'CREDENTIALS_UNUSABLE', details: { source: 'docker-credential-locked' } });
  });

  it('takes the answer of one that ends without reading', async () => {
    await writeFile(join(folder(), 'docker-credential-deaf'), '#!/bin/sh\nexec 0<&-\necho done\n', { mode: 0o755 });
    const answer = await runner()({ name: 'deaf', verb: 'get', input: 'x'.repeat(1_000_000) });
    expect(answer).toMatchObject({ exitCode: 0, stdout: 'done\n' });
  });

  describe('ends a program that', () => {
    /** What the program wrote of itself: its number, and its child's. */
    const pids = async (): Promise<readonly number[]> => {
      const text = await readFile(join(folder(), 'pids'), 'utf8').catch(() => '');
      const found = text.trim().split(' ').filter(Boolean).map(Number);
      return found.length === 2 ? found : pids();
    };

    it('does not answer in time', async () => {
      await writeFile(join(folder(), 'docker-credential-slow'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
      const asked = runner({ timeoutMs: 100 })({ name: 'slow', verb: 'get', input: '' });
      await expect(asked).rejects.toMatchObject({
        code: 'CREDENTIALS_UNUSABLE',
        message: expect.stringContaining('docker-credential-slow: did not answer within 100 ms') as string,
      });
    });

    it('is no longer waited for, also while its child holds its pipes', async () => {
      const script = `#!/bin/sh\nsleep 60 &\necho $$ $! > ${join(folder(), 'pids')}\nwait\n`;
      await writeFile(join(folder(), 'docker-credential-hang'), script, { mode: 0o755 });
      const stop = new AbortController();
      const asked = runner()({ name: 'hang', verb: 'get', input: '' }, { signal: stop.signal });
      const [own = 0, child = 0] = await pids();
      stop.abort(new RangeError('stopped'));
      await expect(asked).rejects.toThrow('stopped');
      await expect.poll(() => isRunning(own)).toBe(false);
      process.kill(child, 'SIGKILL');
    });

    it('says too much', async () => {
      const script = `#!/bin/sh\necho $$ $$ > ${join(folder(), 'pids')}\nexec yes hunter2\n`;
      await writeFile(join(folder(), 'docker-credential-flood'), script, { mode: 0o755 });
      const asked = runner({ maxOutputBytes: 1000 })({ name: 'flood', verb: 'get', input: '' });
      await expect(asked).rejects.toMatchObject({
        code: 'CREDENTIALS_UNUSABLE',
        message: expect.stringContaining('said more than 1000 bytes') as string,
      });
      const [own = 0] = await pids();
      await expect.poll(() => isRunning(own)).toBe(false);
    });
  });

  it('starts nothing once the signal is aborted', async () => {
    const signal = AbortSignal.abort(new RangeError('stopped'));
    await expect(runner()({ name: 'missing', verb: 'get', input: '' }, { signal })).rejects.toThrow('stopped');
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
