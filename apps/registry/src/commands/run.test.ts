import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTING_PATHS, SETTINGS, variableOf } from '../config/settings.ts';
import type { Environment, StopSignal } from './environment.ts';
import { run } from './run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-commands-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Given {
  readonly argv: readonly string[];
  readonly env?: Environment['env'];
  readonly isTerminal?: boolean;
  /** Comes as soon as anybody listens. */
  readonly signalAtOnce?: StopSignal;
}

/** A run under way, its process played by the test. */
function start({ argv, env = {}, isTerminal = false, signalAtOnce }: Given) {
  const seen = { stdout: '', stderr: '', log: '' };
  let sendSignal: (signal: StopSignal) => void = () => undefined;
  let failUncaught: (thrown: unknown) => void = () => undefined;
  let awaited: { readonly pattern: RegExp; readonly found: (match: RegExpExecArray) => void } | undefined;
  const lookFor = (): void => {
    const match = awaited?.pattern.exec(seen.log);
    if (match) awaited?.found(match);
  };
  const code = run({
    argv,
    env,
    version: '1.2.3',
    stdout: { write: (text) => void (seen.stdout += text) },
    stderr: { write: (text) => void (seen.stderr += text) },
    isTerminal,
    writeLog: (text, done) => {
      seen.log += text;
      lookFor();
      setImmediate(done);
    },
    onSignal: (listener) => {
      sendSignal = listener;
      if (signalAtOnce !== undefined) listener(signalAtOnce);
    },
    onUncaught: (listener) => void (failUncaught = listener),
  });
  return {
    seen,
    code,
    signal: (signal: StopSignal) => sendSignal(signal),
    fail: (thrown: unknown) => failUncaught(thrown),
    logged: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((found) => {
        awaited = { pattern, found };
        lookFor();
      }),
  };
}

async function finish(given: Given) {
  const { seen, code } = start(given);
  return { code: await code, ...seen };
}

const SERVE = ['serve', '--driver', 'memory', '--port', '0', '--shutdown-grace', '0'];
const LISTENING = /"message":"listening","url":"([^"]+)"/;

const events = (log: string): readonly unknown[] =>
  log
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

function fetchStatus(url: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asked.once('error', reject).end();
  });
}

describe('usage', () => {
  it.each([{ argv: ['--version'] }, { argv: ['-v'] }])('$argv tells the version', async ({ argv }) => {
    expect(await finish({ argv })).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '', log: '' });
  });

  it.each([{ argv: ['--help'] }, { argv: ['-h'] }])('$argv lists the commands', async ({ argv }) => {
    const { code, stdout } = await finish({ argv });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}serve +\w.*\n {2}validate-config +\w/m);
  });

  it.each([{ command: 'serve' }, { command: 'validate-config' }])(
    '$command --help lists every setting in its three spellings',
    async ({ command }) => {
      const { code, stdout } = await finish({ argv: [command, '--help', '--no-such-flag'] });
      expect(code).toBe(0);
      for (const path of SETTING_PATHS) {
        expect(stdout).toContain(SETTINGS[path].flag);
        expect(stdout).toContain(`key ${path}, variable ${variableOf(path)}, default ${SETTINGS[path].default}\n`);
      }
      expect(stdout.includes('--json')).toBe(command === 'validate-config');
    },
  );

  it.each([
    { argv: [], says: 'expected a command', why: 'nothing' },
    { argv: ['--port', '1'], says: 'expected a command before any flag', why: 'a flag alone' },
    { argv: ['sevre'], says: "there is no command 'sevre'; did you mean serve?", why: 'a slip' },
    { argv: ['gc\u001b[2J'], says: String.raw`no command 'gc\u001b[2J'`, why: 'nothing near, nor safe to show' },
  ])('$argv is refused: $why', async ({ argv, says }) => {
    const { code, stdout, stderr } = await finish({ argv });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toContain('Usage: squizzle-registry <command>');
  });

  it.each([{ command: 'serve' }, { command: 'validate-config' }])(
    '$command reports everything that is wrong, on standard error',
    async ({ command }) => {
      const env = { REGISTRY_LOG_LEVEL: 'loud' };
      const { code, stdout, stderr } = await finish({ argv: [command, '--prot', '1', '--auth', 'basic'], env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.split('\n')).toEqual([
        'squizzle-registry: the configuration is not valid:',
        '  --prot: there is no such flag; did you mean --port?',
        '  log.level: expected debug, info, warn or error, found "loud" (REGISTRY_LOG_LEVEL)',
        '  auth.type: basic needs a file of users: set auth.htpasswd or --htpasswd (--auth)',
        '',
      ]);
    },
  );
});

describe('validate-config', () => {
  it('shows each value and where it comes from', async () => {
    const file = join(folder, 'registry.yaml');
    await writeFile(file, 'limits:\n  blob_size: 10GB\n');
    const { code, stdout, stderr } = await finish({
      argv: ['validate-config', '-c', file, '--no-delete'],
      env: { REGISTRY_UPLOADS_EXPIRY: '90m' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(SETTING_PATHS);
    const shown = rows.map((row) => row.replaceAll(/ +/g, ' '));
    expect(shown).toEqual(
      expect.arrayContaining([
        'listen.port 5000 default',
        `limits.blob_size 10GB ${file}:2`,
        'uploads.expiry 90m REGISTRY_UPLOADS_EXPIRY',
        'storage.delete false --no-delete',
      ]),
    );
  });

  it('shows them as JSON', async () => {
    const { code, stdout } = await finish({ argv: ['validate-config', '--json', '--port', '80'] });
    expect(code).toBe(0);
    const { valid, settings } = JSON.parse(stdout) as { valid: boolean; settings: Record<string, unknown> };
    expect(valid).toBe(true);
    expect(Object.keys(settings)).toEqual(SETTING_PATHS);
    expect(settings['listen.port']).toEqual({ value: '80', origin: '--port' });
  });

  it('shows problems as JSON, too', async () => {
    const { code, stdout, stderr } = await finish({ argv: ['validate-config', '--json', '--port', 'x'] });
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      valid: false,
      problems: ['listen.port: expected a whole number from 0 to 65535, found "x" (--port)'],
    });
  });
});

describe('serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('tells its URL in one line, and ends well on %s', async (signal) => {
    const server = start({ argv: SERVE });
    const [, url = ''] = await server.logged(LISTENING);
    expect(events(server.seen.log)).toHaveLength(1);
    expect(await fetchStatus(`${url}/v2/`)).toBe(200);
    server.signal(signal);
    expect(await server.code).toBe(0);
    await expect(fetchStatus(`${url}/v2/`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(events(server.seen.log)).toMatchObject([
      { level: 'info', message: 'listening', url, version: '1.2.3' },
      { message: 'request', status: 200 },
      { message: 'stopping', signal, graceMs: 0 },
      { message: 'stopped' },
    ]);
    expect(server.seen).toMatchObject({ stdout: '', stderr: '' });
  });

  it('ends at once on the second signal', async () => {
    const server = start({ argv: [...SERVE, '--shutdown-grace', '1h'] });
    const [, url = ''] = await server.logged(LISTENING);
    const upload = await beginUpload(url);
    server.signal('SIGTERM');
    await server.logged(/"stopping"/);
    server.signal('SIGINT');
    expect(await server.code).toBe(130);
    upload.destroy();
    await server.logged(/"stopped"/);
  });

  it('stops as soon as it has started when it is asked before', async () => {
    const server = start({ argv: SERVE, signalAtOnce: 'SIGTERM' });
    expect(await server.code).toBe(0);
    expect(events(server.seen.log)).toMatchObject([
      { message: 'listening' },
      { message: 'stopping' },
      { message: 'stopped' },
    ]);
  });

  it('logs a fault that nobody caught, and ends with 1', async () => {
    const server = start({ argv: SERVE });
    await server.logged(LISTENING);
    server.fail(new RangeError('out of\nreach'));
    expect(await server.code).toBe(1);
    expect(events(server.seen.log).at(-1)).toMatchObject({
      level: 'error',
      error: 'out of\nreach',
      stack: expect.stringContaining('run.test.ts') as unknown,
    });
    server.signal('SIGTERM');
    await server.logged(/"stopped"/);
  });

  it('says what to do when its port is taken, with exit code 7', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const { port } = other.address() as AddressInfo;
    const { code, stderr, log } = await finish({ argv: [...SERVE, '--port', String(port)] });
    other.close();
    expect({ code, log }).toEqual({ code: 7, log: '' });
    expect(stderr).toMatch(/^squizzle-registry: 127\.0\.0\.1 port \d+ is in use .*choose another port\n$/);
  });

  it('says what to do when its folder cannot be used, with exit code 7', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { code, stderr, log } = await finish({ argv: ['serve', '--port', '0', '--root', join(file, 'data')] });
    expect({ code, log }).toEqual({ code: 7, log: '' });
    expect(stderr).toMatch(new RegExp(`^squizzle-registry: ${file}[:/]`));
  });

  it.each([
    { flags: [], isTerminal: false, shown: '{"time":"', why: 'JSON, unless a person looks' },
    { flags: [], isTerminal: true, shown: ' \u001b[32mINFO \u001b[0m listening', why: 'for people in a terminal' },
    { flags: ['--log-format', 'json'], isTerminal: true, shown: '{"time":"', why: 'JSON when asked for' },
    { flags: ['--log-format', 'pretty'], isTerminal: false, shown: ' INFO  listening', why: 'no colours in a file' },
    { flags: [], isTerminal: true, env: { NO_COLOR: '1' }, shown: ' INFO  listening', why: 'nor against NO_COLOR' },
  ])('logs $why', async ({ flags, shown, ...given }) => {
    const server = start({ argv: [...SERVE, ...flags], signalAtOnce: 'SIGTERM', ...given });
    expect(await server.code).toBe(0);
    expect(server.seen.log).toContain(shown);
  });

  it('logs no requests when told so', async () => {
    const server = start({ argv: [...SERVE, '--no-log-access'] });
    const [, url = ''] = await server.logged(LISTENING);
    expect(await fetchStatus(`${url}/v2/`)).toBe(200);
    server.signal('SIGTERM');
    await server.code;
    expect(server.seen.log).not.toContain('"request"');
  });

  it('hands its settings over', async () => {
    const server = start({ argv: [...SERVE, '--read-only'] });
    const [, url = ''] = await server.logged(LISTENING);
    expect(await fetchStatus(`${url}/v2/a/blobs/uploads/`, 'POST')).toBe(405);
    server.signal('SIGTERM');
    await server.code;
  });

  it('asks for a password when it is told to', async () => {
    const users = join(folder, 'users');
    await writeFile(users, `alice:$2y$04$${'.'.repeat(53)}\n`);
    const server = start({ argv: [...SERVE, '--auth', 'basic', '--htpasswd', users] });
    const [, url = ''] = await server.logged(LISTENING);
    expect(await fetchStatus(`${url}/v2/`)).toBe(401);
    server.signal('SIGTERM');
    expect(await server.code).toBe(0);
  });

  it('does not start without the users it was told of', async () => {
    const missing = join(folder, 'no-users');
    const { code, stderr, log } = await finish({ argv: [...SERVE, '--auth', 'basic', '--htpasswd', missing] });
    expect({ code, log }).toEqual({ code: 2, log: '' });
    expect(stderr).toContain(missing);
  });
});

/** Resolves once the server reads the body, of which nothing comes. */
function beginUpload(url: string): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const path = `/v2/a/blobs/uploads/?digest=sha256:${'0'.repeat(64)}`;
    const headers = { expect: '100-continue', 'content-length': 10 };
    const upload = request(`${url}${path}`, { method: 'POST', headers, agent: false });
    upload.on('error', reject).once('continue', () => resolve(upload));
    upload.flushHeaders();
  });
}
