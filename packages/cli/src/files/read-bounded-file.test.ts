import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readBoundedFile, readUpTo } from './read-bounded-file.ts';

const EXPECTED = { label: '--key k', limitBytes: 8 };

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-files-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('a file', () => {
  it('is read whole, up to the limit', async () => {
    const path = join(await createFolder(), 'k');
    await writeFile(path, '12345678');
    expect(new TextDecoder().decode(await readBoundedFile(path, EXPECTED))).toBe('12345678');
    await writeFile(path, '123456789');
    await expect(readBoundedFile(path, EXPECTED)).rejects.toThrow('--key k: it has more than the 8 bytes');
  });

  it('is told from what is none', async () => {
    const folder = await createFolder();
    await expect(readBoundedFile(join(folder, 'none'), EXPECTED)).rejects.toThrow('--key k: there is no such file');
    await expect(readBoundedFile(folder, EXPECTED)).rejects.toThrow('--key k: it is a folder');
  });
});

describe.skipIf(platform === 'win32')('a pipe', () => {
  it('that has a name is refused at once, whether somebody writes or not', async () => {
    const path = join(await createFolder(), 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    await expect(readBoundedFile(path, EXPECTED)).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      message: '--key k: it is a pipe or a device, and no file',
    });
    await expect(readUpTo('/dev/zero', 8)).rejects.toMatchObject({ code: 'EFTYPE' });
  });

  it('of a shell is read to its end, however late that comes, and given up by signal', async () => {
    const path = join(await createFolder(), 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    // for both ends, so that neither is waited for; macOS gives /dev/fd/N the way of waiting that N has
    await using both = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    const shellPipe = `/dev/fd/${both.fd}`;
    const late = readUpTo(shellPipe, 3);
    await both.write('abc');
    expect(new TextDecoder().decode(await late)).toBe('abc');
    const controller = new AbortController();
    const never = readUpTo(shellPipe, 3, { signal: controller.signal });
    controller.abort(new Error('stopped'));
    await expect(never).rejects.toThrow('stopped');
  });
});
