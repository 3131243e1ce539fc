/**
 * No secret appears in any output, error, process list, file or log.
 *
 * Secrets are planted wherever the program takes one, each a different one, and every command is run with them: when all
 * goes well and when it does not, plain, with `--json` and with `--verbose`. Then everything that came of it is searched
 * for each of them.
 */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../packages/oci/test/certificates.ts';
import { startConnectProxy } from '../../packages/oci/test/connect-proxy.ts';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { SYSTEM_PATH } from '../registry/clients/program.ts';
import { startRegistry, type RegistryProcess } from '../support/registry.ts';
import { createDatabase, newest } from '../support/servers.ts';
import { FORBIDDEN, SIGNED, startFrontRegistry } from './support/front-registry.ts';
import { passwordFile } from './support/password-file.ts';
import { watchProcesses, type ProcessWatch } from './support/process-list.ts';
import { freeHost } from './support/registries.ts';
import { createRunner, type Runner } from './support/runner.ts';
import { createSecret, leaksIn, type Secret } from './support/secrets.ts';

const PLAIN: [string, string] = ['-', '-'];
/** What is in a URL without being percent-encoded cannot have everything. */
const IN_URL: [string, string] = ['/+', '@%'];

const VARIABLE = createSecret('SQUIZZLE_PASSWORD');
const REFUSED = createSecret('a password that is refused');
const TYPED = createSecret('the password on standard input');
const KEPT = createSecret('auth in config.json');
const HELPER = createSecret('what a credential helper says');
const IDENTITY = createSecret('identitytoken in config.json', PLAIN);
const TOKEN = createSecret('what the token service gave', PLAIN);
const SIGNATURE = createSecret('_state, X-Amz-Signature and sig', PLAIN);
const PROXY = createSecret('the password of HTTPS_PROXY', IN_URL);
const DATABASE = createSecret('the password of the database', IN_URL);
const MISTAKE = createSecret('a password where none is expected', IN_URL);
const ALL = [VARIABLE, REFUSED, TYPED, KEPT, HELPER, IDENTITY, TOKEN, SIGNATURE, PROXY, DATABASE, MISTAKE];

const NAME = 'registry.example.test';
const encoded = ({ value }: Secret): string => encodeURIComponent(value);
const basic = ({ value }: Secret): string => Buffer.from(`ci:${value}`).toString('base64');

const cleanup = createCleanup();
let behind: RegistryProcess;
let asking: RegistryProcess;
let hosts: { readonly basic: string; readonly bearer: string; readonly tls: string };
let ca: string;
let processes: ProcessWatch;
const said: { readonly command: string; readonly text: string }[] = [];
const runners: Runner[] = [];
/** What the test itself wrote secrets to, and that is looked at all the same once a login was forgotten. */
const inputs = new Set<string>();

beforeAll(async () => {
  const start = async (args: readonly string[]) =>
    cleanup.add(await startRegistry({ args }), (each) => each[Symbol.asyncDispose]());
  const htpasswd = cleanup.add(await passwordFile(), ({ remove }) => remove()).path;
  [behind, asking] = await Promise.all([
    start(['--log-level', 'debug']),
    start(['--log-level', 'debug', '--auth', 'basic', '--htpasswd', htpasswd]),
  ]);
  const authority = createAuthority();
  ca = authority.ca;
  const accepts = [VARIABLE, TYPED, KEPT, HELPER].map(({ value }) => `ci:${value}`);
  const options = { upstream: behind.host, accepts, token: TOKEN.value, signature: SIGNATURE.value };
  const identityTokens = [IDENTITY.value];
  const tls = authority.issue({ hosts: [NAME] });
  const open = async (more: Partial<Parameters<typeof startFrontRegistry>[0]>) =>
    cleanup.add(await startFrontRegistry({ scheme: 'basic', ...options, ...more }), ({ close }) => close()).host;
  hosts = {
    basic: await open({}),
    bearer: await open({ scheme: 'bearer', identityTokens }),
    tls: await open({ tls }),
  };
  processes = watchProcesses();
});
afterAll(cleanup.run);

/** A checkout with one release that is built, whose home folder has what is written there. */
async function machine(env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  const runner = cleanup.add(await createRunner(env), ({ remove }) => remove());
  runners.push(runner);
  for (const [path, text] of Object.entries(files)) {
    const file = join(runner.root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    inputs.add(file);
  }
  await runner.commit({ 'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n', 'context/a': 'a' });
  await runner.expectExit(0, ['build', '1.0.0', '--offline']);
  return runner;
}

/** `--verbose` adds to what is said of failures alone, and takes nothing away. */
const formsOf = (code: number): readonly (readonly string[])[] => [['--json'], code === 0 ? [] : ['--verbose']];
type Row = readonly [code: number, ...args: string[]];

/** Runs the commands one after another, each in its forms at once. */
async function expectAll(runner: Runner, rows: readonly Row[], input?: string): Promise<void> {
  for (const [code, ...args] of rows) {
    const start = async (form: readonly string[]) =>
      runner.run([...args, ...form], input === undefined ? {} : { input });
    for (const { stdout, stderr, code: actual } of await Promise.all(formsOf(code).map(start))) {
      said.push({ command: `squizzle ${args.join(' ')}`, text: stdout + stderr });
      expect(actual, `squizzle ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(code);
    }
  }
}

/** What is done with a registry, by whomever it takes one for. */
const usualRows = (host: string): readonly Row[] => [
  [0, 'push', '1.0.0'],
  [0, 'list', '--registry'],
  [0, 'doctor', 'registry'],
  [0, 'login', '--check'],
  [7, 'push', '1.0.0', '--to', `${host}/${FORBIDDEN}`],
];

describe('every command, with secrets in', () => {
  it('variables', async () => {
    const db = `postgres://app:${encoded(DATABASE)}@${await freeHost()}/shop`;
    const env = { SQUIZZLE_REGISTRY: hosts.basic, SQUIZZLE_REPOSITORY: 'acme/variables', DB_URL: db };
    const runner = await machine({ ...env, SQUIZZLE_USERNAME: 'ci', SQUIZZLE_PASSWORD: VARIABLE.value });
    const image = `${hosts.basic}/acme/image:1`;
    await expectAll(runner, [
      ...usualRows(hosts.basic),
      [0, 'build', '--push', '--allow-empty'],
      [0, 'pull', '1.0.0'],
      [0, 'verify', '1.0.0'],
      [0, 'show', '1.0.0', '--from', `${hosts.basic}/acme/variables`],
      [0, 'tag', '1.0.0', 'stable'],
      [0, 'config', 'show'],
      [0, 'config', 'validate'],
      [0, 'export', '1.0.0', '--force', '--output', '../shop.tar'],
      [0, 'import', '../shop.tar'],
      [0, 'image', 'build', 'context', '--tag', image],
      [0, 'image', 'push', image],
      [0, 'image', 'list'],
      [0, 'cache', 'list'],
      [7, 'apply', '1.0.0', '--env', 'production'],
      [7, 'status', '--env', 'production'],
      [7, 'history', '--env', 'production'],
      [0, 'push', '1.0.0', '--to', `${hosts.basic}/${SIGNED}`],
      [7, 'verify', '1.0.0', '--from', `${hosts.basic}/${SIGNED}`],
      [7, 'image', 'push', image, `${hosts.basic}/${FORBIDDEN}:1`],
      [7, 'push', '1.0.0', '--to', `${await freeHost()}/acme/shop`],
      [2, 'delete', '1.0.0', '--registry'],
    ]);
  });

  it('a password that is refused', async () => {
    for (const host of [hosts.basic, hosts.bearer, asking.host]) {
      const env = { SQUIZZLE_REGISTRY: host, SQUIZZLE_USERNAME: 'ci', SQUIZZLE_PASSWORD: REFUSED.value };
      const runner = await machine(env);
      await expectAll(runner, [
        [7, 'push'],
        [7, 'list', '--registry'],
        [7, 'doctor', 'registry'],
        [7, 'build', '--push'],
      ]);
      await expectAll(runner, [[7, 'login', host, '-u', 'ci', '--password-stdin']], REFUSED.value);
    }
  });

  it('the files of docker', async () => {
    const auths = { [hosts.basic]: { auth: basic(KEPT) }, [hosts.bearer]: { identitytoken: IDENTITY.value } };
    const files = { 'home/.docker/config.json': JSON.stringify({ auths }) };
    for (const [host, repository] of [[hosts.basic, 'acme/kept'] as const, [hosts.bearer, 'acme/exchanged'] as const]) {
      await expectAll(
        await machine({ SQUIZZLE_REGISTRY: host, SQUIZZLE_REPOSITORY: repository }, files),
        usualRows(host),
      );
    }
  });

  it('a credential helper', async () => {
    const answer = JSON.stringify({ ServerURL: '', Username: 'ci', Secret: HELPER.value });
    const helper = `#!${execPath}\nif (process.argv[2] === 'get') process.stdout.write(${JSON.stringify(answer)});\n`;
    const files = { 'home/.docker/config.json': '{"credsStore":"planted"}', 'bin/docker-credential-planted': helper };
    const runner = await machine({ SQUIZZLE_REGISTRY: hosts.basic, SQUIZZLE_REPOSITORY: 'acme/helped' }, files);
    const program = join(runner.root, 'bin', 'docker-credential-planted');
    await chmod(program, 0o755);
    runner.env['PATH'] = `${dirname(program)}:${SYSTEM_PATH}`;
    await expectAll(runner, usualRows(hosts.basic));
  });

  it('standard input of login, which is nowhere once one has logged out', async () => {
    const runner = await machine({ SQUIZZLE_REGISTRY: hosts.basic, SQUIZZLE_REPOSITORY: 'acme/typed' });
    const config = join(runner.home, '.docker', 'config.json');
    await expectAll(runner, [[0, 'login', '-u', 'ci', '--password-stdin']], TYPED.value);
    await expectAll(runner, usualRows(hosts.basic));
    expect(leaksIn('config.json', await readFile(config), ALL)).toHaveLength(1);
    inputs.add(config);
    expect(await leaksInFiles(runner)).toEqual([]);
    inputs.delete(config);
    await expectAll(runner, [[0, 'logout']]);
  });

  it('the proxy', async () => {
    const port = Number(hosts.tls.split(':')[1]);
    const credentials = { username: 'anna', password: PROXY.value };
    const proxy = cleanup.add(await startConnectProxy({ [`${NAME}:443`]: port }, { credentials }), (each) =>
      each.close(),
    );
    const at = (secret: Secret, text = encoded(secret)) => `http://anna:${text}@127.0.0.1:${proxy.port}`;
    const env = { SQUIZZLE_REGISTRY: NAME, SQUIZZLE_USERNAME: 'ci', SQUIZZLE_PASSWORD: VARIABLE.value };
    const runner = await machine({ ...env, HTTPS_PROXY: at(PROXY) });
    const config = await readFile(join(runner.folder, 'squizzle.yaml'), 'utf8');
    await runner.write({ 'squizzle.yaml': `${config}registries: { ${NAME}: { ca: ca.pem } }\n`, 'ca.pem': ca });
    await expectAll(runner, [...usualRows(NAME), [7, 'push', '--to', 'elsewhere.example.test/acme/shop']]);
    runner.env['HTTPS_PROXY'] = at(REFUSED);
    await expectAll(runner, [[7, 'list', '--registry']]);
    runner.env['HTTPS_PROXY'] = at(MISTAKE, MISTAKE.value); // not percent-encoded: no URL that leads anywhere
    const codes = await Promise.all(formsOf(7).map((form) => runner.run(['list', '--registry', ...form])));
    for (const { stdout, stderr } of codes) said.push({ command: 'a proxy that is none', text: stdout + stderr });
    expect(codes.map(({ code }) => code)).not.toContain(0);
  });

  it.skipIf(newest.url === null)(`the URL of a database (${newest.missing ?? newest.version})`, async () => {
    const url = new URL(await createDatabase(newest));
    if (url.password === '') url.password = encoded(DATABASE);
    const runner = await machine({ DB_URL: url.href, SQUIZZLE_ENV: 'production' });
    await expectAll(runner, [
      [0, 'plan'],
      [0, 'apply'],
      [0, 'status'],
      [0, 'history'],
      [0, 'list', '--applied'],
      [0, 'verify', '--ledger'],
      [5, 'rollback', '--all'],
      [0, 'config', 'show'],
    ]);
    for (const broken of [url.href.replace('postgres', 'postgress'), url.href.replace('//', '/')]) {
      runner.env['DB_URL'] = broken;
      await expectAll(runner, [[2, 'plan']]);
    }
  });

  it.each([
    { how: 'with a scheme, percent-encoded', scheme: 'https://', password: encoded(MISTAKE) },
    { how: 'with a scheme, as it is', scheme: 'https://', password: MISTAKE.value },
    { how: 'without scheme', scheme: '', password: MISTAKE.value },
  ])('addresses that should have none: $how', async ({ scheme, password }) => {
    const place = `${scheme}ci:${password}@${hosts.basic}/acme/shop`;
    const runner = await machine({ SQUIZZLE_REGISTRY: hosts.basic });
    await expectAll(runner, [
      [2, 'push', '--to', place],
      [2, 'pull', '--from', place],
      [2, 'import', '../x.tar', '--to', place],
      [2, 'login', place, '-u', 'ci', '--password-stdin'],
      [2, 'logout', place],
      [2, 'doctor', 'registry', place],
      [2, 'image', 'build', 'context', '--tag', place],
    ]);
    runner.env['SQUIZZLE_REGISTRY'] = place;
    await expectAll(runner, [[2, 'list', '--registry']]);
  });

  it('arguments and settings that should have none', async () => {
    const runner = await machine({ SQUIZZLE_REGISTRY: hosts.basic });
    const url = `https://ci:${encoded(MISTAKE)}@example.com/acme/db`;
    const config = join(runner.folder, 'squizzle.yaml');
    const text = await readFile(config, 'utf8');
    inputs.add(config);
    await expectAll(runner, [
      [2, 'login', '-u', 'ci', '--password', MISTAKE.value],
      [2, 'login', '-u', 'ci', `--passwort=${MISTAKE.value}`],
    ]);
    await writeFile(config, `${text}source: '${url}'\n`);
    await expectAll(runner, [
      [0, 'config', 'show'],
      [0, 'build', '2.0.0', '--allow-empty', '--offline'],
      [0, 'show', '2.0.0'],
      [0, 'push', '2.0.0', '--to', './elsewhere'],
    ]);
    await writeFile(config, `${text}remote: '${url}'\n`);
    await expectAll(runner, [
      [2, 'config', 'validate'],
      [2, 'list'],
    ]);
  });
});

describe('none of them is', () => {
  it('in what was planted without being found: the search finds each form', () => {
    for (const secret of ALL) {
      const { value } = secret;
      const forms = [value, JSON.stringify({ value }), encodeURIComponent(value), value.slice(0, 12), value.slice(-12)];
      const headers = ['', 'a', 'ci', 'abc'].map((user) => Buffer.from(`${user}:${value}`).toString('base64'));
      for (const text of [...forms, ...headers]) expect(leaksIn('', text, [secret]), text).toHaveLength(1);
    }
    expect(leaksIn('', JSON.stringify(ALL.map(({ name }) => name)), ALL)).toEqual([]);
  });

  it('in what was said', () => {
    expect(said.length).toBeGreaterThan(150);
    expect([...new Set(said.flatMap(({ command, text }) => leaksIn(command, text, ALL)))]).toEqual([]);
  });

  it('in the list of processes', async () => {
    const lines = await processes.stop();
    expect(lines.filter((line) => line.includes('bin.js')).length).toBeGreaterThan(50);
    expect(lines.some((line) => line.includes('docker-credential-planted'))).toBe(true);
    const typed = ALL.filter((secret) => secret !== MISTAKE); // that one was an argument of the test's own
    expect(lines.flatMap((line) => leaksIn('a process', line, typed))).toEqual([]);
  });

  it('in a file', async () => {
    expect((await Promise.all(runners.map(leaksInFiles))).flat()).toEqual([]);
  });

  it('in the logs of registries', () => {
    expect(behind.logs().length).toBeGreaterThan(100);
    expect(leaksIn('the log', behind.output(), ALL)).toEqual([]);
    expect(leaksIn('the log of the one that asks', asking.output(), ALL)).toEqual([]);
  });
});

/** In the checkout, the home folder and that of temporary files, but for what the test put there itself. */
async function leaksInFiles({ root }: Runner): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const read = async (file: string) => leaksIn(file, await readFile(file), ALL);
  return (await Promise.all(files.filter((file) => !inputs.has(file)).map(read))).flat();
}
