import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { attach, sign, toTag } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, withoutDigests } from '../../test/cli-fixture.ts';

describe('push and pull', () => {
  it('copies a release to the remote store with its tags, once', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    const first = await cli.json('push');
    expect(withoutDigests(JSON.parse(JSON.stringify(first).replaceAll(dirname(cli.folder), ''))))
      .toMatchInlineSnapshot(`
      {
        "blobs": {
          "copied": 3,
          "copiedBytes": 2220,
          "present": 0,
        },
        "digest": "sha256:<hash>",
        "from": "memory /shop/.squizzle/store",
        "name": "shop",
        "outcome": "copied",
        "referrers": 0,
        "tags": [
          "v1.0.0",
          "v1.0",
          "v1",
          "latest",
        ],
        "to": "memory /releases",
        "version": "1.0.0",
      }
    `);
    expect(await cli.json('push')).toMatchObject({ outcome: 'already-there', blobs: { copied: 0 } });
    expect((await cli.squizzle('push')).stdout).toMatch(/^1\.0\.0 is already there: /);
  });

  it('says what it copied', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    const { stdout, stderr } = await cli.squizzle('push --to elsewhere');
    expect(stdout).toMatch(/^copied 1\.0\.0 to memory .*elsewhere \(3 blobs, 2\.2 kB, 0 there before\)\nsha256:/);
    expect(stderr).toBe('');
    expect([...cli.stores.keys()]).toContain(join(cli.folder, 'elsewhere'));
  });

  it('brings a release back, by any selector', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.json('push');
    await cli.write(ORDERS);
    await cli.json('build --bump minor');
    await cli.json('push');
    const call = { env: { SQUIZZLE_STORE: '/other' } };
    expect(await cli.json('pull ^1.0', call)).toMatchObject({ version: '1.1.0', outcome: 'copied' });
    expect(await cli.json('pull 1.0.0', call)).toMatchObject({ version: '1.0.0', tags: ['v1.0.0', 'v1.0'] });
    expect(await cli.json('list', call)).toMatchObject({ releases: [{ version: '1.0.0' }, { version: '1.1.0' }] });
    expect(await cli.json('pull --from ../releases', call)).toMatchObject({ outcome: 'already-there' });
  });

  it('refuses a version that is there with other content', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.json('push');
    await rm(join(cli.folder, 'squizzle.lock'));
    const other = { env: { SQUIZZLE_STORE: '/other' } };
    await cli.json('build --notes other --offline', other);
    expect(await cli.failure('push', other)).toMatchObject({ exitCode: 5, code: 'TAG_IMMUTABLE' });
  });

  it.each([
    { args: 'push', says: 'push takes --to', why: 'no remote is configured' },
    { args: 'pull', says: 'SQUIZZLE_REGISTRY and SQUIZZLE_REPOSITORY', why: 'no remote is configured' },
    { args: 'push --to ghcr.io/Acme/DB', says: 'in lower case', why: 'registries know lower case alone' },
  ])('$args is USAGE_INVALID: $why', async ({ args, says }) => {
    const cli = await createCli({ ...SHOP, 'squizzle.yaml': 'name: shop\n' });
    await cli.json('build');
    const failure = await cli.failure(args);
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain(says);
  });

  it.each(['push 9.9.9', 'pull'])('%s is ARTIFACT_NOT_FOUND when there is no such release', async (args) => {
    const cli = await createCli(SHOP);
    expect(await cli.failure(args)).toMatchObject({ exitCode: 3, code: 'ARTIFACT_NOT_FOUND' });
  });

  it('carries signatures of both kinds with the release, and those that come later', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    const own = cli.stores.get(join(cli.folder, '.squizzle/store')) ?? expect.fail('the own store is there');
    const release = (await own.resolve(toTag('v1.0.0'))) ?? expect.fail('1.0.0 is there');
    await attach(own, release, { artifactType: 'application/vnd.test.signature' });
    const first = await sign(own, release, 'ci');
    expect(await cli.json('push --to ../remote')).toMatchObject({ outcome: 'copied', referrers: 2 });
    const second = await sign(own, release, 'dba');
    expect(await cli.json('push --to ../remote')).toMatchObject({ referrers: 2 });
    const call = { env: { SQUIZZLE_STORE: '/other' } };
    expect(await cli.json('pull --from ../remote', call)).toMatchObject({ referrers: 2 });
    expect(await cli.json('list', call)).toMatchObject({
      releases: [{ version: '1.0.0', tags: ['latest', 'v1', 'v1.0'] }],
    });
    const other = cli.stores.get('/other') ?? expect.fail('the other store is there');
    expect(first.tag).toBe(second.tag);
    expect(await other.resolve(second.tag)).toMatchObject({ digest: second.descriptor.digest });
  });
});
