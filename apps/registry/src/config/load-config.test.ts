import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFlags } from './flags.ts';
import { formatProblem } from './format-problem.ts';
import { loadConfig, type LoadedConfig } from './load-config.ts';
import { formatOrigin } from './origin.ts';
import type { Variables } from './variables.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Sources {
  readonly flags?: readonly string[];
  readonly env?: Variables;
  /** Content of the file that `--config` names. */
  readonly file?: string | Uint8Array;
  readonly name?: string;
}

async function load({ flags = [], env = {}, file, name = 'registry.yaml' }: Sources) {
  const path = join(folder, name);
  if (file !== undefined) await writeFile(path, file);
  const words = file === undefined ? flags : [...flags, '--config', path];
  return loadConfig(parseFlags(words, { takesJson: false }), env);
}

async function loadValid(sources: Sources): Promise<LoadedConfig> {
  const result = await load(sources);
  if (!result.ok) throw new TypeError(result.problems.map(formatProblem).join('\n'));
  return result.loaded;
}

async function problemsOf(sources: Sources): Promise<readonly string[]> {
  const result = await load(sources);
  return result.ok ? [] : result.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

describe('precedence', () => {
  const file = 'log:\n  level: error\n';
  const env = { REGISTRY_LOG_LEVEL: 'warn' };
  const flags = ['--log-level', 'debug'];
  it.each([
    { sources: {}, level: 'info', origin: 'default', why: 'nothing is given' },
    { sources: { file }, level: 'error', origin: 'registry.yaml:2', why: 'the file before the default' },
    { sources: { env }, level: 'warn', origin: 'REGISTRY_LOG_LEVEL', why: 'a variable before the default' },
    { sources: { flags }, level: 'debug', origin: '--log-level', why: 'a flag before the default' },
    { sources: { file, env }, level: 'warn', origin: 'REGISTRY_LOG_LEVEL', why: 'a variable before the file' },
    { sources: { file, flags }, level: 'debug', origin: '--log-level', why: 'a flag before the file' },
    { sources: { env, flags }, level: 'debug', origin: '--log-level', why: 'a flag before a variable' },
    { sources: { file, env, flags }, level: 'debug', origin: '--log-level', why: 'a flag before all' },
  ])('$level of $origin: $why', async ({ sources, level, origin }) => {
    const { config, origins } = await loadValid(sources);
    expect(config['log.level']).toBe(level);
    expect(formatOrigin(origins['log.level']).replace(`${folder}/`, '')).toBe(origin);
  });

  it('of the file itself: the flag before the variable', async () => {
    const { config, file: read } = await loadValid({ file, env: { REGISTRY_CONFIG: '/no/such/file' } });
    expect(config['log.level']).toBe('error');
    expect(read).toBe(join(folder, 'registry.yaml'));
    await writeFile(join(folder, 'other.yaml'), file);
    const other = await loadValid({ env: { REGISTRY_CONFIG: join(folder, 'other.yaml') } });
    expect(other.config['log.level']).toBe('error');
  });
});

describe('files', () => {
  const expected = { 'listen.port': 8080, 'storage.delete': false, 'limits.blob_size': 10_000_000_000 };
  it.each([
    {
      file: 'listen: { port: 8080 }\nstorage:\n  delete: false\nlimits:\n  blob_size: 10GB\n',
      name: 'a.yaml',
      why: 'YAML',
    },
    {
      file: '{"listen":{"port":8080},"storage":{"delete":false},"limits":{"blob_size":"10GB"}}',
      name: 'a.json',
      why: 'JSON',
    },
    {
      file: '\ufefflisten:\n  port: "8080"\nstorage: { delete: "false" }\nlimits: { blob_size: 10GB }',
      name: 'a.yml',
      why: 'text in place of numbers and switches, and a byte order mark',
    },
    { file: 'listen.port: 8080\nstorage.delete: false\nlimits.blob_size: 10GB\n', name: 'a', why: 'paths as keys' },
    {
      file: 'listen: { port: &p 8080 }\nlimits: { blob_size: 10GB, max_connections: *p }\nstorage: { delete: false }\n',
      name: 'b.yaml',
      why: 'an anchor',
    },
  ])('$name: $why', async ({ file, name }) => {
    expect((await loadValid({ file, name })).config).toMatchObject(expected);
  });

  it.each([
    { file: '', why: 'nothing' },
    { file: '# listen:\n', why: 'a comment' },
    { file: 'listen:\n#  port: 1\nlog: {}\n', why: 'sections without keys' },
  ])('$why sets nothing', async ({ file }) => {
    const { origins } = await loadValid({ file });
    expect(new Set(Object.values(origins).map(formatOrigin))).toEqual(new Set(['default']));
  });

  it.each([
    { file: 'listen:\n  prot: 1\n', says: 'listen.prot: there is no such setting; did you mean listen.port?', line: 2 },
    { file: 'lisen:\n  port: 1\n', says: 'lisen.port: there is no such setting; did you mean listen.port?', line: 2 },
    { file: 'http: {}\n', says: "http: there is no such setting; 'squizzle-registry serve --help'", line: 1 },
    {
      file: 'listen: 5000\n',
      says: 'listen: expected a mapping with the keys host, port, plain_http',
      line: 1,
    },
    { file: 'listen:\n  port: [1]\n', says: 'found a list', line: 2 },
    { file: 'listen:\n  port: { a: 1 }\n', says: 'listen.port.a: there is no such setting', line: 2 },
    { file: 'log:\n  level: {}\n', says: 'found a mapping', line: 2 },
    { file: 'log:\n  level:\n', says: 'found nothing', line: 2 },
    { file: 'storage:\n  root: 2026\n', says: 'found 2026, which is no text: put it in quotes', line: 2 },
    { file: 'log:\n  access: 1\n', says: 'expected true or false, found 1', line: 2 },
    { file: 'listen: { port: 1 }\nlisten.port: 2\n', says: 'listen.port: it is set a second time', line: 2 },
    { file: '__proto__: { x: 1 }\n', says: '__proto__', line: 1 },
  ])('refuses $file', async ({ file, says, line }) => {
    const problems = await problemsOf({ file });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(says);
    expect(problems[0]).toMatch(new RegExp(`\\(registry.yaml:${line}\\)$`));
  });

  it.each([
    { file: 'log: {}\nlog: {}\n', name: 'a.yaml', says: 'a.yaml:2: Map keys must be unique', why: 'a key twice' },
    { file: '{"log":{},"log":{}}', name: 'a.json', says: 'a.json: configuration', why: 'a name twice' },
    { file: '{"log":', name: 'a.json', says: 'a.json: configuration', why: 'half a file' },
    { file: 'a: !!js/function x\n', name: 'a.yaml', says: 'a.yaml:1: Unresolved tag', why: 'a tag' },
    { file: 'log: {}\n---\nlog: {}\n', name: 'a.yaml', says: 'a.yaml:2: ', why: 'two documents' },
    { file: '[1]\n', name: 'a.yaml', says: 'a.yaml: expected a mapping', why: 'a list' },
    { file: Uint8Array.of(0x61, 0xe9), name: 'a.yaml', says: 'a.yaml: it is not UTF-8 text', why: 'Latin-1' },
    {
      file: 'a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*z]\n',
      name: 'a.yaml',
      says: 'a.yaml: Unresolved alias',
      why: 'no such anchor',
    },
    { file: bomb(), name: 'a.yaml', says: 'a.yaml: Excessive alias count', why: 'a bomb' },
    { file: `#${' '.repeat(1_048_576)}`, name: 'a.yaml', says: 'more than the 1048576 bytes', why: 'a byte too many' },
  ])('refuses $name: $why', async ({ file, name, says }) => {
    const problems = await problemsOf({ file, name });
    expect(problems.join('\n')).toContain(says);
  });

  it.each([
    { name: '', says: 'it cannot be read (EISDIR)', why: 'a folder' },
    { name: 'missing.yaml', says: 'missing.yaml: there is no such file', why: 'nothing' },
  ])('refuses $why', async ({ name, says }) => {
    const result = await load({ flags: ['--config', join(folder, name)] });
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([expect.stringContaining(says)]);
  });

  it('ends with a mapping that contains itself', async () => {
    expect(await problemsOf({ file: 'listen: &l\n  port: 1\n  log: *l\n' })).not.toEqual([]);
  });
});

it('names setting, finding, expectation and origin of a bad value', async () => {
  expect(await problemsOf({ flags: ['--port', 'abc'] })).toEqual([
    'listen.port: expected a whole number from 0 to 65535, found "abc" (--port)',
  ]);
  expect(await problemsOf({ env: { REGISTRY_UPLOADS_EXPIRY: '60' } })).toEqual([
    'uploads.expiry: expected a duration with its unit, as 30s, 5m or 1h, from 1ms to 24d, found "60" (REGISTRY_UPLOADS_EXPIRY)',
  ]);
});

it('shows what it found without control characters, and not at any length', async () => {
  const [problem = ''] = await problemsOf({ env: { REGISTRY_LOG_LEVEL: `\u001b[2J\u009b${'x'.repeat(500)}` } });
  expect(problem).toContain(String.raw`"\u001b[2J\u009bx`);
  expect(problem.length).toBeLessThan(250);
});

it('reports all problems of all sources at once', async () => {
  const problems = await problemsOf({
    file: 'listen:\n  hosts: x\n  port: 70000\nlimits: { blob_size: 10 }\n',
    env: { REGISTRY_LOG_LEVEL: 'loud', REGISTRY_LOGLEVEL: 'info' },
    flags: ['--prot', '1', '--auth', 'basic', '--host', '0.0.0.0', '--port', '80'],
  });
  expect(problems.map((each) => each.slice(0, each.indexOf(':')))).toEqual([
    'listen.hosts',
    'REGISTRY_LOGLEVEL',
    '--prot',
    'listen.port',
    'limits.blob_size',
    'log.level',
    'listen.host',
    'auth.type',
  ]);
});

describe('plain HTTP', () => {
  it.each([
    { host: '127.0.0.1', ok: true, why: 'this machine' },
    { host: '127.8.0.1', ok: true, why: 'all of 127/8 is' },
    { host: '::1', ok: true, why: 'in IPv6' },
    { host: 'LocalHost', ok: true, why: 'by name' },
    { host: '0.0.0.0', ok: false, why: 'every network' },
    { host: '::', ok: false, why: 'in IPv6' },
    { host: '10.0.0.1', ok: false, why: 'a private network is one' },
    { host: '127.example.com', ok: false, why: 'a name that looks like it' },
    { host: 'registry', ok: false, why: 'a name' },
  ])('on $host is allowed: $ok: $why', async ({ host, ok }) => {
    const problems = await problemsOf({ flags: ['--host', host] });
    expect(problems.length).toBe(ok ? 0 : 1);
    if (!ok) expect(problems[0]).toContain('--plain-http');
    expect(await problemsOf({ flags: ['--host', host, '--plain-http'] })).toEqual([]);
  });
});

it.each([
  { flags: ['--auth', 'basic', '--htpasswd', 'users'], says: undefined, why: 'both' },
  { flags: ['--auth', 'basic'], says: 'basic needs a file of users', why: 'nobody could get in' },
  { flags: ['--htpasswd', 'users'], says: 'everybody would get in', why: 'a file that nothing reads' },
])('auth: $why', async ({ flags, says }) => {
  expect(await problemsOf({ flags })).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
});

/** Nine levels of nine aliases: a thousand bytes that would become a billion strings. */
function bomb(): string {
  const levels = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  let last = 'a';
  for (const name of 'bcdefghi') {
    levels.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${last}`).join(',')}]`);
    last = name;
  }
  return `${levels.join('\n')}\n`;
}
