/**
 * Several machines at one registry, and machines and registries that end in the midst: what was published stays what it
 * was, nothing is half-published, and whoever tries again gets there.
 */
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { openGate, type Gate } from '../registry/clients/gate.ts';
import { noise } from '../registry/clients/images.ts';
import { startTestedRegistry, type TestedRegistry } from '../registry/clients/tested-registry.ts';
import { finish } from '../support/squizzle.ts';
import { passwordFile } from './support/password-file.ts';
import { createRunner, failureOf, type Runner } from './support/runner.ts';
import { rawRepository, variablesOf } from './support/registries.ts';

interface Built {
  readonly release: { readonly version: string; readonly digest: string };
}
interface Copied {
  readonly outcome: string;
  readonly digest: string;
  readonly tags: readonly string[];
}

/** Does not compress below a third, so that a push of it can be stopped in the midst. */
const LARGE = `CREATE TABLE notes (body text);\nINSERT INTO notes VALUES ('${noise(3_000_000, 'notes').toString('hex')}');\n`;
const MIDST_BYTES = 1_000_000;

const cleanup = createCleanup();
let htpasswd: string;
let registry: TestedRegistry;
let repositories = 0;

beforeAll(async () => {
  htpasswd = cleanup.add(await passwordFile(), ({ remove }) => remove()).path;
  registry = cleanup.add(await startTestedRegistry({ htpasswd }), ({ stop }) => stop());
});
afterAll(cleanup.run);

const nextRepository = (): string => `acme/conflict-${(repositories += 1)}`;
const runnerAt = async (host: string, repository: string): Promise<Runner> =>
  cleanup.add(await createRunner(variablesOf(host, repository)), ({ remove }) => remove());
const cloneOf = async (runner: Runner): Promise<Runner> => cleanup.add(await runner.clone(), ({ remove }) => remove());
const migration = (name: string) => ({ [`db/migrations/0001_${name}.sql`]: `CREATE TABLE ${name} (id int);\n` });

describe('two machines that push at once', () => {
  it.each([1, 2])('one version with two contents: one wins, the other is refused (round %i)', async () => {
    const repository = nextRepository();
    const machines = await Promise.all([runnerAt(registry.host, repository), runnerAt(registry.host, repository)]);
    const digests: string[] = [];
    for (const [at, each] of machines.entries()) {
      await each.commit(migration(`t${at}`));
      digests.push((await each.json<Built>(['build', '1.0.0', '--offline'])).release.digest);
    }
    const ended = await Promise.all(machines.map((each) => each.run(['push', '1.0.0', '--json'])));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 5]);
    const winner = ended.findIndex(({ code }) => code === 0);
    expect(failureOf(ended[1 - winner] ?? expect.fail('one lost'))).toMatchObject({
      code: 'TAG_IMMUTABLE',
      details: { existing: digests[winner] },
    });
    const there = rawRepository(registry.host, repository);
    for (const tag of ['v1.0.0', 'v1.0', 'v1', 'latest']) expect(await there.digestOf(tag), tag).toBe(digests[winner]);
    const again = await machines[1 - winner]?.run(['push', '1.0.0']);
    expect(again).toMatchObject({ code: 5, stderr: expect.stringContaining('error[TAG_IMMUTABLE]') as string });
  });

  it.each([1, 2])('two versions: the moving tags are those of the higher one (round %i)', async () => {
    const repository = nextRepository();
    const low = await runnerAt(registry.host, repository);
    await low.commit(migration('base'));
    await low.expectExit(0, ['build', '--push']);
    const high = await cloneOf(low);
    const digests: string[] = [];
    for (const [each, version] of [[low, '1.0.1'] as const, [high, '1.1.0'] as const]) {
      await each.expectExit(0, ['pull']);
      await each.commit({ 'db/migrations/0002_more.sql': `SELECT '${version}';\n` });
      digests.push((await each.json<Built>(['build', version, '--offline'])).release.digest);
    }
    await Promise.all([low.expectExit(0, ['push', '1.0.1']), high.expectExit(0, ['push', '1.1.0'])]);
    const there = rawRepository(registry.host, repository);
    const expected = { 'v1.0.1': 0, 'v1.0': 0, 'v1.1.0': 1, 'v1.1': 1, v1: 1, latest: 1 };
    for (const [tag, at] of Object.entries(expected)) expect(await there.digestOf(tag), tag).toBe(digests[at]);
    // A pipeline that runs again, of the older commit, takes nothing back.
    await low.expectExit(0, ['push', '1.0.1']);
    for (const [tag, at] of Object.entries(expected)) expect(await there.digestOf(tag), tag).toBe(digests[at]);
  });

  it('the same release from two machines is published once, and both end well', async () => {
    const repository = nextRepository();
    const one = await runnerAt(registry.host, repository);
    const commit = await one.commit(migration('same'));
    const machines = [one, await cloneOf(one)];
    for (const each of machines) await each.expectExit(0, ['build', commit, '--offline']);
    const [a, b] = await Promise.all(machines.map((each) => each.json<Copied>(['push', commit])));
    expect(a?.digest).toBe(b?.digest);
    expect(await rawRepository(registry.host, repository).tags()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
  });
});

describe('a version that somebody published anew', () => {
  it('is noticed by every command that reads it, from squizzle.lock', async () => {
    const repository = nextRepository();
    const runner = await runnerAt(registry.host, repository);
    await runner.commit(migration('good'));
    const expected = (await runner.json<Built>(['build', '--push'])).release.digest;
    await runner.commit({ 'README.md': 'with squizzle.lock\n' });
    const other = await runnerAt(registry.host, repository);
    await other.commit(migration('bad'));
    other.env['SQUIZZLE_REPOSITORY'] = `${repository}/fork`;
    const moved = (await other.json<Built>(['build', '1.0.0', '--push'])).release.digest;
    await replaceTag(repository, `${repository}/fork`, 'v1.0.0', moved);

    const fresh = await cloneOf(runner);
    for (const command of ['verify', 'plan', 'apply', 'pull', 'show', 'export']) {
      const more = command === 'export' ? ['--output', '../moved.tar'] : [];
      const refused = await fresh.expectExit(4, [command, '1.0.0', ...more, '--json']);
      expect(failureOf(refused), command).toMatchObject({
        code: 'TAG_MOVED',
        details: { tag: 'v1.0.0', expected, actual: moved },
      });
    }
    // Who has no squizzle.lock cannot know.
    const stranger = await runnerAt(registry.host, repository);
    await stranger.expectExit(0, ['verify', '1.0.0']);
  });
});

/** As anybody with the password can by hand: the content mounted, the manifest deleted and another one put. */
async function replaceTag(repository: string, from: string, tag: string, digest: string): Promise<void> {
  const [to, source] = [rawRepository(registry.host, repository), rawRepository(registry.host, from)];
  const manifest = (await source.ask('GET', `manifests/${digest}`)).body;
  const { config, layers } = JSON.parse(manifest.toString()) as {
    config: { digest: string };
    layers: readonly { digest: string }[];
  };
  for (const blob of [config, ...layers]) {
    const mounted = await to.ask('POST', `blobs/uploads/?mount=${blob.digest}&from=${encodeURIComponent(from)}`);
    expect(mounted.status).toBe(201);
  }
  expect((await to.ask('DELETE', `manifests/${(await to.digestOf(tag)) ?? ''}`)).status).toBe(202);
  expect((await to.ask('PUT', `manifests/${tag}`, manifest)).status).toBe(201);
}

describe('a push that does not come to its end', () => {
  async function largeRelease(host: string, repository: string): Promise<Runner> {
    const runner = await runnerAt(host, repository);
    await runner.commit({ 'db/migrations/0001_notes.sql': LARGE });
    await runner.expectExit(0, ['build', '--offline']);
    return runner;
  }
  const openedGate = async (port: number): Promise<Gate> => cleanup.add(await openGate(port), ({ close }) => close());

  it.each([
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
  ] as const)('leaves no tag when it is stopped by $signal, and the next one completes', async ({ signal, code }) => {
    const [gate, repository] = [await openedGate(registry.port), nextRepository()];
    const runner = await largeRelease(gate.host, repository);
    const held = gate.holdAfter(MIDST_BYTES);
    const push = runner.start(['push', '--json']);
    const ended = finish(push);
    await held;
    push.kill(signal);
    const result = await ended;
    expect(result).toMatchObject({ code, stdout: '' });
    expect(failureOf(result)).toMatchObject({ code: 'CANCELLED' });
    gate.open();
    const there = rawRepository(registry.host, repository);
    expect(await there.tags()).toEqual([]);
    await runner.expectExit(0, ['push']);
    expect(await there.tags()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
    await runner.expectExit(0, ['verify', '1.0.0', '--from', `${gate.host}/${repository}`]);
  });

  it('says that the registry went away, and completes when it is back', async () => {
    const repository = nextRepository();
    const root = join(dirname(htpasswd), 'data');
    const server = cleanup.add(await startTestedRegistry({ htpasswd, root }), ({ stop }) => stop());
    const gate = await openedGate(server.port);
    const runner = await largeRelease(gate.host, repository);
    const held = gate.holdAfter(MIDST_BYTES);
    const ended = runner.run(['push', '--json']);
    await held;
    await server.end('SIGKILL');
    gate.open();
    const result = await ended;
    expect(result.code, result.stderr).toBe(7);
    expect(['UNREACHABLE', 'TRUNCATED']).toContain(failureOf(result).code);
    const next = await startTestedRegistry({ htpasswd, root, port: server.port });
    cleanup.add(next, ({ stop }) => stop());
    expect(await rawRepository(next.host, repository).tags()).toEqual([]);
    await runner.expectExit(0, ['push']);
    expect(await rawRepository(next.host, repository).tags()).toEqual(['latest', 'v1', 'v1.0', 'v1.0.0']);
    await runner.expectExit(0, ['verify', '1.0.0', '--from', `${gate.host}/${repository}`]);
  });
});
