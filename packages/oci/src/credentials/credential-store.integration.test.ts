import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { KEEPING, pathTo, writeHelper } from '../../test/helper-programs.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { createCredentialFinder } from './credential-finder.ts';
import { createCredentialStore } from './credential-store.ts';
import type { Credential } from './credential.ts';
import type { RunHelper } from './helper/credential-helper.ts';

const ANN: Credential = { kind: 'basic', username: 'ann', password: 'hunter2' };
const BOB: Credential = { kind: 'basic', username: 'bob', password: 'hunter3' };
const TOKEN: Credential = { kind: 'identity-token', token: 'hunter4' };

function hostOf(text: string): RegistryHost {
  const host = parseRegistryHost(text);
  if (host === undefined) throw new TypeError(text);
  return host;
}

const GHCR = hostOf('ghcr.io');
const HUB = hostOf('docker.io');

describe('createCredentialStore', () => {
  const folder = useTemporaryFolder();
  const config = (): string => join(folder(), '.docker', 'config.json');
  const surroundings = (env: Record<string, string> = {}) => ({
    env: { ...pathTo(folder()), XDG_RUNTIME_DIR: join(folder(), 'run'), ...env },
    homeFolder: folder(),
  });
  const storeWith = (env: Record<string, string> = {}, onWarning: (text: string) => void = () => undefined) =>
    createCredentialStore({ ...surroundings(env), onWarning });
  const finds = async (host: RegistryHost, env: Record<string, string> = {}) =>
    (await createCredentialFinder({ ...surroundings(env), host })({ host, repository: null }))?.credential;
  const writeConfig = async (text: string): Promise<void> => {
    await mkdir(join(folder(), '.docker'), { recursive: true });
    await writeFile(config(), text);
  };
  const readConfig = async (): Promise<string> => readFile(config(), 'utf8');
  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  describe('in a file', () => {
    it('makes a file and a folder for their owner alone, which the finder reads', async () => {
      expect(await storeWith().save(GHCR, ANN)).toEqual({
        savedIn: '~/.docker/config.json',
        kind: 'file',
        isPlainText: true,
        hiddenBy: null,
      });
      expect(await finds(GHCR)).toEqual(ANN);
      expect([await modeOf(config()), await modeOf(join(folder(), '.docker'))]).toEqual([0o600, 0o700]);
      expect(await readdir(join(folder(), '.docker'))).toEqual(['config.json']);
    });

    it.each([
      { variable: 'DOCKER_CONFIG', value: 'ci', path: 'ci/config.json', key: 'https://index.docker.io/v1/' },
      { variable: 'REGISTRY_AUTH_FILE', value: 'auth.json', path: 'auth.json', key: 'docker.io' },
    ])('writes where $variable says, and calls Docker Hub $key there', async ({ variable, value, path, key }) => {
      const env = { [variable]: join(folder(), value) };
      expect(await storeWith(env).save(HUB, TOKEN)).toMatchObject({ savedIn: `~/${path}`, hiddenBy: null });
      expect(await finds(HUB, env)).toEqual(TOKEN);
      const { auths } = JSON.parse(await readFile(join(folder(), path), 'utf8')) as { auths: object };
      expect(Object.keys(auths)).toEqual([key]);
    });

    it('replaces the login of one registry and leaves the rest of the file as it was', async () => {
      const before =
        '{\n  "psFormat": "x",\n  "auths": {\n    "https://ghcr.io/": {},\n    "quay.io": {\n      "auth": "YTpi"\n    }\n  }\n}\n';
      await writeConfig(before);
      await chmod(config(), 0o644);
      await storeWith().save(GHCR, ANN);
      await storeWith().save(GHCR, BOB);
      const entry = `    "ghcr.io": {\n      "auth": "${Buffer.from('bob:hunter3').toString('base64')}"\n    }`;
      const quay = '    "quay.io": {\n      "auth": "YTpi"\n    }';
      expect(await readConfig()).toBe(`{\n  "psFormat": "x",\n  "auths": {\n${quay},\n${entry}\n  }\n}\n`);
      expect(await modeOf(config())).toBe(0o600);
    });

    it.each([
      { there: true, why: 'to a file' },
      { there: false, why: 'to nothing yet' },
    ])('writes behind a link $why, and leaves the link', async ({ there }) => {
      await mkdir(join(folder(), '.docker'));
      await mkdir(join(folder(), 'dotfiles'));
      const target = join(folder(), 'dotfiles', 'docker.json');
      if (there) await writeFile(target, '{"x":1}');
      await symlink('../dotfiles/docker.json', config());
      await storeWith().save(GHCR, ANN);
      expect((await lstat(config())).isSymbolicLink()).toBe(true);
      expect(Object.keys(JSON.parse(await readFile(target, 'utf8')) as object)).toContain('auths');
      expect(await finds(GHCR)).toEqual(ANN);
    });

    it('loses no login of many that are saved and removed at the same time', async () => {
      const hosts = Array.from({ length: 12 }, (_, at) => hostOf(`r${at}.io`));
      await storeWith().save(GHCR, ANN);
      await Promise.all([storeWith().remove(GHCR), ...hosts.map(async (host) => storeWith().save(host, BOB))]);
      expect(await storeWith().list()).toEqual(hosts.toSorted());
      expect(await readdir(join(folder(), '.docker'))).toEqual(['config.json']);
    });

    it.each([
      { text: '{"auths":', why: 'does not parse' },
      { text: '{"auths":[]}', why: 'has another shape' },
    ])('leaves a file alone that $why', async ({ text }) => {
      await writeConfig(text);
      const error = { code: 'CREDENTIALS_UNUSABLE', details: { source: '~/.docker/config.json' } };
      await expect(storeWith().save(GHCR, ANN)).rejects.toMatchObject(error);
      await expect(storeWith().remove(GHCR)).rejects.toMatchObject(error);
      expect(await readConfig()).toBe(text);
      expect(await readdir(join(folder(), '.docker'))).toEqual(['config.json']);
    });

    it('says what stands in the way when nothing can be written', async () => {
      await writeFile(join(folder(), '.docker'), 'a file where the folder should be');
      await expect(storeWith().save(GHCR, ANN)).rejects.toMatchObject({
        code: 'CREDENTIALS_UNUSABLE',
        message: expect.stringContaining('~/.docker/config.json: cannot be written') as string,
      });
    });

    it('stops waiting for another one who writes when it is told to', async () => {
      await writeConfig('{}');
      await writeFile(`${config()}.lock`, '');
      const stop = new AbortController();
      const saving = storeWith().save(GHCR, ANN, { signal: stop.signal });
      stop.abort(new RangeError('stopped'));
      await expect(saving).rejects.toThrow('stopped');
      expect(await readConfig()).toBe('{}');
    });

    it.each([
      { username: 'a:b', password: 'hunter2', why: 'a colon in the user name' },
      { username: '', password: 'hunter2', why: 'no user name' },
      { username: 'ann', password: '', why: 'no password' },
      { username: 'ann', password: 'hunter2\0', why: 'NUL' },
    ])('refuses what would be read back as something else: $why', async ({ username, password }) => {
      const saving = storeWith().save(GHCR, { kind: 'basic', username, password });
      await expect(saving).rejects.toMatchObject({ code: 'CREDENTIALS_UNUSABLE' });
      await expect(saving).rejects.not.toThrow(/hunter2/);
    });

    it('says which source is asked before and hides the new login', async () => {
      await mkdir(join(folder(), 'run', 'containers'), { recursive: true });
      const podman = join(folder(), 'run', 'containers', 'auth.json');
      await writeFile(podman, '{"auths":{"ghcr.io":{"auth":"YTpi"}}}');
      expect(await storeWith().save(GHCR, ANN)).toMatchObject({ hiddenBy: '~/run/containers/auth.json' });
      expect(await storeWith().save(HUB, ANN)).toMatchObject({ hiddenBy: null });
      const env = { SQUIZZLE_USERNAME: 'x', SQUIZZLE_PASSWORD: 'y' };
      expect(await storeWith(env).save(HUB, ANN)).toMatchObject({ hiddenBy: 'SQUIZZLE_USERNAME' });
    });

    describe('remove', () => {
      it('removes every spelling of the registry, and nothing else', async () => {
        await writeConfig(
          '{"auths":{"docker.io":{"auth":"YTpi"},"https://index.docker.io/v1/":{},"docker.io/org":{},"evildocker.io":{}}}',
        );
        expect(await storeWith().remove(HUB)).toEqual({ removedFrom: ['~/.docker/config.json'], stillIn: null });
        expect(await readConfig()).toBe('{"auths":{"docker.io/org":{},"evildocker.io":{}}}');
      });

      it('finds nothing to remove, and makes no file for it', async () => {
        expect(await storeWith().remove(GHCR)).toEqual({ removedFrom: [], stillIn: null });
        expect(await readdir(folder())).toEqual([]);
      });

      it('says where credentials still are', async () => {
        await storeWith().save(GHCR, ANN);
        const env = { DOCKER_CONFIG: join(folder(), 'ci') };
        expect(await storeWith(env).remove(GHCR)).toEqual({ removedFrom: [], stillIn: '~/.docker/config.json' });
      });
    });
  });

  describe('in a helper', () => {
    const keptByHelper = async (): Promise<object> =>
      JSON.parse(await readFile(join(folder(), 'docker-credential-keep.json'), 'utf8')) as object;

    it('keeps the secret there and out of the file, and takes it out again', async () => {
      await writeHelper(folder(), 'keep', KEEPING);
      await writeConfig('{"auths":{"https://ghcr.io":{"auth":"b2xkOmh1bnRlcjI="}},"credsStore":"keep"}');
      const savedIn = 'docker-credential-keep (~/.docker/config.json)';
      expect(await storeWith().save(GHCR, ANN)).toEqual({
        savedIn,
        kind: 'helper',
        isPlainText: false,
        hiddenBy: null,
      });
      expect(await readConfig()).toBe('{"auths":{"ghcr.io":{}},"credsStore":"keep"}');
      expect(await finds(GHCR)).toEqual(ANN);
      expect(await storeWith().remove(GHCR)).toEqual({ removedFrom: [savedIn], stillIn: null });
      expect(await keptByHelper()).toEqual({});
      expect(await readConfig()).toBe('{"auths":{},"credsStore":"keep"}');
    });

    it('erases every spelling, and the plain text that is left in the file', async () => {
      const kept = new Map(['https://ghcr.io', 'ghcr.io.evil.com', 'https://ghcr.io/org'].map((url) => [url, 'ann']));
      const runHelper: RunHelper = async ({ verb, input }) => {
        const isKnown = verb === 'list' || (verb === 'erase' && kept.delete(input));
        const stdout = isKnown ? JSON.stringify(Object.fromEntries(kept)) : 'credentials not found in native keychain';
        return { kind: 'ended', exitCode: isKnown ? 0 : 1, stdout, stderr: '' };
      };
      await writeConfig('{"auths":{"ghcr.io":{"auth":"YTpi"}},"credHelpers":{"ghcr.io":"keep"}}');
      const { removedFrom } = await createCredentialStore({ ...surroundings(), runHelper }).remove(GHCR);
      expect(removedFrom).toEqual(['docker-credential-keep (~/.docker/config.json)', '~/.docker/config.json']);
      expect([...kept.keys()]).toEqual(['ghcr.io.evil.com', 'https://ghcr.io/org']);
    });

    it('does not claim to have removed what a helper does not list, but asks it to', async () => {
      const erased: string[] = [];
      const runHelper: RunHelper = async ({ verb, input }) => {
        if (verb === 'erase') erased.push(input);
        return { kind: 'ended', exitCode: verb === 'get' ? 1 : 0, stdout: '{}', stderr: '' };
      };
      await writeConfig('{"credsStore":"keep"}');
      const { removedFrom } = await createCredentialStore({ ...surroundings(), runHelper }).remove(GHCR);
      expect([removedFrom, erased]).toEqual([[], ['ghcr.io']]);
    });

    it('never falls back to plain text', async () => {
      await writeConfig('{"credsStore":"missing"}');
      await expect(storeWith().save(GHCR, ANN)).rejects.toMatchObject({
        code: 'CREDENTIALS_UNUSABLE',
        message: expect.stringContaining('docker-credential-missing: is not installed') as string,
      });
      expect(await readConfig()).toBe('{"credsStore":"missing"}');
    });

    it('warns at a logout that it could not ask the helper', async () => {
      await writeConfig('{"auths":{"ghcr.io":{"auth":"YTpi"}},"credsStore":"missing"}');
      const warnings: string[] = [];
      const { removedFrom } = await storeWith({}, (text) => warnings.push(text)).remove(GHCR);
      expect(removedFrom).toEqual(['~/.docker/config.json']);
      expect(warnings).toEqual(['docker-credential-missing is not installed: what it keeps stays there']);
    });
  });

  it('lists the registries with a login, sorted', async () => {
    expect(await storeWith().list()).toEqual([]);
    for (const host of [HUB, GHCR]) await storeWith().save(host, ANN);
    expect(await storeWith().list()).toEqual(['docker.io', 'ghcr.io']);
  });
});
