import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli, SHOP } from '../../test/cli-fixture.ts';

it('finds the file in this folder and those above', async () => {
  const cli = await createCli(SHOP);
  await mkdir(join(cli.folder, 'a/b'), { recursive: true });
  await cli.json('build', { cwd: join(cli.folder, 'a/b') });
  expect([...cli.stores.keys()]).toContain(join(cli.folder, '.squizzle/store'));
});

it.each([
  { args: '-c other.yaml', env: {}, why: 'a flag' },
  { args: '', env: { SQUIZZLE_CONFIG: 'other.yaml' }, why: 'a variable' },
  { args: '-c other.yaml', env: { SQUIZZLE_CONFIG: 'no.yaml' }, why: 'the flag goes before the variable' },
  { args: '--cwd sub -c ../other.yaml', env: {}, why: 'relative to --cwd' },
])('takes the file that is named: $why', async ({ args, env }) => {
  const cli = await createCli({ ...SHOP, 'other.yaml': 'name: other\n', 'sub/x': '' });
  expect(await cli.json(`config show ${args}`, { env })).toMatchObject({ config: { name: 'other' } });
});

it.each([
  { args: 'list', exitCode: 2, code: 'CONFIG_NOT_FOUND', says: "'squizzle init' makes one", why: 'none anywhere' },
  {
    args: 'list -c no.yaml',
    exitCode: 2,
    code: 'CONFIG_NOT_FOUND',
    says: 'there is no file no.yaml',
    why: 'not the named one',
  },
  { args: 'list --cwd no', exitCode: 2, code: 'USAGE_INVALID', says: 'there is no such folder', why: 'no such folder' },
  {
    args: 'list --cwd file',
    exitCode: 2,
    code: 'USAGE_INVALID',
    says: 'there is no such folder',
    why: 'a file is none',
  },
  {
    args: 'list -c folder',
    exitCode: 2,
    code: 'CONFIG_INVALID',
    says: 'it cannot be read (EISDIR)',
    why: 'a folder is no file',
  },
  {
    args: 'list -c latin1.yaml',
    exitCode: 2,
    code: 'CONFIG_INVALID',
    says: 'it is not UTF-8 text',
    why: 'another encoding',
  },
  {
    args: 'list -c big.yaml',
    exitCode: 2,
    code: 'CONFIG_INVALID',
    says: 'more than the 1048576 allowed',
    why: 'too much',
  },
  {
    args: 'list -c /dev/zero',
    exitCode: 2,
    code: 'CONFIG_INVALID',
    says: 'it is a pipe or a device, and no file',
    why: 'a device has no end',
  },
])('$args is $code: $why', async ({ args, exitCode, code, says }) => {
  const cli = await createCli({ 'folder/x': '', file: '', 'big.yaml': `# ${'x'.repeat(1_048_576)}` });
  await writeFile(join(cli.folder, 'latin1.yaml'), Buffer.from('name: caf\u00e9', 'latin1'));
  const failure = await cli.failure(args);
  expect(failure).toMatchObject({ exitCode, code });
  expect(failure.message).toContain(says);
});
