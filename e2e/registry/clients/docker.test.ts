/**
 * docker against the built server, by a daemon of our own. The command is Debian's, never a wrapper of its name.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { HTPASSWD, PASSWORD, USER } from './auth-users.ts';
import { createCleanup } from './cleanup.ts';
import { createClientHome } from './client-home.ts';
import { startDockerDaemon } from './docker-daemon.ts';
import { openGate } from './gate.ts';
import {
  ACCEPT_MANIFESTS,
  digestOf,
  dockerArchiveOf,
  imageOf,
  layerOf,
  noise,
  STREAM_BYTES,
  type Image,
} from './images.ts';
import { countBetween, countPush } from './logged-requests.ts';
import { faultOf, findProgram, mustRun, runProgram, startProgram, type Ended } from './program.ts';
import { tarOf } from './tar.ts';
import { startTestedRegistry, type TestedRegistry } from './tested-registry.ts';

interface Manifest {
  readonly layers: readonly { readonly digest: string }[];
}

const missing = faultOf(
  { name: 'docker', debian: 'docker.io' },
  { name: 'dockerd', debian: 'docker.io' },
  { name: 'busybox', debian: 'busybox-static' },
);
const cleanup = createCleanup();
const home = cleanup.add(await createClientHome(), ({ remove }) => remove());
// Whether a daemon can run here is known only once one does.
const daemon = missing ?? (await startDockerDaemon(home.path('dockerd')).catch((thrown: Error) => thrown.message));
const fault = typeof daemon === 'string' ? daemon : null;
const address = typeof daemon === 'string' ? '' : cleanup.add(daemon, ({ stop }) => stop()).address;
if (fault !== null) await cleanup.run();

describe.skipIf(fault !== null)(`docker${fault === null ? '' : ` (${fault})`}`, () => {
  let registry: TestedRegistry;
  const contents = new Map<string, Buffer>();

  beforeAll(async () => {
    registry = cleanup.add(await startTestedRegistry(), ({ stop }) => stop());
    contents.set('bin/busybox', await readFile(findProgram('busybox') ?? ''));
    contents.set('var/noise', noise(STREAM_BYTES, 'docker'));
    for (const [path, bytes] of contents) {
      await mkdir(join(home.path('context'), path, '..'), { recursive: true });
      await writeFile(join(home.path('context'), path), bytes);
    }
    const dockerfile = 'FROM scratch\nCOPY bin /bin\nCOPY var /var\nENTRYPOINT ["/bin/busybox"]\n';
    await writeFile(home.path('Dockerfile'), dockerfile);
    await docker('build', '-q', '-t', 'built', '-f', home.path('Dockerfile'), home.path('context'));
  });
  afterAll(cleanup.run);

  const env = { ...home.env, DOCKER_BUILDKIT: '0', DOCKER_CLI_EXPERIMENTAL: 'enabled' };
  const docker = (...args: readonly string[]): Promise<string> => mustRun('docker', ['-H', address, ...args], { env });
  const failing = (...args: readonly string[]): Promise<Ended> =>
    runProgram('docker', ['-H', address, ...args], { env });
  const named = (name: string, host = registry.host): string => `${host}/${name}`;
  const digestIn = (output: string): string => /digest: (sha256:[a-f0-9]{64})/i.exec(output)?.[1] ?? output;

  async function load(images: Readonly<Record<string, Image>>): Promise<void> {
    await writeFile(home.path('images.tar'), dockerArchiveOf(images));
    await docker('load', '-q', '-i', home.path('images.tar'));
  }

  /** @returns what docker says while it pushes */
  async function push(image: string, to: string, host = registry.host): Promise<string> {
    await docker('tag', image, named(to, host));
    return docker('push', named(to, host));
  }

  /** Makes the daemon forget everything but what was built. */
  async function forget(...names: readonly string[]): Promise<void> {
    await docker('rmi', '-f', ...names);
  }

  const served = (name: string, reference: string, base = registry.url) =>
    send('GET', `${base}/v2/${name}/manifests/${reference}`, { headers: { accept: ACCEPT_MANIFESTS } });

  describe('stories 008, 009, 014 push, pull and mount', () => {
    it('pulls by tag and by digest what was pushed: the same digest, layers and files', async () => {
      const pushed = digestIn(await push('built', 'app:1.0.0'));
      const { headers, body } = await served('app', '1.0.0');
      expect([headers['docker-content-digest'], digestOf(body)]).toEqual([pushed, pushed]);
      const diffIds = JSON.parse(await docker('image', 'inspect', '-f', '{{json .RootFS.Layers}}', 'built')) as unknown;
      const { layers } = JSON.parse(body.toString()) as Manifest;
      const blobs = await Promise.all(
        layers.map(({ digest }) => send('GET', `${registry.url}/v2/app/blobs/${digest}`)),
      );
      expect(blobs.map((blob) => digestOf(gunzipSync(blob.body)))).toEqual(diffIds);

      for (const reference of ['app:1.0.0', `app@${pushed}`]) {
        await forget(named('app:1.0.0'), 'built');
        expect(digestIn(await docker('pull', named(reference)))).toBe(pushed);
        await docker('tag', named(reference), 'built');
      }
      const container = (await docker('create', named(`app@${pushed}`))).trim();
      for (const [path, bytes] of contents) {
        await docker('cp', `${container}:/${path}`, home.path('copied'));
        expect(digestOf(await readFile(home.path('copied'))), path).toBe(digestOf(bytes));
      }
      await docker('rm', container);
    });

    it('imports an archive, pushes it and pulls it', async () => {
      await writeFile(home.path('root.tar'), tarOf({ 'etc/name': 'imported\n' }));
      await docker('import', home.path('root.tar'), 'imported');
      const pushed = digestIn(await push('imported', 'imported:1.0.0'));
      await forget(named('imported:1.0.0'), 'imported');
      expect(digestIn(await docker('pull', named('imported:1.0.0')))).toBe(pushed);
    });

    it('says that each layer exists when it is pushed again, and uploads nothing', async () => {
      await push('built', 'again:1.0.0');
      const before = await countPush(registry, 'again');
      const output = await push('built', 'again:2.0.0');
      expect(output.match(/Layer already exists/g)).toHaveLength(2);
      const added = countBetween(before, await countPush(registry, 'again'));
      expect(added).toEqual({ sessions: 0, mounts: 0, chunks: 0, manifests: 1 });
    });

    it('mounts the layers of another repository', async () => {
      await push('built', 'mount/from:1.0.0');
      const output = await push('built', 'mount/to:1.0.0');
      expect(output.match(/Mounted from/g)).toHaveLength(2);
      // The config is no layer: docker sends it.
      expect(await countPush(registry, 'mount/to')).toEqual({ sessions: 1, mounts: 2, chunks: 1, manifests: 1 });
    });

    it('makes a list of two architectures and pulls from it', async () => {
      const images = {
        amd64: imageOf([layerOf({ arch: 'amd64' })]),
        arm64: imageOf([layerOf({ arch: 'arm64' })], 'arm64'),
      };
      await load({ 'amd64:latest': images.amd64, 'arm64:latest': images.arm64 });
      for (const arch of Object.keys(images)) await push(arch, `list:${arch}`);
      const list = named('list:1.0.0');
      await docker('manifest', 'create', '--insecure', list, named('list:amd64'), named('list:arm64'));
      const pushed = (await docker('manifest', 'push', '--insecure', list)).trim();
      const { headers, body } = await served('list', '1.0.0');
      expect(headers['docker-content-digest']).toBe(pushed);
      expect(JSON.parse(body.toString())).toMatchObject({
        manifests: [{ platform: { architecture: 'amd64' } }, { platform: { architecture: 'arm64' } }],
      });
      await forget(named('list:amd64'), 'amd64');
      expect(digestIn(await docker('pull', list))).toBe(pushed);
    });
  });

  it('story 017 says that the manifest is unknown once it was deleted', async () => {
    const digest = digestIn(await push('built', 'deleted:1.0.0'));
    expect((await send('DELETE', `${registry.url}/v2/deleted/manifests/${digest}`)).status).toBe(202);
    const { code, stderr } = await failing('pull', named('deleted:1.0.0'));
    expect(code).not.toBe(0);
    expect(stderr).toContain('manifest unknown');
  });

  it('story 011 pushes and pulls only after a login with the right password', async () => {
    await writeFile(home.path('htpasswd'), HTPASSWD);
    const closed = await startTestedRegistry({ htpasswd: home.path('htpasswd') });
    try {
      const login = (password: string): Promise<Ended> =>
        runProgram('docker', ['-H', address, 'login', '-u', USER, '--password-stdin', closed.host], {
          env,
          input: password,
        });
      await docker('tag', 'built', named('private:1.0.0', closed.host));
      const anonymous = await failing('push', named('private:1.0.0', closed.host));
      expect(anonymous.code).not.toBe(0);
      expect(anonymous.stderr).toMatch(/no basic auth credentials|unauthorized/);
      const wrong = await login('looking-glass');
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toMatch(/unauthorized/i);
      expect((await login(PASSWORD)).stdout).toContain('Login Succeeded');
      const pushed = digestIn(await docker('push', named('private:1.0.0', closed.host)));
      await forget(named('private:1.0.0', closed.host));
      expect(digestIn(await docker('pull', named('private:1.0.0', closed.host)))).toBe(pushed);
      for (const secret of [PASSWORD, Buffer.from(`${USER}:${PASSWORD}`).toString('base64')]) {
        expect(closed.log()).not.toContain(secret);
      }
    } finally {
      await closed.stop();
    }
  });

  describe('story 036 interruptions', () => {
    it('shows nothing of a push that was killed, and takes the next one', async () => {
      const gate = await openGate(registry.port);
      try {
        await docker('tag', 'built', named('killed:1.0.0', gate.host));
        const held = gate.holdAfter(STREAM_BYTES / 2);
        const first = startProgram('docker', ['-H', address, 'push', named('killed:1.0.0', gate.host)], { env });
        await held;
        first.kill('SIGKILL');
        expect((await first.ended).signal).toBe('SIGKILL');
        expect((await served('killed', '1.0.0')).status).toBe(404);
        gate.open();
        const pushed = digestIn(await docker('push', named('killed:1.0.0', gate.host)));
        await forget(named('killed:1.0.0', gate.host));
        expect(digestIn(await docker('pull', named('killed:1.0.0')))).toBe(pushed);
      } finally {
        await gate.close();
      }
    });

    it('takes the next push after the server is restarted in the midst of one', async () => {
      const root = home.path('restarted');
      const server = await startTestedRegistry({ root });
      const gate = await openGate(server.port);
      try {
        const image = named('restarted:1.0.0', gate.host);
        await docker('tag', 'built', image);
        const held = gate.holdAfter(STREAM_BYTES / 2);
        const first = startProgram('docker', ['-H', address, 'push', image], { env });
        await held;
        const stopped = server.end('SIGTERM');
        gate.open();
        expect(await stopped).toEqual({ code: 0, signal: null });
        const next = await startTestedRegistry({ root, port: server.port });
        try {
          // The daemon tries again by itself for a while, so the first push may succeed as well.
          await first.ended;
          const pushed = digestIn(await docker('push', image));
          await forget(image);
          expect(digestIn(await docker('pull', image))).toBe(pushed);
          expect(digestOf((await served('restarted', '1.0.0', next.url)).body)).toBe(pushed);
        } finally {
          await next.stop();
        }
      } finally {
        await gate.close();
        await server.stop();
      }
    });

    it('takes five pushes at once of images that share a layer', async () => {
      const names = ['one', 'two', 'three', 'four', 'five'];
      const base = layerOf({ 'var/noise': noise(STREAM_BYTES / 4, 'shared by docker') });
      const images = names.map((name) => [`${name}:latest`, imageOf([base, layerOf({ name })])] as const);
      await load(Object.fromEntries(images));
      // A repository each: the daemon itself would send a layer only once to one repository.
      const pushed = await Promise.all(names.map(async (name) => digestIn(await push(name, `parallel/${name}:1.0.0`))));
      await forget(...names, ...names.map((name) => named(`parallel/${name}:1.0.0`)));
      for (const [index, name] of names.entries()) {
        expect(digestIn(await docker('pull', named(`parallel/${name}:1.0.0`))), name).toBe(pushed[index]);
      }
    });
  });
});
