import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attach, sign, toTag } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, type Cli } from '../../test/cli-fixture.ts';

async function createReleases(): Promise<Cli> {
  const cli = await createCli(SHOP);
  await cli.json('build');
  await cli.write(ORDERS);
  await cli.json('build');
  return cli;
}

/** Another site, to which nothing but the file was brought. */
async function createSite({ folder }: Cli): Promise<Cli> {
  const site = await createCli({
    'squizzle.yaml':
      'name: shop\nenvironments: { dev: { database: "pglite:x", trust: { unsigned: { allowed: true, reason: test } } } }\n',
  });
  await copyFile(join(folder, 'shop.tar'), join(site.folder, 'shop.tar'));
  return site;
}

describe('export and import', () => {
  it('bring releases to a place that no registry reaches', async () => {
    const cli = await createReleases();
    const exported = await cli.json('export 1.0.0 latest -o shop.tar');
    expect(exported).toMatchObject({ releases: [{ version: '1.0.0' }, { version: '1.0.1' }] });
    const site = await createSite(cli);
    expect(await site.json('import shop.tar')).toMatchObject({
      releases: [
        { outcome: 'copied', version: '1.0.0', tags: ['v1.0.0', 'v1.0', 'v1', 'latest'] },
        { outcome: 'copied', version: '1.0.1' },
      ],
    });
    expect(await site.json('verify')).toMatchObject({ version: '1.0.1' });
    expect(await site.json('apply')).toMatchObject({ to: '1.0.1' });
    expect(await site.read('squizzle.lock')).toBe(await cli.read('squizzle.lock'));
    expect((await site.squizzle('import shop.tar')).stdout).toMatch(/^1\.0\.0 is already there: /);
  });

  it('bring the signatures along, of both kinds, and take them for no releases', async () => {
    const cli = await createReleases();
    const own = cli.stores.get(join(cli.folder, '.squizzle/store')) ?? expect.fail('the own store is there');
    const release = (await own.resolve(toTag('v1.0.1'))) ?? expect.fail('1.0.1 is there');
    await attach(own, release, { artifactType: 'application/vnd.test.signature' });
    const { tag, descriptor } = await sign(own, release, 'ci');
    await cli.json('export 1.0.0 latest -o shop.tar');
    const site = await createSite(cli);
    expect(await site.json('import shop.tar')).toMatchObject({
      releases: [
        { version: '1.0.0', referrers: 0 },
        { version: '1.0.1', referrers: 2 },
      ],
    });
    const theirs = site.stores.get(join(site.folder, '.squizzle/store')) ?? expect.fail('their store is there');
    expect(await theirs.resolve(tag)).toMatchObject({ digest: descriptor.digest });
  });

  it('never take a moving tag back', async () => {
    const cli = await createReleases();
    await cli.json('export 1.0.0 -o shop.tar');
    const site = await createSite(cli);
    await cli.json('export 1.0.1 -o new.tar');
    await copyFile(join(cli.folder, 'new.tar'), join(site.folder, 'new.tar'));
    await site.json('import new.tar');
    expect(await site.json('import shop.tar')).toMatchObject({ releases: [{ tags: ['v1.0.0'] }] });
    expect(await site.json('show latest')).toMatchObject({ release: { version: '1.0.1' } });
  });

  it('make the same bytes each time, and say what they wrote', async () => {
    const cli = await createReleases();
    const { stdout } = await cli.squizzle('export 1.0.1 -o a.tar');
    expect(stdout).toMatch(/^wrote 1\.0\.1 to a\.tar \(4 blobs, [\d.]+ kB\)\nsha256:\w{64}\n$/);
    await cli.json('export latest -o b.tar');
    expect(await readFile(join(cli.folder, 'a.tar'))).toEqual(await readFile(join(cli.folder, 'b.tar')));
  });

  it('read from the remote store what the own one lacks, and write to a registry', async () => {
    const cli = await createReleases();
    await cli.json('push 1.0.0');
    await cli.json('push 1.0.1');
    cli.stores.delete(join(cli.folder, '.squizzle/store'));
    expect(await cli.json('export 1.0.0 1.0.1 -o shop.tar')).toMatchObject({
      from: expect.stringContaining('releases') as string,
    });
    await cli.json('import shop.tar --to localhost:5000/shop');
    expect(await cli.json('show 1.0.1 --from localhost:5000/shop')).toMatchObject({ release: { version: '1.0.1' } });
  });

  it('leave a file that is there, unless --force', async () => {
    const cli = await createReleases();
    await writeFile(join(cli.folder, 'shop.tar'), 'mine');
    expect(await cli.failure('export latest -o shop.tar')).toMatchObject({ exitCode: 5, code: 'FILE_EXISTS' });
    await cli.json('export latest -o shop.tar --force');
    expect((await stat(join(cli.folder, 'shop.tar'))).size).toBeGreaterThan(4);
  });

  it.each([
    { args: 'export 9.9.9 -o x.tar', code: 'ARTIFACT_NOT_FOUND', why: 'no such release' },
    { args: 'export latest', code: 'USAGE_INVALID', why: 'no file' },
    { args: 'import none.tar', code: 'STORE_UNUSABLE', why: 'no such file' },
    { args: 'import squizzle.yaml', code: 'ARCHIVE_INVALID', why: 'no archive' },
  ])('$args is $code: $why', async ({ args, code }) => {
    const cli = await createReleases();
    expect(await cli.failure(args)).toMatchObject({ code });
  });

  it('refuse a version that is recorded with other content', async () => {
    const cli = await createReleases();
    await cli.json('export 1.0.0 -o shop.tar');
    const site = await createSite(cli);
    const lock = await cli.read('squizzle.lock');
    await site.write({ 'squizzle.lock': lock.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`) });
    expect(await site.failure('import shop.tar')).toMatchObject({ exitCode: 4, code: 'TAG_MOVED' });
    expect(await site.json('list')).toMatchObject({ releases: [] });
  });
});
