import { expect, it } from 'vitest';
import { remoteOfVariables } from './registry-variables.ts';

const remote = (registry: string, repository?: string) =>
  remoteOfVariables({
    SQUIZZLE_REGISTRY: registry,
    ...(repository === undefined ? {} : { SQUIZZLE_REPOSITORY: repository }),
  });

it.each([
  {
    registry: 'ghcr.io',
    repository: 'acme/shop/migrations',
    is: 'ghcr.io/acme/shop/migrations',
    why: 'GitHub Actions',
  },
  {
    registry: 'ghcr.io',
    repository: 'MyOrg/Shop/migrations',
    is: 'ghcr.io/myorg/shop/migrations',
    why: 'its names may have capitals',
  },
  {
    registry: 'registry.gitlab.com',
    repository: 'acme/shop/migrations',
    is: 'registry.gitlab.com/acme/shop/migrations',
    why: 'GitLab CI',
  },
  {
    registry: 'registry.gitlab.com/acme/shop',
    repository: undefined,
    is: 'registry.gitlab.com/acme/shop',
    why: '$CI_REGISTRY_IMAGE',
  },
  {
    registry: 'eu-docker.pkg.dev/project/repo',
    repository: 'migrations',
    is: 'eu-docker.pkg.dev/project/repo/migrations',
    why: 'the beginning of the repository',
  },
  { registry: 'docker.io', repository: 'myuser/migrations', is: 'docker.io/myuser/migrations', why: 'Docker Hub' },
  {
    registry: 'https://index.docker.io/',
    repository: 'myuser/migrations',
    is: 'docker.io/myuser/migrations',
    why: 'as docker login names it',
  },
  {
    registry: '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    repository: 'migrations',
    is: '123456789012.dkr.ecr.us-east-1.amazonaws.com/migrations',
    why: 'Amazon',
  },
  {
    registry: 'localhost:5000',
    repository: undefined,
    is: 'localhost:5000/squizzle-artifacts',
    why: 'the default repository',
  },
])('$registry and $repository are $is: $why', ({ registry, repository, is }) => {
  const found = remote(registry, repository);
  expect(`${found?.place.registry}/${found?.place.repository}`).toBe(is);
});

it('says that a name was written in lower case, and only then', () => {
  expect(remote('ghcr.io', 'MyOrg/x')?.note).toContain('MyOrg/x is myorg/x there');
  expect(remote('ghcr.io', 'myorg/x')?.note).toBeUndefined();
});

it('names no remote without SQUIZZLE_REGISTRY', () => {
  expect(remoteOfVariables({ SQUIZZLE_REPOSITORY: 'acme/db' })).toBeUndefined();
  expect(remote('')).toBeUndefined();
});

it.each([
  {
    registry: 'ghcr',
    repository: 'acme/db',
    file: 'SQUIZZLE_REGISTRY',
    says: 'expected its host',
    why: 'a word is no host',
  },
  {
    registry: 'docker.io',
    repository: undefined,
    file: 'SQUIZZLE_REGISTRY',
    says: 'a user or organisation',
    why: 'nobody may push to library/',
  },
  { registry: 'ghcr.io', repository: 'acme/db:v1', file: 'SQUIZZLE_REPOSITORY', says: 'without tag', why: 'a tag' },
  {
    registry: 'bot:s3cret@ghcr.io',
    repository: 'acme/db',
    file: 'SQUIZZLE_REGISTRY',
    says: 'expected',
    why: 'a password in the wrong place',
  },
])('refuses $registry and $repository: $why', ({ registry, repository, file, says }) => {
  expect(() => remote(registry, repository)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      details: { file, key: null },
      message: expect.stringContaining(says) as string,
    }),
  );
  expect(() => remote(registry, repository)).not.toThrow(/s3cret/);
});
