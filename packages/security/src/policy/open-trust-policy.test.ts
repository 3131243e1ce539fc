import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ci, hsm, POLICY, readSample as read } from '../../test/policy-sample.ts';
import { openTrustPolicy } from './parse-trust-policy.ts';

describe('openTrustPolicy', () => {
  it('reads files relative to the policy, also beside its folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'squizzle-policy-'));
    try {
      await mkdir(join(folder, 'config'));
      await mkdir(join(folder, 'keys'));
      await writeFile(join(folder, 'keys', 'ci.pub'), ci.pem);
      await writeFile(join(folder, 'keys', 'hsm.pub'), hsm.pem);
      const path = join(folder, 'config', 'squizzle.trust.yaml');
      await writeFile(path, POLICY.replaceAll('keys/', '../keys/'));
      const policy = await openTrustPolicy(path);
      expect(policy.file).toBe('squizzle.trust.yaml');
      expect(policy.digest).toBe((await read(POLICY)).digest);
      await expect(openTrustPolicy(join(folder, 'none.yaml'))).rejects.toMatchObject({
        code: 'POLICY_INVALID',
        details: { file: 'none.yaml', reason: 'there is no such file' },
      });
      await writeFile(path, Buffer.from([0xff, 0xfe, 0x00]));
      await expect(openTrustPolicy(path)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
      await expect(openTrustPolicy(folder)).rejects.toMatchObject({
        code: 'POLICY_INVALID',
        details: { reason: 'it is a folder, and no file' },
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
  it.skipIf(platform === 'win32')('never waits for a named pipe, and reads those of a shell', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'squizzle-policy-'));
    try {
      const path = join(folder, 'squizzle.trust.yaml');
      await promisify(execFile)('mkfifo', [path]);
      await expect(openTrustPolicy(path)).rejects.toMatchObject({
        code: 'POLICY_INVALID',
        details: { reason: 'it is a pipe or a device, and no file' },
      });
      // for both ends, so that neither is waited for
      await using both = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
      const controller = new AbortController();
      const never = openTrustPolicy(`/dev/fd/${both.fd}`, 'shell', { signal: controller.signal });
      controller.abort(new Error('stopped'));
      await expect(never).rejects.toThrow('stopped');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
