/**
 * podman against the built server: images, lists of several architectures, and search.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { HTPASSWD, PASSWORD, USER } from './auth-users.ts';
import { createCleanup } from './cleanup.ts';
import { createClientHome, type ClientHome } from './client-home.ts';
import { ACCEPT_MANIFESTS, digestOf, imageOf, layerOf, noise, STREAM_BYTES, writeLayout } from './images.ts';
import { countBetween, countPush } from './logged-requests.ts';
import { mustRun, runProgram, type Ended } from './program.ts';
import { storageFaultOf } from './storage-fault.ts';
import { startTestedRegistry, type TestedRegistry } from './tested-registry.ts';

const fault = await storageFaultOf('podman');

const NOISE = noise(STREAM_BYTES, 'podman');
const AMD64 = imageOf([layerOf({ 'etc/arch': 'amd64\n' }), layerOf({ 'var/noise': NOISE })]);
const ARM64 = imageOf([layerOf({ 'etc/arch': 'arm64\n' })], 'arm64');

interface ManifestList {
  readonly manifests: readonly { readonly digest: string; readonly platform: { readonly architecture: string } }[];
}

describe.skipIf(fault !== null)(`podman${fault === null ? '' : ` (${fault})`}`, () => {
  const cleanup = createCleanup();
  let home: ClientHome;
  let registry: TestedRegistry;

  beforeAll(async () => {
    home = cleanup.add(await createClientHome(), ({ remove }) => remove());
    registry = cleanup.add(await startTestedRegistry(), ({ stop }) => stop());
    // `podman manifest inspect` has no --tls-verify.
    await home.allowPlainHttp(registry.host);
    const layout = await writeLayout(home.path('layout'), { amd64: AMD64, arm64: ARM64 });
    for (const name of ['amd64', 'arm64']) {
      const id = await podman('here', 'pull', '-q', `oci:${layout}:${name}`);
      await podman('here', 'tag', id.trim(), `localhost/${name}`);
    }
  });
  afterAll(cleanup.run);

  /** Each user has a storage of their own: nothing that one has is known to the other. */
  const argsOf = (user: string, args: readonly string[]): readonly string[] => {
    const folders = { root: user, runroot: `${user}-run`, tmpdir: `${user}-tmp` };
    const places = Object.entries(folders).map(([option, folder]) => `--${option}=${home.path(folder)}`);
    return ['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=file', ...places, ...args];
  };
  const podman = (user: string, ...args: readonly string[]): Promise<string> =>
    mustRun('podman', argsOf(user, args), { env: home.env });
  const failing = (user: string, ...args: readonly string[]): Promise<Ended> =>
    runProgram('podman', argsOf(user, args), { env: home.env });
  const named = (name: string): string => `${registry.host}/${name}`;

  /** @returns the digest that podman says it pushed */
  async function push(image: string, to: string): Promise<string> {
    const file = home.path('digest');
    await podman('here', 'push', '-q', '--tls-verify=false', '--digestfile', file, `localhost/${image}`, named(to));
    return (await readFile(file, 'utf8')).trim();
  }

  it('stories 008, 009 pulls elsewhere what was pushed: the same digest, the same layers', async () => {
    const pushed = await push('amd64', 'app:1.0.0');
    const { body } = await send('GET', `${registry.url}/v2/app/manifests/1.0.0`, {
      headers: { accept: ACCEPT_MANIFESTS },
    });
    expect(digestOf(body)).toBe(pushed);
    await podman('elsewhere', 'pull', '-q', '--tls-verify=false', named('app:1.0.0'));
    expect((await podman('elsewhere', 'image', 'inspect', '--format', '{{.Digest}}', named('app:1.0.0'))).trim()).toBe(
      pushed,
    );
    const layers = await podman(
      'elsewhere',
      'image',
      'inspect',
      '--format',
      '{{json .RootFS.Layers}}',
      named('app:1.0.0'),
    );
    expect(JSON.parse(layers)).toEqual(AMD64.layers.map(({ diffId }) => diffId));
  });

  it('does not upload what is there', async () => {
    await push('amd64', 'again:1.0.0');
    const before = await countPush(registry, 'again');
    await push('amd64', 'again:2.0.0');
    const added = countBetween(before, await countPush(registry, 'again'));
    expect(added).toEqual({ sessions: 0, mounts: 0, chunks: 0, manifests: 1 });
  });

  it('story 014 mounts the layers that another repository has', async () => {
    await push('amd64', 'mount/from:1.0.0');
    await push('amd64', 'mount/to:1.0.0');
    expect(await countPush(registry, 'mount/to')).toMatchObject({ mounts: AMD64.layers.length, manifests: 1 });
  });

  it.each([{ format: 'oci' }, { format: 'v2s2' }])(
    'story 020 makes, pushes, inspects and pulls a list of two architectures in the format $format',
    async ({ format }) => {
      const repository = `list-${format}`;
      await podman('here', 'manifest', 'create', repository);
      for (const image of ['amd64', 'arm64']) {
        await push(image, `${repository}:${image}`);
        const from = `docker://${named(`${repository}:${image}`)}`;
        await podman('here', 'manifest', 'add', '--tls-verify=false', repository, from);
      }
      const to = `docker://${named(`${repository}:1.0.0`)}`;
      await podman('here', 'manifest', 'push', '--all', '--tls-verify=false', '--format', format, repository, to);
      const list = JSON.parse(
        await podman('nobody', 'manifest', 'inspect', named(`${repository}:1.0.0`)),
      ) as ManifestList;
      expect(list.manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
      for (const { digest, platform } of list.manifests) {
        const user = `list-${format}-${platform.architecture}`;
        const wanted = ['--arch', platform.architecture, '--os', 'linux'];
        await podman(user, 'pull', '-q', '--tls-verify=false', ...wanted, named(`${repository}:1.0.0`));
        const shown = '{{.Architecture}} {{json .RepoDigests}}';
        const inspected = await podman(user, 'image', 'inspect', '--format', shown, named(`${repository}:1.0.0`));
        expect(inspected).toContain(`${platform.architecture} `);
        expect(inspected).toContain(named(`${repository}@${digest}`));
      }
    },
  );

  it('story 017 says that the manifest is unknown once it was deleted', async () => {
    const digest = await push('arm64', 'deleted:1.0.0');
    expect((await send('DELETE', `${registry.url}/v2/deleted/manifests/${digest}`)).status).toBe(202);
    const { code, stderr } = await failing('nobody', 'pull', '--tls-verify=false', named('deleted:1.0.0'));
    expect(code).not.toBe(0);
    expect(stderr).toContain('manifest unknown');
  });

  it('stories 010, 015 finds tags and repositories by search', async () => {
    for (const tag of ['2.0.0', '1.0.0', 'latest']) await push('arm64', `found/app:${tag}`);
    const search = async (...args: readonly string[]): Promise<readonly string[]> => {
      const table = await podman('here', 'search', '--tls-verify=false', '--no-trunc', ...args);
      return table.trim().split(/ *\n/).slice(1);
    };
    const listed = await search('--list-tags', named('found/app'));
    expect(listed.map((line) => line.split(/ +/))).toEqual([
      [named('found/app'), '1.0.0'],
      [named('found/app'), '2.0.0'],
      [named('found/app'), 'latest'],
    ]);
    expect(await search(named('found'))).toEqual([named('found/app')]);
  });

  it('story 011 pulls only after a login with the right password', async () => {
    const htpasswd = home.path('htpasswd');
    await writeFile(htpasswd, HTPASSWD);
    const closed = await startTestedRegistry({ htpasswd });
    try {
      const login = (password: string): Promise<Ended> =>
        runProgram(
          'podman',
          argsOf('here', ['login', '--tls-verify=false', '-u', USER, '--password-stdin', closed.host]),
          {
            env: home.env,
            input: password,
          },
        );
      const image = `${closed.host}/private:1.0.0`;
      const wrong = await login('looking-glass');
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toContain('invalid username/password');
      expect((await login(PASSWORD)).stdout).toContain('Login Succeeded!');
      await podman('here', 'push', '-q', '--tls-verify=false', 'localhost/arm64', image);
      await podman('private', 'pull', '-q', '--tls-verify=false', image);
      await podman('here', 'logout', closed.host);
      const anonymous = await failing('anonymous', 'pull', '-q', '--tls-verify=false', image);
      expect(anonymous.code).not.toBe(0);
      expect(anonymous.stderr).toMatch(/authentication required|unauthorized/);
    } finally {
      await closed.stop();
    }
  });
});
