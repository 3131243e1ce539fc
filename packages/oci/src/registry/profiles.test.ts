import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { findProfile } from './profiles.ts';

const hostOf = (text: string): RegistryHost => {
  const host = parseRegistryHost(text);
  if (host === undefined) throw new TypeError(text);
  return host;
};

describe('findProfile', () => {
  it.each([
    { host: 'docker.io', name: 'Docker Hub' },
    { host: 'registry-1.docker.io', name: 'Docker Hub' },
    { host: 'ghcr.io', name: 'GitHub Container Registry' },
    { host: 'GHCR.io', name: 'GitHub Container Registry' },
    { host: 'containers.acme.ghe.com', name: 'GitHub Container Registry' },
    { host: '123456789012.dkr.ecr.us-east-1.amazonaws.com', name: 'Amazon ECR' },
    { host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', name: 'Amazon ECR' },
    { host: '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', name: 'Amazon ECR' },
    { host: '123456789012.dkr-ecr.eu-central-1.on.aws', name: 'Amazon ECR' },
    { host: 'public.ecr.aws', name: 'Amazon ECR Public' },
    { host: 'europe-west3-docker.pkg.dev', name: 'Google Artifact Registry' },
    { host: 'eu.gcr.io', name: 'Google Artifact Registry' },
    { host: 'gcr.io', name: 'Google Artifact Registry' },
    { host: 'acme.azurecr.io', name: 'Azure Container Registry' },
    { host: 'registry.gitlab.com', name: 'GitLab Container Registry' },
    { host: 'quay.io', name: 'Quay' },
    { host: 'registry.example', name: 'OCI registry' },
    { host: 'localhost:5000', name: 'OCI registry' },
    { host: 'ghcr.io.evil.example', name: 'OCI registry' },
    { host: 'notghcr.io', name: 'OCI registry' },
    { host: 'azurecr.io', name: 'OCI registry' },
    { host: 'ghcr.io:8443', name: 'OCI registry' },
  ])('knows $host as $name', ({ host, name }) => {
    expect(findProfile(hostOf(host)).name).toBe(name);
  });

  it('asks Docker Hub where its API answers, and any other host itself', () => {
    expect(findProfile(hostOf('docker.io')).apiHost).toBe('registry-1.docker.io');
    expect(findProfile(hostOf('ghcr.io')).apiHost).toBe('ghcr.io');
    expect(findProfile(hostOf('localhost:5000')).apiHost).toBe('localhost:5000');
  });

  it.each([
    { host: 'ghcr.io', guardsTags: 'never', why: 'it has no immutable tags' },
    { host: 'docker.io', guardsTags: 'ask', why: 'a repository may be told to keep its tags' },
    { host: 'registry.example', guardsTags: 'ask', why: 'nothing is known' },
  ])('$guardsTags whether $host guards tags: $why', ({ host, guardsTags }) => {
    expect(findProfile(hostOf(host)).guardsTags).toBe(guardsTags);
  });

  it('keeps to what Amazon takes', () => {
    const { tagsPageSize, minChunkBytes } = findProfile(hostOf('123456789012.dkr.ecr.us-east-1.amazonaws.com'));
    expect(tagsPageSize).toBeLessThanOrEqual(1000);
    expect(minChunkBytes).toBe(5 * 1024 * 1024);
  });

  it.each([
    { host: 'ghcr.io', hint: 'deletion', says: 'delete:packages' },
    { host: '123456789012.dkr.ecr.us-east-1.amazonaws.com', hint: 'login', says: 'log in as AWS' },
    { host: '123456789012.dkr.ecr.us-east-1.amazonaws.com', hint: 'deletion', says: 'BatchDeleteImage' },
    { host: 'europe-docker.pkg.dev', hint: 'login', says: 'oauth2accesstoken' },
    { host: 'europe-docker.pkg.dev', hint: 'login', says: '_json_key' },
    { host: 'acme.azurecr.io', hint: 'login', says: '00000000-0000-0000-0000-000000000000' },
    { host: 'registry.gitlab.com', hint: 'login', says: 'gitlab-ci-token' },
    { host: 'harbor.example', hint: 'login', says: 'robot$' },
    { host: 'registry.example', hint: 'deletion', says: 'storage.delete.enabled' },
  ] as const)('says $says in the hint for $hint at $host', ({ host, hint, says }) => {
    expect(findProfile(hostOf(host)).hints[hint]).toContain(says);
  });
});
