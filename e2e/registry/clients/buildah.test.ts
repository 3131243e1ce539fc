/**
 * buildah against the built server: an image that is built from nothing, pushed, and pulled by another user of it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { HTPASSWD, PASSWORD, USER } from './auth-users.ts';
import { createCleanup } from './cleanup.ts';
import { createClientHome, type ClientHome } from './client-home.ts';
import { ACCEPT_MANIFESTS, digestOf, noise, STREAM_BYTES } from './images.ts';
import { countBetween, countPush } from './logged-requests.ts';
import { faultOf, findProgram, mustRun, runProgram, type Ended } from './program.ts';
import { storageFaultOf } from './storage-fault.ts';
import { startTestedRegistry, type TestedRegistry } from './tested-registry.ts';

const fault = faultOf({ name: 'busybox', debian: 'busybox-static' }) ?? (await storageFaultOf('buildah'));

describe.skipIf(fault !== null)(`buildah${fault === null ? '' : ` (${fault})`}`, () => {
  const cleanup = createCleanup();
  let home: ClientHome;
  let registry: TestedRegistry;
  const contents = new Map<string, Buffer>();

  beforeAll(async () => {
    home = cleanup.add(await createClientHome(), ({ remove }) => remove());
    registry = cleanup.add(await startTestedRegistry(), ({ stop }) => stop());
    contents.set('bin/busybox', await readFile(findProgram('busybox') ?? ''));
    contents.set('var/noise', noise(STREAM_BYTES, 'buildah'));
    for (const [path, bytes] of contents) {
      await mkdir(join(home.path('context'), path, '..'), { recursive: true });
      await writeFile(join(home.path('context'), path), bytes);
    }
    const container = (await buildah('here', 'from', 'scratch')).trim();
    await buildah('here', 'copy', container, home.path('context'), '/');
    await buildah('here', 'config', '--entrypoint', '["/bin/busybox"]', container);
    for (const format of ['oci', 'docker']) await buildah('here', 'commit', '--format', format, container, format);
    await buildah('here', 'rm', container);
  });
  afterAll(cleanup.run);

  /** Each user has a storage of their own: nothing that one has is known to the other. */
  const argsOf = (user: string, args: readonly string[]): readonly string[] => {
    const folders = ['--root', home.path(user), '--runroot', home.path(`${user}-run`)];
    return ['--storage-driver', 'vfs', ...folders, ...args];
  };
  const buildah = (user: string, ...args: readonly string[]): Promise<string> =>
    mustRun('buildah', argsOf(user, args), { env: home.env });
  const failing = (user: string, ...args: readonly string[]): Promise<Ended> =>
    runProgram('buildah', argsOf(user, args), { env: home.env });
  const at = (name: string, host = registry.host): string => `docker://${host}/${name}`;

  /** @returns the digest that buildah says it pushed */
  async function push(image: string, to: string): Promise<string> {
    const file = home.path('digest');
    await buildah('here', 'push', '--tls-verify=false', '--digestfile', file, image, at(to));
    return (await readFile(file, 'utf8')).trim();
  }

  describe.each([{ format: 'oci' }, { format: 'docker' }])(
    'story 008, 009 an image in the $format format',
    ({ format }) => {
      const user = `elsewhere-${format}`;

      it('comes out elsewhere with its digest and files', async () => {
        const pushed = await push(format, `built/${format}:1.0.0`);
        const { headers, body } = await send('GET', `${registry.url}/v2/built/${format}/manifests/1.0.0`, {
          headers: { accept: ACCEPT_MANIFESTS },
        });
        expect(headers['docker-content-digest']).toBe(pushed);
        expect(digestOf(body)).toBe(pushed);

        await buildah(user, 'pull', '--tls-verify=false', at(`built/${format}:1.0.0`));
        const name = `${registry.host}/built/${format}`;
        expect(await buildah(user, 'images', '--digests', '--format', '{{.Name}}@{{.Digest}}')).toBe(
          `${name}@${pushed}\n`,
        );
        const container = (await buildah(user, 'from', '--pull-never', `${name}:1.0.0`)).trim();
        const mounted = (await buildah(user, 'mount', container)).trim();
        for (const [path, bytes] of contents) {
          expect(digestOf(await readFile(join(mounted, path))), path).toBe(digestOf(bytes));
        }
        await buildah(user, 'umount', container);
      });

      it('is pulled by its digest', async () => {
        const pushed = await push(format, `digest/${format}:1.0.0`);
        const pulled = await buildah(user, 'pull', '-q', '--tls-verify=false', at(`digest/${format}@${pushed}`));
        expect(pulled.trim()).toMatch(/^[a-f0-9]{64}$/);
      });

      it('is not uploaded a second time', async () => {
        const repository = `again/${format}`;
        await push(format, `${repository}:1.0.0`);
        const before = await countPush(registry, repository);
        await push(format, `${repository}:2.0.0`);
        const added = countBetween(before, await countPush(registry, repository));
        expect(added).toEqual({ sessions: 0, mounts: 0, chunks: 0, manifests: 1 });
      });
    },
  );

  it('story 017 says that the manifest is unknown once it was deleted', async () => {
    const digest = await push('oci', 'deleted:1.0.0');
    expect((await send('DELETE', `${registry.url}/v2/deleted/manifests/${digest}`)).status).toBe(202);
    const { code, stderr } = await failing('nobody', 'pull', '--tls-verify=false', at('deleted:1.0.0'));
    expect(code).not.toBe(0);
    expect(stderr).toContain('manifest unknown');
  });

  it('story 011 pushes only after a login with the right password', async () => {
    const htpasswd = home.path('htpasswd');
    await writeFile(htpasswd, HTPASSWD);
    const closed = await startTestedRegistry({ htpasswd });
    try {
      const login = (password: string): Promise<Ended> =>
        runProgram(
          'buildah',
          argsOf('here', ['login', '--tls-verify=false', '-u', USER, '--password-stdin', closed.host]),
          {
            env: home.env,
            input: password,
          },
        );
      const pushing = ['push', '--tls-verify=false', 'oci', at('private:1.0.0', closed.host)];
      const anonymous = await failing('here', ...pushing);
      expect(anonymous.code).not.toBe(0);
      expect(anonymous.stderr).toMatch(/authentication required|unauthorized/);
      const wrong = await login('looking-glass');
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toContain('invalid username/password');
      expect((await login(PASSWORD)).stdout).toContain('Login Succeeded!');
      await buildah('here', ...pushing);
      await buildah('private', 'pull', '--tls-verify=false', at('private:1.0.0', closed.host));
    } finally {
      await closed.stop();
    }
  });
});
