import { describe, expect, it } from 'vitest';
import { containersAuthFiles, dockerConfigFiles, loginFile } from './auth-file-places.ts';

const homeFolder = '/home/ann';

describe('containersAuthFiles', () => {
  const sourcesOf = (env: Record<string, string>, uid?: number): readonly string[] =>
    containersAuthFiles({ env, homeFolder }, uid).map(({ source }) => source);

  it.each([
    {
      env: { XDG_RUNTIME_DIR: '/run/user/7' },
      sources: ['/run/user/7/containers/auth.json', '~/.config/containers/auth.json'],
      why: 'a session of Linux',
    },
    {
      env: { XDG_RUNTIME_DIR: '' },
      sources: ['/run/containers/7/auth.json', '~/.config/containers/auth.json'],
      why: 'Linux without one',
    },
    {
      env: { XDG_RUNTIME_DIR: '/r', XDG_CONFIG_HOME: '/settings' },
      sources: ['/r/containers/auth.json', '/settings/containers/auth.json'],
      why: 'settings elsewhere',
    },
    {
      env: { XDG_RUNTIME_DIR: '/r', REGISTRY_AUTH_FILE: '/x/auth.json' },
      sources: ['/x/auth.json', '/r/containers/auth.json', '~/.config/containers/auth.json'],
      why: 'a named file comes first',
    },
    {
      env: { XDG_RUNTIME_DIR: '/r', REGISTRY_AUTH_FILE: '/r/containers/auth.json' },
      sources: ['/r/containers/auth.json', '~/.config/containers/auth.json'],
      why: 'no file twice',
    },
  ])('asks $sources: $why', ({ env, sources }) => {
    expect(sourcesOf(env, 7)).toEqual(sources);
  });

  it('knows which file was named: faults of that one count', () => {
    const [named, usual] = containersAuthFiles({ env: { REGISTRY_AUTH_FILE: '/x' }, homeFolder });
    expect([named?.variable, usual?.variable]).toEqual(['REGISTRY_AUTH_FILE', null]);
  });
});

describe('dockerConfigFiles', () => {
  it.each([
    { env: {}, sources: ['~/.docker/config.json'], why: 'the usual one' },
    { env: { DOCKER_CONFIG: '' }, sources: ['~/.docker/config.json'], why: 'set to nothing' },
    {
      env: { DOCKER_CONFIG: '/ci' },
      sources: ['/ci/config.json', '~/.docker/config.json'],
      why: 'a named folder first',
    },
    { env: { DOCKER_CONFIG: '/home/ann/.docker' }, sources: ['~/.docker/config.json'], why: 'no file twice' },
    {
      env: { DOCKER_CONFIG: '/home/anna' },
      sources: ['/home/anna/config.json', '~/.docker/config.json'],
      why: 'not home',
    },
  ])('asks $sources: $why', ({ env, sources }) => {
    expect(dockerConfigFiles({ env, homeFolder }).map(({ source }) => source)).toEqual(sources);
  });
});

describe('loginFile', () => {
  it.each([
    { env: {}, path: '/home/ann/.docker/config.json', why: "Docker's" },
    { env: { DOCKER_CONFIG: '/ci' }, path: '/ci/config.json', why: 'in the folder that is named' },
    { env: { DOCKER_CONFIG: '/ci', REGISTRY_AUTH_FILE: '/x' }, path: '/x', why: 'the file that is named' },
    { env: { XDG_RUNTIME_DIR: '/r' }, path: '/home/ann/.docker/config.json', why: "never podman's by itself" },
  ])('is $path: $why', ({ env, path }) => {
    expect(loginFile({ env, homeFolder }).path).toBe(path);
  });
});
