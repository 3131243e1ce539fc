/**
 * Logins as people keep them, and what is said where a registry cannot be used: who it takes one for, what is missing,
 * and what to do, each within seconds.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, USER } from '../registry/clients/auth-users.ts';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { startPeerRegistry } from '../registry/clients/peer-registry.ts';
import { faultOf } from '../registry/clients/program.ts';
import { startTestedRegistry, type TestedRegistry } from '../registry/clients/tested-registry.ts';
import { passwordFile } from './support/password-file.ts';
import {
  freeHost,
  rawRepository,
  startSilentHost,
  startUntrustedServer,
  startWebServer,
  variablesOf,
} from './support/registries.ts';
import { createRunner, failureOf, type Runner } from './support/runner.ts';

interface Diagnosis {
  readonly results: readonly {
    readonly probe: string;
    readonly outcome: 'ok' | 'failed' | 'unsupported' | 'skipped';
    readonly summary: string;
    readonly hint: string | null;
  }[];
}

/** Longest time in which an unreachable registry may be one more line in the log of a job. */
const SOON_MS = 5_000;

const cleanup = createCleanup();
let registry: TestedRegistry;
let runner: Runner;

beforeAll(async () => {
  const htpasswd = cleanup.add(await passwordFile(), ({ remove }) => remove()).path;
  registry = cleanup.add(await startTestedRegistry({ htpasswd, anonymousPull: true }), ({ stop }) => stop());
  runner = await newRunner();
  await runner.commit({ 'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n' });
  await runner.expectExit(0, ['build']);
});
afterAll(cleanup.run);

const newRunner = async (env = {}): Promise<Runner> => cleanup.add(await createRunner(env), ({ remove }) => remove());
const configOf = ({ home }: Runner): string => join(home, '.docker', 'config.json');

describe('login and logout', () => {
  it('keeps a login that the registry took, uses it, and forgets it', async () => {
    const [at, to] = [registry.host, `${registry.host}/acme/login`];
    await runner.expectExit(7, ['push', '--to', to]);
    const login = ['login', at, '--username', USER, '--password-stdin'];
    const kept = await runner.expectExit(0, login, { input: `${PASSWORD}\n` });
    expect(kept.stdout).toContain(`logged in to ${at} as ${USER}`);
    expect((await stat(configOf(runner))).mode & 0o777).toBe(0o600);
    const right = { granted: true, evidence: 'answer' };
    expect(await runner.json(['login', to, '--check'])).toMatchObject({
      identity: USER,
      rights: { pull: right, push: right, delete: right },
    });
    expect(await rawRepository(at, 'acme/login').tags()).toEqual([]);
    await runner.expectExit(0, ['push', '--to', to]);
    const out = await runner.expectExit(0, ['logout', at]);
    expect(out.stdout).toContain('config.json');
    expect(JSON.parse(await readFile(configOf(runner), 'utf8'))).toEqual({ auths: {} });
    await runner.expectExit(7, ['push', '--to', `${at}/acme/other`]);
    expect((await runner.expectExit(0, ['logout', at])).stdout).toContain('no login was kept');
  });

  it.each([
    { why: 'a wrong password', args: ['--password-stdin'], input: 'not-the-password', code: 7, error: 'AUTH_REQUIRED' },
    { why: 'an empty one', args: ['--password-stdin'], input: '\n', code: 2, error: 'USAGE_INVALID' },
    { why: 'none, where nobody types', args: [], input: undefined, code: 2, error: 'USAGE_INVALID' },
    {
      why: 'one on the command line',
      args: ['--password', PASSWORD],
      input: undefined,
      code: 2,
      error: 'USAGE_INVALID',
    },
  ])('$why ends with $code, and nothing is kept', async ({ args, input, code, error }) => {
    const user = await newRunner();
    const given = input === undefined ? {} : { input };
    const ended = await user.expectExit(code, ['login', registry.host, '-u', USER, ...args, '--json'], given);
    expect(failureOf(ended).code).toBe(error);
    expect(ended.stderr).not.toMatch(/not-the-password|wonderland/);
    await expect(stat(configOf(user))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a login for one registry is not shown to another', async () => {
    const user = await newRunner();
    await user.expectExit(0, ['login', registry.host, '-u', USER, '--password-stdin'], { input: PASSWORD });
    const other = registry.host.replace('127.0.0.1', 'localhost');
    await user.commit({ 'db/migrations/0001_users.sql': 'SELECT 1;\n' });
    await user.expectExit(0, ['build']);
    const refused = await user.expectExit(7, ['push', '--to', `${other}/acme/names`, '--json']);
    expect(failureOf(refused)).toMatchObject({ code: 'AUTH_REQUIRED', details: { credentials: null } });
  });
});

describe('doctor registry', () => {
  const outcomes = ({ results }: Diagnosis): Readonly<Record<string, string>> =>
    Object.fromEntries(results.map(({ probe, outcome }) => [probe, outcome]));
  const all = { reach: 'ok', login: 'ok', pull: 'ok', push: 'ok', chunks: 'ok', mount: 'ok', 'moving-tags': 'ok' };

  it('finds nothing wrong with ours, and leaves nothing behind', async () => {
    const env = variablesOf(registry.host, 'acme/doctor');
    const found = await runner.json<Diagnosis>(['doctor', 'registry'], { env });
    expect(outcomes(found)).toMatchObject({ ...all, referrers: 'ok', delete: 'ok' });
    expect(await rawRepository(registry.host, 'acme/doctor').tags()).toEqual([]);
  });

  const fault = faultOf({ name: 'docker-registry', debian: 'docker-registry' });
  it.skipIf(fault !== null)(`knows what docker-registry lacks${fault === null ? '' : ` (${fault})`}`, async () => {
    const peer = cleanup.add(await startPeerRegistry(), ({ stop }) => stop());
    const found = await runner.json<Diagnosis>(['doctor', 'registry', `${peer.host}/acme/doctor`]);
    expect(outcomes(found)).toMatchObject({ ...all, login: expect.any(String) as string, referrers: 'unsupported' });
    expect(found.results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  it('tells a user who may read alone what is missing, and ends with 7', async () => {
    const user = await newRunner();
    const ended = await user.expectExit(7, ['doctor', 'registry', `${registry.host}/acme/doctor`, '--json']);
    const found = JSON.parse(ended.stdout) as Diagnosis;
    expect(outcomes(found)).toMatchObject({ reach: 'ok', pull: 'ok', push: 'failed' });
    expect(found.results.find(({ probe }) => probe === 'push')?.hint).toMatch(/squizzle login|right/);
    await user.expectExit(0, ['doctor', 'registry', `${registry.host}/acme/doctor`, '--read-only']);
    const checked = await user.json(['login', `${registry.host}/acme/doctor`, '--check']);
    expect(checked).toMatchObject({ identity: null, rights: { pull: { granted: true }, push: { granted: false } } });
  });

  it.each([
    { what: 'a web server', start: startWebServer, says: /not as a registry does/ },
    {
      what: 'a port at which nothing listens',
      start: async () => ({ host: await freeHost() }),
      says: /nothing listens/,
    },
    { what: 'a host that is silent', start: startSilentHost, says: /in time/ },
    { what: 'a certificate of nobody', start: startUntrustedServer, says: /unknown|authority|certificate/ },
  ])('ends with 7 for $what, and says so within seconds', async ({ start, says }) => {
    const server: { readonly host: string; close?: () => Promise<void> } = await start();
    if (server.close !== undefined) cleanup.add(server, ({ close }) => close?.() ?? Promise.resolve());
    const startedMs = performance.now();
    const ended = await runner.expectExit(7, ['doctor', 'registry', `${server.host}/acme/x`, '--json']);
    expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
    const [reach, ...others] = (JSON.parse(ended.stdout) as Diagnosis).results;
    expect(reach).toMatchObject({ probe: 'reach', outcome: 'failed', hint: expect.any(String) as string });
    expect(reach?.summary).toMatch(says);
    expect(others.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });
});

describe('a registry that cannot be reached', () => {
  it.each([
    { what: 'nothing listens', start: freeHost, code: 7, error: 'UNREACHABLE', says: /check host and port/ },
    { what: 'no host of that name', start: () => 'registry.invalid', code: 7, error: 'UNREACHABLE', says: /name/ },
    {
      what: 'no answer',
      start: async () => cleanup.add(await startSilentHost(), ({ close }) => close()).host,
      code: 7,
      error: 'UNREACHABLE',
      says: /HTTPS_PROXY/,
    },
    {
      what: 'a certificate that nobody known vouches for',
      start: async () => cleanup.add(await startUntrustedServer(), ({ close }) => close()).host,
      code: 4,
      error: 'TLS_UNTRUSTED',
      says: /registries\..*\.ca|ca:|certs\.d/,
    },
    {
      what: 'a web server',
      start: async () => cleanup.add(await startWebServer(), ({ close }) => close()).host,
      code: 3,
      error: 'NOT_FOUND',
      says: /check the name/,
    },
  ])('$what: push ends with $code within seconds and says what to do', async ({ start, code, error, says }) => {
    const to = `${await start()}/acme/shop`;
    const startedMs = performance.now();
    const ended = await runner.expectExit(code, ['push', '--to', to, '--json']);
    expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
    expect(failureOf(ended)).toMatchObject({ code: error, message: expect.stringMatching(says) as string });
  });

  it('the file that the message asks for makes the certificate trusted', async () => {
    const server = cleanup.add(await startUntrustedServer(), ({ close }) => close());
    const user = await newRunner(variablesOf(server.host, 'acme/shop'));
    const config = await readFile(join(user.folder, 'squizzle.yaml'), 'utf8');
    const registries = `registries:\n  '${server.host}':\n    ca: certs/authority.pem\n`;
    await user.write({ 'squizzle.yaml': config + registries, 'certs/authority.pem': server.ca });
    // It is trusted now, and no registry all the same.
    expect(failureOf(await user.expectExit(3, ['list', '--registry', '--json'])).code).toBe('NOT_FOUND');
  });
});
