import { SquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { createCli, SHOP } from '../test/cli-fixture.ts';
import { ownVersion } from './own-version.ts';

const visible = (text: string): string => text.replaceAll('\u001b', '<esc>');

describe('usage', () => {
  it.each([
    { args: 'aply', says: "unknown command 'aply'\n(Did you mean apply?)", why: 'a slip' },
    { args: 'frobnicate', says: "unknown command 'frobnicate'", why: 'nothing like it' },
    { args: 'apply --dry-rn', says: "unknown option '--dry-rn'\n(Did you mean --dry-run?)", why: 'a slip' },
    { args: 'apply 1.0.0 2.0.0', says: 'too many arguments', why: 'two selectors' },
    { args: 'new', says: "missing required argument 'name'", why: 'no name' },
    { args: 'list --cwd', says: "option '--cwd <folder>' argument missing", why: 'no folder' },
    { args: 'config', says: 'which command?', why: 'half a command' },
    { args: 'config shw', says: "unknown command 'shw'\n(Did you mean show?)", why: 'a slip' },
    {
      args: 'apply --wait later',
      says: "option '--wait <duration>' argument 'later' is invalid. Expected a duration",
      why: 'no duration',
    },
  ])('$args ends with 2: $why', async ({ args, says }) => {
    const cli = await createCli(SHOP);
    expect(await cli.squizzle(args)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(says) as string,
    });
    expect(await cli.failure(args === 'list --cwd' ? '--json list --cwd' : args).catch(() => null)).toMatchObject({
      exitCode: 2,
      code: 'USAGE_INVALID',
    });
  });

  it('explains itself when it is called with nothing', async () => {
    const { exitCode, stderr } = await (await createCli()).squizzle('');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error\[USAGE_INVALID\]: which command\?.*\n\nUsage: squizzle/);
  });

  it.each([
    '--help',
    '-h',
    'help',
    'help apply',
    'apply --help',
    'config --help',
    'config show --help',
    '--version',
    '-V',
  ])('%s is answered on standard output', async (args) => {
    const { exitCode, stdout, stderr } = await (await createCli()).squizzle(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      args.toLowerCase().includes('v') && !args.includes('help') ? ownVersion() : /^Usage: squizzle/,
    );
  });

  it.each([
    { args: 'help key generate', usage: 'squizzle key generate [options]', why: 'a command within another' },
    { args: 'help trust lint', usage: 'squizzle trust lint ', why: 'another such' },
    { args: 'help trust', usage: 'squizzle trust ', why: 'those that it has within' },
    { args: 'help help', usage: 'squizzle help ', why: 'itself' },
    { args: 'help', usage: 'squizzle [options] [command]', why: 'all of it' },
  ])('$args explains $why', async ({ args, usage }) => {
    const { exitCode, stdout } = await (await createCli()).squizzle(args);
    expect(exitCode).toBe(0);
    expect(stdout.startsWith(`Usage: ${usage}`), stdout).toBe(true);
  });

  it.each([
    { args: 'help key generat', says: "no command 'key generat': did you mean 'generate'?" },
    { args: 'help aply', says: "no command 'aply': did you mean 'apply'?" },
    { args: 'help apply 1.2.0', says: "no command 'apply 1.2.0': 'squizzle help' lists them" },
  ])('$args is refused', async ({ args, says }) => {
    const failure = await (await createCli()).failure(args);
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain(says);
  });

  it('says each default once', async () => {
    const { stdout } = await (await createCli()).squizzle('help approve');
    expect(stdout.match(/\(default: [^)]*\)/g)).toEqual(['(default: 7d)']);
  });

  it.each([
    ['--json', 'list'],
    ['list', '--json'],
    ['-c', 'squizzle.yaml', '--cwd', '.', 'list', '--json'],
    ['list', '--json', '--config=squizzle.yaml', '--cwd=.'],
    ['-e', 'development', '--json', 'status'],
    ['status', '--json', '--env', 'development'],
    ['--json', 'config', 'show'],
    ['config', '--json', 'show'],
  ])('takes common options before and after the command: %s %s %s', async (...argv) => {
    const { exitCode, stdout } = await (await createCli(SHOP)).squizzle(argv);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });
});

describe('failure', () => {
  const broken = (thrown: unknown) => ({ adapters: { openStore: () => Promise.reject(thrown) } });

  it('says that what it does not know is a bug, with the stack only when asked', async () => {
    const cli = await createCli(SHOP);
    const call = broken(new TypeError('undefined is no function', { cause: new Error('deeper') }));
    const short = await cli.squizzle('list', call);
    expect(short.exitCode).toBe(1);
    expect(short.stderr).toMatchInlineSnapshot(`
      "error[BUG]: TypeError: undefined is no function
      this is a bug in squizzle; please report it with the output of the same command with --verbose: https://github.com/squizzle-dev/squizzle/issues
      "
    `);
    const long = await cli.squizzle('list --verbose', call);
    expect(long.stderr).toContain('caused by: Error: deeper\nTypeError: undefined is no function\n    at ');
    expect(await cli.failure('list', call)).toEqual({
      exitCode: 1,
      code: 'BUG',
      message: 'TypeError: undefined is no function',
      details: {},
    });
    expect(await cli.failure('list', broken('a text'))).toMatchObject({ exitCode: 1, code: 'BUG', message: 'a text' });
  });

  it('prints causes with --verbose', async () => {
    const cli = await createCli(SHOP);
    const system = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const cause = new SquizzleError(
      'STORE_UNUSABLE',
      'no access',
      { path: '/x', systemCode: 'EACCES' },
      { cause: system },
    );
    const call = broken(new SquizzleError('CONTENT_NOT_FOUND', 'gone', { digest: 'x' }, { cause }));
    expect(await cli.squizzle('list', call)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'error[CONTENT_NOT_FOUND]: gone\n',
    });
    expect((await cli.squizzle('--verbose list', call)).stderr).toBe(
      'error[CONTENT_NOT_FOUND]: gone\ncaused by: SquizzleError[STORE_UNUSABLE]: no access\ncaused by: Error[EACCES]: EACCES: permission denied\n',
    );
    expect((await cli.squizzle('--verbose list', broken(new Error('a', { cause: 'b' })))).stderr).toContain(
      'caused by: b\n',
    );
  });

  it('keeps passwords and control characters out of messages', async () => {
    const cli = await createCli(SHOP);
    const call = broken(
      new SquizzleError('DATABASE_UNREACHABLE', 'postgres://app:hun@ter2@db/x?password=hunter2 \u001b[2Jgone', {
        database: 'x',
      }),
    );
    expect((await cli.squizzle('list', call)).stderr).toBe(
      'error[DATABASE_UNREACHABLE]: postgres://app:***@db/x?password=*** \\x1b[2Jgone\n',
    );
  });

  it('reports the failure of the work, not of closing after it', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    const openDatabase = async () => {
      const { createMemoryDatabase } = await import('@squizzle/core/testing');
      const fail = (what: string) => () =>
        Promise.reject(new SquizzleError('CONNECTION_LOST', what, { database: 'x' }));
      return { ...createMemoryDatabase().connect(), readHistory: fail('reading'), close: fail('closing') };
    };
    expect(await cli.failure('status', { adapters: { openDatabase } })).toMatchObject({
      exitCode: 7,
      message: 'reading',
    });
  });

  it('is red on a terminal', async () => {
    const cli = await createCli();
    expect(visible((await cli.squizzle('list', { isTTY: true })).stderr)).toMatch(
      /^<esc>\[31merror\[CONFIG_NOT_FOUND\]:<esc>\[39m/,
    );
    expect((await cli.squizzle('list --no-color', { isTTY: true })).stderr).toMatch(/^error\[CONFIG_NOT_FOUND\]:/);
  });
});

describe('progress', () => {
  it('is one line that is written over, on a terminal', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    const { stderr } = await cli.squizzle('apply', { isTTY: true });
    expect(visible(stderr)).toMatch(
      /^starting the embedded database\r<esc>\[Kapplying 1\.0\.0 \(1 file\)\r<esc>\[Kapplied 1\.0\.0 \(1 file, \d+ ms\)\n$/,
    );
    const narrow = await cli.squizzle('status --no-color', { isTTY: true, columns: 20 });
    expect(narrow.stderr).toMatch(/^starting the embedd\r/);
  });

  it('is lines in CI, and nothing with --quiet or --json', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    expect((await cli.squizzle('push', { isTTY: true, env: { CI: 'true' } })).stderr).not.toContain('\r');
    expect((await cli.squizzle('push --to x -q')).stderr).toBe('');
    expect((await cli.squizzle('push --to y --json')).stderr).toBe('');
  });
});
