import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { ciCredential, squizzleCredential } from './environment-credential.ts';

function hostOf(text: string): RegistryHost {
  const host = parseRegistryHost(text);
  if (host === undefined) throw new TypeError(text);
  return host;
}

describe('squizzleCredential', () => {
  const login = { SQUIZZLE_USERNAME: 'ann', SQUIZZLE_PASSWORD: 'hunter2' };
  it.each([
    { env: login, opened: 'ghcr.io', asked: 'ghcr.io', given: true, why: 'the registry that is opened' },
    { env: login, opened: 'ghcr.io', asked: 'evil.io', given: false, why: 'another host than the one opened' },
    { env: login, opened: 'docker.io', asked: 'registry-1.docker.io', given: true, why: 'another name of it' },
    { env: { ...login, SQUIZZLE_REGISTRY: 'ghcr.io' }, opened: 'ghcr.io', asked: 'ghcr.io', given: true, why: 'named' },
    {
      env: { ...login, SQUIZZLE_REGISTRY: 'https://GHCR.io/' },
      opened: 'ghcr.io',
      asked: 'ghcr.io',
      given: true,
      why: 'a URL',
    },
    {
      env: { ...login, SQUIZZLE_REGISTRY: 'ghcr.io/org' },
      opened: 'ghcr.io',
      asked: 'ghcr.io',
      given: true,
      why: 'a path',
    },
    {
      env: { ...login, SQUIZZLE_REGISTRY: 'ghcr.io' },
      opened: 'evil.io',
      asked: 'evil.io',
      given: false,
      why: 'for another',
    },
    {
      env: { ...login, SQUIZZLE_REGISTRY: 'ghcr.io.evil.io' },
      opened: 'ghcr.io',
      asked: 'ghcr.io',
      given: false,
      why: 'longer',
    },
    {
      env: { ...login, SQUIZZLE_REGISTRY: 'a@ghcr.io' },
      opened: 'ghcr.io',
      asked: 'ghcr.io',
      given: false,
      why: 'no host',
    },
    {
      env: { ...login, SQUIZZLE_REGISTRY: '' },
      opened: 'ghcr.io',
      asked: 'ghcr.io',
      given: true,
      why: 'set to nothing',
    },
    { env: { SQUIZZLE_USERNAME: '' }, opened: 'ghcr.io', asked: 'ghcr.io', given: false, why: 'no login' },
    {
      env: { SQUIZZLE_USERNAME: 'ann', SQUIZZLE_REGISTRY: 'b.io' },
      opened: 'a.io',
      asked: 'a.io',
      given: false,
      why: 'half, elsewhere',
    },
  ])('with $opened opened, for $asked: $given ($why)', ({ env, opened, asked, given }) => {
    const credential = { kind: 'basic', username: 'ann', password: 'hunter2' };
    const expected = given ? { credential, source: 'SQUIZZLE_USERNAME' } : undefined;
    expect(squizzleCredential(env, hostOf(opened), asked)).toEqual(expected);
  });

  it.each([
    { env: { SQUIZZLE_USERNAME: 'ann' }, missing: 'SQUIZZLE_PASSWORD is not' },
    { env: { SQUIZZLE_PASSWORD: 'hunter2', SQUIZZLE_USERNAME: '' }, missing: 'SQUIZZLE_USERNAME is not' },
  ])('says that $missing set', ({ env, missing }) => {
    const find = (): unknown => squizzleCredential(env, hostOf('ghcr.io'), 'ghcr.io');
    expect(find).toThrow(
      expect.objectContaining({ code: 'CREDENTIALS_UNUSABLE', message: expect.stringContaining(missing) as string }),
    );
    expect(find).not.toThrow(/hunter2|ann/);
  });
});

describe('ciCredential', () => {
  const github = { GITHUB_ACTIONS: 'true', GITHUB_ACTOR: 'ann', GITHUB_TOKEN: 't' };
  const gitlab = { CI_REGISTRY: 'gitlab.example.com:5050', CI_REGISTRY_USER: 'ci', CI_REGISTRY_PASSWORD: 'p' };
  it.each([
    { env: github, host: 'ghcr.io', user: 'ann', source: 'GITHUB_TOKEN', why: 'a job of GitHub' },
    {
      env: { ...github, GITHUB_SERVER_URL: 'https://github.com' },
      host: 'ghcr.io',
      user: 'ann',
      source: 'GITHUB_TOKEN',
      why: 'of GitHub itself',
    },
    {
      env: gitlab,
      host: 'gitlab.example.com:5050',
      user: 'ci',
      source: 'CI_REGISTRY_PASSWORD',
      why: 'a job of GitLab',
    },
    {
      env: { CI_REGISTRY: 'registry.gitlab.com', CI_JOB_TOKEN: 't', CI_REGISTRY_USER: 'ci' },
      host: 'registry.gitlab.com',
      user: 'gitlab-ci-token',
      source: 'CI_JOB_TOKEN',
      why: 'with the token of the job',
    },
  ])('gives $source to $host: $why', ({ env, host, user, source }) => {
    expect(ciCredential(env, host)).toMatchObject({ credential: { kind: 'basic', username: user }, source });
  });

  it.each([
    { env: { ...github, GITHUB_ACTIONS: undefined }, host: 'ghcr.io', why: 'a token on a laptop may be another one' },
    { env: { ...github, GITHUB_ACTOR: '' }, host: 'ghcr.io', why: 'no user' },
    { env: github, host: 'docker.io', why: 'another registry' },
    { env: github, host: 'ghcr.io.evil.com', why: 'a longer name' },
    { env: github, host: 'evilghcr.io', why: 'a name that ends so' },
    { env: github, host: 'ghcr.io:8443', why: 'another port' },
    { env: { ...github, GITHUB_SERVER_URL: 'https://git.corp' }, host: 'ghcr.io', why: "another GitHub's token" },
    { env: gitlab, host: 'gitlab.example.com', why: 'another port' },
    { env: gitlab, host: 'gitlab.example.com:5050.evil.com', why: 'a longer name' },
    { env: { ...gitlab, CI_REGISTRY: undefined }, host: 'gitlab.example.com:5050', why: 'no registry is named' },
    { env: { CI_REGISTRY: 'a.io', CI_JOB_TOKEN: '' }, host: 'a.io', why: 'no token' },
  ])('gives nothing to $host: $why', ({ env, host }) => {
    expect(ciCredential(env, host)).toBeUndefined();
  });
});
