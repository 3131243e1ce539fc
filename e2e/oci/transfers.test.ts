/**
 * What is sent and what is said: images that other clients read, content that is not read twice, and output that a
 * program or a person can take.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, USER } from '../registry/clients/auth-users.ts';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { createClientHome } from '../registry/clients/client-home.ts';
import { digestOf, noise } from '../registry/clients/images.ts';
import { requestsTo } from '../registry/clients/logged-requests.ts';
import { faultOf, findProgram, mustRun, runProgram, SYSTEM_PATH } from '../registry/clients/program.ts';
import { startTestedRegistry, type TestedRegistry } from '../registry/clients/tested-registry.ts';
import { CLI } from '../support/squizzle.ts';
import { passwordFile } from './support/password-file.ts';
import { freeHost, rawRepository, variablesOf } from './support/registries.ts';
import { createRunner, failureOf, type Runner } from './support/runner.ts';

const cleanup = createCleanup();
let registry: TestedRegistry;

beforeAll(async () => {
  const htpasswd = cleanup.add(await passwordFile(), ({ remove }) => remove()).path;
  registry = cleanup.add(await startTestedRegistry({ htpasswd }), ({ stop }) => stop());
});
afterAll(cleanup.run);

const newRunner = async (repository: string): Promise<Runner> =>
  cleanup.add(await createRunner(variablesOf(registry.host, repository)), ({ remove }) => remove());

async function released(repository: string): Promise<Runner> {
  const runner = await newRunner(repository);
  await runner.commit({ 'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n' });
  await runner.expectExit(0, ['build', '--push']);
  return runner;
}

interface Image {
  readonly imageId: string;
  readonly digest: string;
  readonly tags: readonly string[];
}
interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

describe('images', () => {
  const fault = faultOf({ name: 'skopeo', debian: 'skopeo' });

  it('are built, listed, named and removed', async () => {
    const runner = await newRunner('acme/images');
    await runner.write({ 'context/app.js': 'start();\n', 'context/.dockerignore': 'secret\n', 'context/secret': 'x' });
    const built = await runner.json<Image>(['image', 'build', 'context', '--tag', 'app:1.0']);
    const again = await runner.json<Image>(['image', 'build', 'context', '--tag', 'app:1.0']);
    expect(again.digest).toBe(built.digest);
    await runner.expectExit(0, ['image', 'tag', 'app:1.0', 'app:stable']);
    const { images } = await runner.json<{ images: readonly Image[] }>(['image', 'list']);
    expect(images).toMatchObject([
      { digest: built.digest, tags: expect.arrayContaining(['app:1.0', 'app:stable']) as string[] },
    ]);
    await runner.expectExit(0, ['image', 'remove', built.imageId]);
    expect(await runner.json(['image', 'list'])).toMatchObject({ images: [] });
    expect(failureOf(await runner.expectExit(2, ['image', 'build', 'nothing', '-t', 'x', '--json']))).toMatchObject({
      code: 'CONTEXT_INVALID',
    });
  });

  it.skipIf(fault !== null)(
    `are pushed so that skopeo copies them byte for byte${fault === null ? '' : ` (${fault})`}`,
    async () => {
      const [runner, home] = [
        await newRunner('acme/images'),
        cleanup.add(await createClientHome(), ({ remove }) => remove()),
      ];
      const name = `${registry.host}/acme/app:1.0`;
      await runner.write({ 'context/app.js': 'start();\n', 'context/noise': noise(5_000_000, 'context') });
      const built = await runner.json<Image>(['image', 'build', 'context', '--tag', name]);
      expect(await runner.json<Image>(['image', 'push', name])).toMatchObject({ digest: built.digest });
      const layout = home.path('copied');
      const login = ['--src-tls-verify=false', '--src-creds', `${USER}:${PASSWORD}`];
      await mustRun('skopeo', ['copy', ...login, `docker://${name}`, `oci:${layout}:copied`], { env: home.env });
      const blobs = join(layout, 'blobs', 'sha256');
      const names = await readdir(blobs);
      const digests = await Promise.all(names.map(async (each) => digestOf(await readFile(join(blobs, each)))));
      const manifest = JSON.parse(
        await readFile(join(blobs, built.digest.replace('sha256:', '')), 'utf8'),
      ) as unknown as Manifest;
      const expected = [built.digest, manifest.config.digest, ...manifest.layers.map(({ digest }) => digest)];
      expect(digests.sort()).toEqual(expected.sort());
      expect(manifest.layers[0]?.size).toBeGreaterThan(5_000_000);
    },
  );
});

describe('the cache', () => {
  const blobsRead = async (repository: string): Promise<number> =>
    (await requestsTo(registry, repository)).filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))
      .length;

  it('answers the second pull of a machine, and is listed, pruned and cleared', async () => {
    const repository = 'acme/cached';
    const publisher = await released(repository);
    const runner = cleanup.add(await publisher.clone(), ({ remove }) => remove());
    const before = await blobsRead(repository);
    await runner.expectExit(0, ['pull']);
    const read = (await blobsRead(repository)) - before;
    expect(read).toBeGreaterThan(0);
    await rm(join(runner.folder, '.squizzle'), { recursive: true });
    await runner.expectExit(0, ['pull']);
    await runner.expectExit(0, ['verify']);
    expect((await blobsRead(repository)) - before).toBe(read);

    interface Cached {
      readonly entries: readonly { readonly digest: string }[];
      readonly sizeBytes: number;
    }
    const { entries, sizeBytes } = await runner.json<Cached>(['cache', 'list']);
    expect(entries.length).toBeGreaterThanOrEqual(read);
    const kept = await runner.json<{ removed: number }>(['cache', 'prune', '--older-than', '1h']);
    expect(kept).toMatchObject({ removed: 0 });
    const pruned = await runner.json<{ removed: number }>(['cache', 'prune', '--max-size', `${sizeBytes - 1}B`]);
    expect(pruned.removed).toBeGreaterThan(0);
    expect(await runner.json(['cache', 'clear'])).toMatchObject({ removed: entries.length - pruned.removed });
    expect(await runner.json(['cache', 'list'])).toMatchObject({ entries: [], sizeBytes: 0 });
    await rm(join(runner.folder, '.squizzle'), { recursive: true });
    await runner.expectExit(0, ['pull']);
    expect((await blobsRead(repository)) - before).toBe(2 * read);
  });

  it('does not vouch for content that was changed in it', async () => {
    const publisher = await released('acme/poisoned');
    const runner = cleanup.add(await publisher.clone(), ({ remove }) => remove());
    await runner.expectExit(0, ['pull']);
    const folder = join(runner.home, '.cache', 'squizzle', 'content');
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) {
      const path = join(file.parentPath, file.name);
      await mustRun('sh', ['-c', 'chmod u+w "$1" && printf x | dd of="$1" conv=notrunc status=none', 'sh', path]);
    }
    await rm(join(runner.folder, '.squizzle'), { recursive: true });
    await runner.expectExit(0, ['pull']);
    const { stdout } = await runner.expectExit(0, ['verify', '--offline']);
    expect(stdout).toContain('match their digests and checksums');
  });
});

describe('output', () => {
  it('is one JSON document of every command with --json, and of every failure', async () => {
    const runner = await released('acme/json');
    await runner.write({ 'context/a': 'a' });
    const image = `${registry.host}/acme/image:1`;
    const good: readonly (readonly string[])[] = [
      ['build'],
      ['list'],
      ['list', '--registry'],
      ['list', '--applied'],
      ['show', '1.0.0'],
      ['push'],
      ['pull'],
      ['verify', '1.0.0'],
      ['plan'],
      ['status'],
      ['apply'],
      ['tag', '1.0.0', 'stable'],
      ['export', '1.0.0', '--output', '../json.tar'],
      ['import', '../json.tar'],
      ['doctor', 'registry'],
      ['login', '--check'],
      ['logout'],
      ['cache', 'list'],
      ['image', 'build', 'context', '--tag', image],
      ['image', 'list'],
      ['image', 'push', image],
      ['delete', '1.0.0', '--registry', '--all-tags', '--yes'],
    ];
    for (const args of good.slice(1)) {
      const { stdout, stderr } = await runner.expectExit(0, [...args, '--json']);
      expect(stderr, args.join(' ')).toBe('');
      expect(JSON.parse(stdout), args.join(' ')).toBeTypeOf('object');
    }
    const env = { SQUIZZLE_REGISTRY: await freeHost() };
    const bad: readonly (readonly string[])[] = [
      ['build'],
      ['list', '--registry'],
      ['push'],
      ['apply'],
      ['image', 'push', 'x'],
      ['delete', '9.9.9'],
    ];
    const ended = await Promise.all(bad.map((args) => runner.run([...args, '--json'], { env })));
    for (const [at, result] of ended.entries()) {
      expect(result.stdout, bad[at]?.join(' ')).toBe('');
      expect(failureOf(result), bad[at]?.join(' ')).toMatchObject({
        code: expect.stringMatching(/^[A-Z_]+$/) as string,
      });
    }
  });

  const fault = findProgram('script') === undefined ? 'SKIPPED: no script here; apt-get install bsdutils' : null;
  const BAR = /push sha256:[0-9a-f]{12} \[[#-]{20}\]/;

  it.skipIf(fault !== null)(`draws bars on a terminal alone${fault === null ? '' : ` (${fault})`}`, async () => {
    const runner = await newRunner('acme/bars');
    const image = `${registry.host}/acme/bars:1`;
    await runner.write({ 'context/noise': noise(20_000_000, 'bars') });
    await runner.expectExit(0, ['image', 'build', 'context', '--tag', image]);
    const piped = await runner.expectExit(0, ['image', 'push', image, `${registry.host}/acme/piped:1`]);
    expect(piped.stdout + piped.stderr).not.toMatch(/\p{Cc}(?<!\n)/u);
    const onTerminal = async (to: string, env: Readonly<Record<string, string>>): Promise<string> => {
      const command = `'${process.execPath}' '${CLI}' image push '${image}' '${registry.host}/acme/${to}:1'`;
      const surroundings = {
        HOME: runner.home,
        PATH: SYSTEM_PATH,
        NO_COLOR: '1',
        TERM: 'xterm',
        ...runner.env,
        ...env,
      };
      const ended = await runProgram('script', ['-qec', command, '/dev/null'], {
        env: surroundings,
        cwd: runner.folder,
        input: '',
      });
      expect(ended.code, ended.stdout).toBe(0);
      return ended.stdout;
    };
    expect(await onTerminal('drawn', {})).toMatch(BAR);
    expect(await onTerminal('log', { CI: 'true' })).not.toMatch(BAR);
    expect(await rawRepository(registry.host, 'acme/drawn').digestOf('1')).toMatch(/^sha256:/);
  });
});
