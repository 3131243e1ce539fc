import {
  describeContentStoreContract,
  describeDeletableContract,
  describeImmutableTagContract,
  describeReferrerContract,
  describeReferrerRemovalContract,
  describeSignatureTagContract,
  pushImage,
  sampleBlob,
  tagsOf,
  toTag,
  type StoreFixture,
} from '@squizzle/core/testing';
import { copyContent } from '@squizzle/core';
import { startRegistry, type RunningRegistry } from '@squizzle/registry';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryStore, type RegistryStore } from './registry-store.ts';

const homeFolder = join(tmpdir(), 'squizzle-no-home');

describe('a registry', () => {
  let registry: RunningRegistry;
  let repositories = 0;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => registry.stop(0));

  const open = async (): Promise<StoreFixture<RegistryStore>> => {
    const repository = `acme/store-${(repositories += 1)}`;
    const store = createRegistryStore({ registry: registry.url, repository, homeFolder });
    return { store, close: () => store.close() };
  };

  describeContentStoreContract('registry store', open);
  describeImmutableTagContract('registry store', open);
  describeDeletableContract('registry store', open, { collectsBlobs: false });
  describeReferrerContract('registry store', open);
  describeReferrerRemovalContract('registry store', open, { ofDeletedSubject: 'kept' });
  describeSignatureTagContract('registry store', open);

  it('is copied from and to, a repository that does not exist being empty', async () => {
    const [from, to] = [await open(), await open()];
    const image = await pushImage(from.store, 'a', [sampleBlob(1000)]);
    expect(await tagsOf(to.store)).toEqual([]);
    expect(await to.store.has(image)).toBe(false);
    await copyContent(image, from.store, to.store);
    await to.store.tag(image, toTag('v1'));
    expect(await to.store.resolve(toTag('v1'))).toEqual(image);
    await Promise.all([from.close(), to.close()]);
  });
});

describe('createRegistryStore', () => {
  it.each([
    { registry: 'ghcr.io', repository: 'myorg/app', description: 'registry ghcr.io/myorg/app' },
    { registry: 'https://ghcr.io', repository: 'a', description: 'registry ghcr.io/a' },
    { registry: 'localhost:5000', repository: 'a', description: 'registry localhost:5000/a' },
    { registry: 'docker.io', repository: 'app', description: 'registry docker.io/library/app' },
    { registry: 'index.docker.io', repository: 'me/app', description: 'registry docker.io/me/app' },
  ])('calls $repository at $registry "$description", and asks nobody', ({ description, ...options }) => {
    expect(createRegistryStore({ ...options, homeFolder }).description).toBe(description);
  });

  it.each([
    { registry: 'ghcr.io', repository: 'MyOrg/app', argument: 'repository', why: 'upper case' },
    { registry: 'ghcr.io', repository: '', argument: 'repository', why: 'nothing' },
    { registry: 'ghcr.io', repository: 'a/../b', argument: 'repository', why: 'a way out' },
    { registry: 'ghcr.io', repository: 'a:v1', argument: 'repository', why: 'a tag' },
    { registry: 'a b', repository: 'a', argument: 'registry', why: 'no host' },
    { registry: 'ftp://ghcr.io', repository: 'a', argument: 'registry', why: 'not HTTP' },
  ])('refuses $repository at $registry: $why', ({ argument, ...options }) => {
    const refused: unknown = expect.objectContaining({ code: 'USAGE_INVALID', details: { argument } });
    expect(() => createRegistryStore({ ...options, homeFolder })).toThrow(refused);
  });
});
