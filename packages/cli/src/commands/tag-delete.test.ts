import { join } from 'node:path';
import { sign, toTag } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, type Cli } from '../../test/cli-fixture.ts';

/** 1.0.0 and, built upon it, 1.0.1: in both stores. */
async function createPublished(): Promise<Cli> {
  const cli = await createCli(SHOP);
  await cli.json('build --push');
  await cli.write(ORDERS);
  await cli.json('build --push');
  return cli;
}

const versionsIn = async (cli: Cli, args = 'list'): Promise<readonly string[]> =>
  ((await cli.json(args)) as { releases: readonly { version: string }[] }).releases.map(({ version }) => version);

describe('tag', () => {
  it('points at a release, in the remote store, and can be moved', async () => {
    const cli = await createPublished();
    expect(await cli.json('tag 1.0.1 stable')).toMatchObject({ tag: 'stable', version: '1.0.1', before: null });
    const { stdout, stderr } = await cli.squizzle('tag 1.0.0 stable');
    expect(stdout).toMatch(/^stable is 1\.0\.0 sha256:\w{12} in memory .*releases\n$/);
    expect(stderr).toMatch(/^it was sha256:\w{12} before\n$/);
    expect(await cli.json('list --registry')).toMatchObject({
      releases: [{ tags: expect.arrayContaining(['stable']) as string[] }, {}],
    });
    expect(await cli.json('tag latest here --local')).toMatchObject({
      store: expect.stringContaining('.squizzle/store') as string,
    });
  });

  it.each([
    { tag: 'v1.2.3', says: 'the tag of a version', why: 'it never moves' },
    { tag: '1.2.3', says: 'the tag of a version', why: 'it would be read as one' },
    { tag: 'v1.2.3_build.5', says: 'the tag of a version', why: 'that of 1.2.3+build.5' },
    { tag: 'latest', says: 'follows the highest release by itself', why: 'it moves by itself' },
    { tag: 'v1.2', says: 'follows the highest release by itself', why: 'so does this' },
    { tag: 'abcdef1', says: 'taken for a commit', why: 'hex digits' },
    { tag: `sha256-${'a'.repeat(64)}`, says: 'something else to registries', why: 'referrers are listed there' },
    { tag: '.hidden', says: 'a tag has 1 to 128', why: 'no tag at all' },
  ])('refuses $tag: $why', async ({ tag, says }) => {
    const cli = await createPublished();
    const failure = await cli.failure(`tag 1.0.0 ${tag}`);
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain(says);
  });

  it('is ARTIFACT_NOT_FOUND for a release that the store lacks', async () => {
    const cli = await createPublished();
    expect(await cli.failure('tag 3.0.0 stable')).toMatchObject({ exitCode: 3, code: 'ARTIFACT_NOT_FOUND' });
  });
});

describe('delete', () => {
  it('takes the signatures of the release with it, which are no tags of its own', async () => {
    const cli = await createPublished();
    const own = cli.stores.get(join(cli.folder, '.squizzle/store')) ?? expect.fail('the own store is there');
    const [older, newer] = [await own.resolve(toTag('v1.0.0')), await own.resolve(toTag('v1.0.1'))];
    if (older === undefined || newer === undefined) return expect.fail('both releases are there');
    const [kept, gone] = [await sign(own, older, 'ci'), await sign(own, newer, 'ci')];
    expect(await cli.json('delete 1.0.1 --yes')).toMatchObject({ tags: ['latest', 'v1', 'v1.0', 'v1.0.1'] });
    expect(await own.resolve(gone.tag)).toBeUndefined();
    expect(await own.resolve(kept.tag)).toMatchObject({ digest: kept.descriptor.digest });
    expect(await versionsIn(cli)).toEqual(['1.0.0']);
  });

  it('does nothing without --yes, and says what it would do', async () => {
    const cli = await createPublished();
    const failure = await cli.failure('delete 1.0.1');
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID', details: { argument: '--yes' } });
    expect(failure.message).toContain('with the tags latest, v1, v1.0, v1.0.1; add --yes');
    expect(await versionsIn(cli)).toEqual(['1.0.0', '1.0.1']);
  });

  it('takes a release from one store; its moving tags go to the highest that is left', async () => {
    const cli = await createPublished();
    expect(await cli.json('delete 1.0.1 --yes')).toMatchObject({
      version: '1.0.1',
      moved: { 'v1.0': '1.0.0', v1: '1.0.0', latest: '1.0.0' },
    });
    expect(await versionsIn(cli)).toEqual(['1.0.0']);
    expect(await versionsIn(cli, 'list --registry')).toEqual(['1.0.0', '1.0.1']);
    expect(await cli.json('show latest --offline')).toMatchObject({ release: { version: '1.0.0' } });
    expect((await cli.squizzle('delete 1.0.0 --yes')).stdout).toContain('\nlatest is gone\n');
  });

  it('warns of a release that descends from it', async () => {
    const cli = await createPublished();
    const { stderr, exitCode } = await cli.squizzle('delete 1.0.0 --registry --yes');
    expect({ stderr, exitCode }).toEqual({
      exitCode: 0,
      stderr: 'warning: 1.0.1 descends from 1.0.0; it is whole without it\n',
    });
    expect(await versionsIn(cli, 'list --registry')).toEqual(['1.0.1']);
    expect(await cli.json('verify 1.0.1 --from ../releases')).toMatchObject({ version: '1.0.1' });
  });

  it('leaves a release with a tag of somebody’s own, unless --all-tags', async () => {
    const cli = await createPublished();
    await cli.json('tag 1.0.1 production --local');
    expect((await cli.failure('delete 1.0.1 --yes')).message).toContain('1.0.1 is also production');
    expect(await cli.json('delete 1.0.1 --yes --all-tags')).toMatchObject({
      tags: expect.arrayContaining(['production']) as string[],
    });
  });

  it('keeps the version taken', async () => {
    const cli = await createPublished();
    await cli.json('delete 1.0.1 --yes');
    expect(await cli.failure('build 1.0.1 --notes other --offline')).toMatchObject({
      exitCode: 5,
      code: 'TAG_IMMUTABLE',
    });
  });

  it('goes to the remote store only when told', async () => {
    const cli = await createCli({ ...SHOP, 'squizzle.yaml': 'name: shop\n' });
    await cli.json('build');
    expect(await cli.failure('delete 1.0.0 --registry --yes')).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(await cli.failure('delete 1.0.0 --registry --local --yes')).toMatchObject({ exitCode: 2 });
  });
});

describe('list --applied', () => {
  it('lists what the database has', async () => {
    const cli = await createPublished();
    await cli.json('apply 1.0.0');
    expect(await cli.json('list --applied')).toMatchObject({
      environment: 'development',
      releases: [{ version: '1.0.0', actor: 'tester@laptop' }],
    });
    expect((await cli.squizzle('list --applied')).stdout).toMatch(/^VERSION\s+APPLIED\s+BY\s+DIGEST\n1\.0\.0 /);
  });
});
