import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEEPING, pathTo, writeHelper } from '../../test/helper-programs.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { createCredentialFinder, type CredentialFinderOptions } from './credential-finder.ts';
import type { FoundCredential } from './credential.ts';
import type { RunHelper } from './helper/credential-helper.ts';
import { normalHost } from './host-key.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const authsFor = (host: string, user: string): string =>
  JSON.stringify({ auths: { [host]: { auth: base64(`${user}:hunter2`) } } });

function hostOf(text: string): RegistryHost {
  const host = parseRegistryHost(text);
  if (host === undefined) throw new TypeError(text);
  return host;
}

const GHCR = hostOf('ghcr.io');

describe('createCredentialFinder', () => {
  const folder = useTemporaryFolder();
  const place = (path: string): string => join(folder(), path);
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(place(path)), { recursive: true });
    await writeFile(place(path), text);
  };
  const noHelper: RunHelper = async () => ({ kind: 'not-installed' });
  const finder = (options: Partial<CredentialFinderOptions> = {}) => {
    const { env, ...rest } = options;
    const base = { XDG_RUNTIME_DIR: place('run') };
    const homeFolder = place('home');
    return createCredentialFinder({ host: GHCR, homeFolder, runHelper: noHelper, ...rest, env: { ...base, ...env } });
  };
  const findFor = async (
    host: string,
    options: Partial<CredentialFinderOptions> = {},
    repository: string | null = null,
  ) => finder(options)({ host: hostOf(host), repository });
  const userOf = (found: FoundCredential | undefined): string | undefined =>
    found?.credential.kind === 'basic' ? found.credential.username : undefined;

  it('asks the sources in their order, and each time the first that knows the registry counts', async () => {
    const env: Record<string, string> = {
      SQUIZZLE_USERNAME: 'squizzle',
      SQUIZZLE_PASSWORD: 'hunter2',
      REGISTRY_AUTH_FILE: place('named.json'),
      DOCKER_AUTH_CONFIG: authsFor('ghcr.io', 'inline'),
      DOCKER_CONFIG: place('docker'),
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'actions',
      GITHUB_TOKEN: 'hunter2',
    };
    const files = ['named.json', 'run/containers/auth.json', 'home/.config/containers/auth.json'];
    const dockerFiles = ['docker/config.json', 'home/.docker/config.json'];
    for (const file of [...files, ...dockerFiles]) await write(file, authsFor('ghcr.io', file));
    const found: unknown[] = [];
    const look = async (options = {}): Promise<void> => {
      const credential = await findFor('ghcr.io', { env, ...options });
      found.push([userOf(credential), credential?.source]);
    };
    await look({ explicit: { kind: 'basic', username: 'given', password: 'hunter2' } });
    await look();
    delete env['SQUIZZLE_USERNAME'];
    delete env['SQUIZZLE_PASSWORD'];
    for (const file of files) {
      await look();
      await write(file, authsFor('quay.io', 'other'));
    }
    await look();
    delete env['DOCKER_AUTH_CONFIG'];
    for (const file of dockerFiles) {
      await look();
      await write(file, authsFor('ghcr.io.evil.com', 'other'));
    }
    await look();
    delete env['GITHUB_TOKEN'];
    await look();
    expect(found).toEqual([
      ['given', 'options'],
      ['squizzle', 'SQUIZZLE_USERNAME'],
      ['named.json', place('named.json')],
      ['run/containers/auth.json', place('run/containers/auth.json')],
      ['home/.config/containers/auth.json', '~/.config/containers/auth.json'],
      ['inline', 'DOCKER_AUTH_CONFIG'],
      ['docker/config.json', place('docker/config.json')],
      ['home/.docker/config.json', '~/.docker/config.json'],
      ['actions', 'GITHUB_TOKEN'],
      [undefined, undefined],
    ]);
  });

  it('gives what the options say to the registry that is opened, and to no other', async () => {
    const explicit = { kind: 'registry-token', token: 't' } as const;
    const hub = { explicit, host: hostOf('docker.io') };
    expect(await findFor('docker.io', hub)).toEqual({ credential: explicit, source: 'options' });
    expect(await findFor('ghcr.io', hub)).toBeUndefined();
  });

  it('finds what is kept for the namespace of a repository', async () => {
    await write('home/.docker/config.json', authsFor('ghcr.io/org', 'org'));
    expect(userOf(await findFor('ghcr.io', {}, 'org/app'))).toBe('org');
    expect(await findFor('ghcr.io', {}, 'organisation/app')).toBeUndefined();
    expect(await findFor('ghcr.io')).toBeUndefined();
  });

  it('follows a link to the file', async () => {
    await write('elsewhere.json', authsFor('ghcr.io', 'linked'));
    await mkdir(place('home/.docker'), { recursive: true });
    await symlink(place('elsewhere.json'), place('home/.docker/config.json'));
    expect(userOf(await findFor('ghcr.io'))).toBe('linked');
  });

  it.each([
    { text: '', why: 'an empty file' },
    { text: '\uFEFF{}', why: 'a byte order mark' },
    { text: '{"auths":{"ghcr.io":{}}}', why: 'an empty entry' },
  ])('goes on to the next source after $why', async ({ text }) => {
    await write('run/containers/auth.json', text);
    await write('home/.docker/config.json', authsFor('ghcr.io', 'next'));
    expect(userOf(await findFor('ghcr.io'))).toBe('next');
  });

  it.each([
    { content: '{"auths":{"ghcr.io":{"auth":"hunter2"', why: 'is cut off' },
    { content: Buffer.from([0x7b, 0xff, 0x7d]), why: 'is no UTF-8' },
    { content: `${' '.repeat(1024 * 1024)}{}`, why: 'is larger than 1 MiB' },
  ])('stops at a file that $why, and names it', async ({ content }) => {
    await mkdir(place('home/.docker'), { recursive: true });
    await writeFile(place('home/.docker/config.json'), content);
    const error = { code: 'CREDENTIALS_UNUSABLE', details: { source: '~/.docker/config.json' } };
    await expect(findFor('ghcr.io')).rejects.toMatchObject(error);
    await expect(findFor('ghcr.io')).rejects.not.toThrow(/hunter2/);
  });

  it('reads a file of exactly 1 MiB', async () => {
    await write('home/.docker/config.json', authsFor('ghcr.io', 'large').padEnd(1024 * 1024));
    expect(userOf(await findFor('ghcr.io'))).toBe('large');
  });

  it.each(['{"auths":{"ghcr.io":{"auth":"hunter2"', `${' '.repeat(1024 * 1024)}{}`])(
    'stops at a DOCKER_AUTH_CONFIG that cannot be used',
    async (text) => {
      const found = findFor('ghcr.io', { env: { DOCKER_AUTH_CONFIG: text } });
      const error = { code: 'CREDENTIALS_UNUSABLE', details: { source: 'DOCKER_AUTH_CONFIG' } };
      await expect(found).rejects.toMatchObject(error);
    },
  );

  describe('a file that cannot be read', () => {
    it.each([
      { variable: 'REGISTRY_AUTH_FILE', path: 'named', named: 'named' },
      { variable: 'DOCKER_CONFIG', path: 'docker/config.json', named: 'docker' },
    ])('stops the search when $variable names it', async ({ variable, path, named }) => {
      await mkdir(place(path), { recursive: true }); // a folder: nobody can read that, not even root
      const error = {
        code: 'CREDENTIALS_UNUSABLE',
        message: expect.stringContaining(`${variable} names this file`) as string,
      };
      await expect(findFor('ghcr.io', { env: { [variable]: place(named) } })).rejects.toMatchObject(error);
    });

    it('is a warning where such files usually lie', async () => {
      await mkdir(place('run/containers/auth.json'), { recursive: true });
      await write('home/.docker/config.json', authsFor('ghcr.io', 'next'));
      const warnings: string[] = [];
      const found = await findFor('ghcr.io', { onWarning: (text) => warnings.push(text) });
      expect(userOf(found)).toBe('next');
      expect(warnings).toEqual([`${place('run/containers/auth.json')}: is no file; going on without it`]);
    });

    it('is a warning when it was named and is not there, told once', async () => {
      const warnings: string[] = [];
      const env = { REGISTRY_AUTH_FILE: place('gone.json') };
      const find = finder({ env, keepMs: 0, onWarning: (text) => warnings.push(text) });
      for (const repository of ['a', 'b']) await find({ host: GHCR, repository });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('REGISTRY_AUTH_FILE names this file, and it is not there');
    });

    it('says nothing of files that nobody named and that are not there', async () => {
      const warnings: string[] = [];
      await write('home/.docker', 'a file where a folder should be');
      expect(await findFor('ghcr.io', { onWarning: (text) => warnings.push(text) })).toBeUndefined();
      expect(warnings).toEqual([]);
    });
  });

  describe('with a credential helper', () => {
    const keeping = async (): Promise<void> => {
      await writeHelper(folder(), 'keep', KEEPING);
      const kept = { 'ghcr.io': { ServerURL: 'ghcr.io', Username: 'ann', Secret: 'hunter2' } };
      await writeFile(place('docker-credential-keep.json'), JSON.stringify(kept));
    };
    const both = (helper: object): string =>
      JSON.stringify({ ...helper, auths: { 'ghcr.io': { auth: base64('file:hunter2') } } });

    it('starts the program that the file names, and believes it more than the file', async () => {
      await keeping();
      await write('home/.docker/config.json', both({ credHelpers: { 'ghcr.io': 'keep' }, credsStore: 'missing' }));
      const find = createCredentialFinder({
        host: GHCR,
        homeFolder: place('home'),
        env: { ...pathTo(folder()), XDG_RUNTIME_DIR: place('run') },
      });
      expect(await find({ host: GHCR, repository: 'org/app' })).toEqual({
        credential: { kind: 'basic', username: 'ann', password: 'hunter2' },
        source: 'docker-credential-keep (~/.docker/config.json)',
      });
    });

    it.each([
      { answer: { kind: 'not-installed' }, warnings: 1, why: 'is not installed, with a warning' },
      {
        answer: { kind: 'ended', exitCode: 1, stdout: 'credentials not found in native keychain\n', stderr: '' },
        warnings: 0,
        why: 'knows nothing',
      },
    ] as const)('goes on with the file where the helper $why', async ({ answer, warnings }) => {
      await write('home/.docker/config.json', both({ credsStore: 'keep' }));
      const told: string[] = [];
      const found = await findFor('ghcr.io', { runHelper: async () => answer, onWarning: (text) => told.push(text) });
      expect([userOf(found), told.length]).toEqual(['file', warnings]);
    });

    it('stops when the helper fails: going on would ask as somebody else', async () => {
      await write('home/.docker/config.json', both({ credsStore: 'keep' }));
      const runHelper: RunHelper = async () => ({ kind: 'ended', exitCode: 1, stdout: '', stderr: 'locked' });
      await expect(findFor('ghcr.io', { runHelper })).rejects.toMatchObject({ code: 'CREDENTIALS_UNUSABLE' });
    });

    it('asks it once for all requests of a while, and ends it with the last who waits', async () => {
      await write('home/.docker/config.json', '{"credsStore":"keep"}');
      const signals: (AbortSignal | undefined)[] = [];
      const runHelper: RunHelper = async (_call, options) => {
        signals.push(options?.signal);
        return { kind: 'ended', exitCode: 0, stdout: '{"Username":"ann","Secret":"hunter2"}', stderr: '' };
      };
      const find = finder({ runHelper });
      await Promise.all([1, 2, 3].map(async () => find({ host: GHCR, repository: null })));
      await find({ host: GHCR, repository: null });
      expect(signals).toHaveLength(1);
      expect(signals[0]).toBeInstanceOf(AbortSignal);
    });
  });

  const label = fc.stringMatching(/^[a-z0-9]{1,2}$/);
  const hosts = fc
    .oneof(
      fc.tuple(label, label, fc.constantFrom('', ':1', ':443')).map(([a, b, port]) => `${a}.${b}${port}`),
      fc.constantFrom(
        'docker.io',
        'index.docker.io',
        'registry-1.docker.io',
        'ghcr.io',
        'ghcr.io.evil.com',
        'evilghcr.io',
      ),
    )
    .map(hostOf);

  it('gives nothing of one registry to another, wherever it is kept', async () => {
    const property = fc.asyncProperty(hosts, hosts, hosts, async (kept, opened, asked) => {
      const secret = { SQUIZZLE_REGISTRY: kept, SQUIZZLE_USERNAME: 'a', SQUIZZLE_PASSWORD: 'b' };
      const ci = { CI_REGISTRY: kept, CI_JOB_TOKEN: 't' };
      const named = { DOCKER_AUTH_CONFIG: authsFor(`https://${kept}/v2/`, 'a') };
      const explicit = { kind: 'basic', username: 'a', password: 'b' } as const;
      const found = await Promise.all([
        findFor(asked, { host: opened, env: secret }),
        findFor(asked, { host: opened, env: ci }),
        findFor(asked, { host: opened, env: named }),
        findFor(asked, { host: kept, explicit }),
      ]);
      const same = normalHost(kept) === normalHost(asked);
      expect(found.map((each) => each !== undefined)).toEqual([same, same, same, same]);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
