import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keyFingerprint, readPublicKey } from '@squizzle/security';
import { expect, it } from 'vitest';
import { createCli, SHOP } from '../../test/cli-fixture.ts';

const PASSWORD = 'correct horse';

it('makes a pair: the key for its owner alone, the other for everybody', async () => {
  const cli = await createCli(SHOP);
  const made = await cli.json('key generate -o trust/ci', { env: { SQUIZZLE_KEY_PASSWORD: PASSWORD } });
  expect(made).toEqual({
    privateKey: 'trust/ci.key',
    publicKey: 'trust/ci.pub',
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
  });
  expect(await cli.read('trust/ci.key')).toContain('ENCRYPTED SIGSTORE PRIVATE KEY');
  expect(made['fingerprint']).toBe(keyFingerprint(readPublicKey(await cli.read('trust/ci.pub'), 'ci.pub')));
  expect((await stat(join(cli.folder, 'trust/ci.key'))).mode & 0o777).toBe(0o600);
});

it('makes one without a password only when told', async () => {
  const cli = await createCli();
  await cli.json('key generate --no-password');
  expect(await cli.read('squizzle.key')).toContain('-----BEGIN PRIVATE KEY-----');
});

it('asks twice at a terminal, and shows nothing of it', async () => {
  const cli = await createCli();
  const { exitCode, stdout, stderr } = await cli.squizzle('key generate', { isTTY: true, typed: [PASSWORD, PASSWORD] });
  expect(exitCode).toBe(0);
  expect(stderr).toBe('password of the new key: the same again: ');
  expect(stdout + stderr).not.toContain(PASSWORD);
});

it.each([
  { why: 'two that differ', call: { isTTY: true, typed: ['one', 'another'] }, says: 'the two passwords differ' },
  { why: 'an empty one', call: { isTTY: true, typed: ['', ''] }, says: 'the password is empty' },
  { why: 'an empty variable', call: { env: { COSIGN_PASSWORD: '' } }, says: 'the password is empty' },
  { why: 'nobody to ask', call: {}, says: 'set SQUIZZLE_KEY_PASSWORD' },
])('refuses $why, and makes nothing', async ({ call, says }) => {
  const cli = await createCli();
  const { exitCode, stderr } = await cli.squizzle('key generate', call);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
  await expect(cli.read('squizzle.key')).rejects.toThrow('ENOENT');
});

it.each(['squizzle.key', 'squizzle.pub'])('never writes over %s, and asks for no password before', async (file) => {
  const cli = await createCli({ [file]: 'mine' });
  expect(await cli.squizzle('key generate', { isTTY: true })).toMatchObject({
    exitCode: 5,
    stderr: `error[FILE_EXISTS]: ${file} exists already; it was left as it is\n`.replace(
      'error[FILE_EXISTS]:',
      '\u001b[31merror[FILE_EXISTS]:\u001b[39m',
    ),
  });
  expect(await cli.read(file)).toBe('mine');
});
