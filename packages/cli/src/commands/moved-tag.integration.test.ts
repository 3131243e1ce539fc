import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toTag } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, type Cli } from '../../test/cli-fixture.ts';

const KEY = '--key squizzle.key';
const FROM = '--from ../releases';

/**
 * Somebody who may push to the remote store published 6.6.6 there, and pointed the tags of 1.0.0 at it.
 *
 * @param locked whether `squizzle.lock` has its line for 1.0.0.
 */
async function createAttacked(locked: boolean): Promise<Cli> {
  const cli = await createCli(SHOP);
  await cli.json('key generate --no-password');
  await cli.json('build --push');
  const lock = await cli.read('squizzle.lock');
  await cli.write(ORDERS);
  await cli.json('build 6.6.6 --push');
  const remote = cli.stores.get(join(cli.folder, '../releases')) ?? expect.fail('the remote store is there');
  const evil = (await remote.resolve(toTag('v6.6.6'))) ?? expect.fail('6.6.6 is there');
  for (const tag of ['v1.0.0', 'v1.0', 'v1']) await remote.tag(evil, toTag(tag));
  cli.stores.delete(join(cli.folder, '.squizzle/store'));
  await rm(join(cli.folder, 'squizzle.lock'));
  if (locked) await cli.write({ 'squizzle.lock': lock });
  return cli;
}

describe.each([{ locked: false }, { locked: true }])('1.0.0 names 6.6.6 (in squizzle.lock: $locked)', ({ locked }) => {
  /** All that a command could change. */
  const look = async (cli: Cli): Promise<string> => {
    const remote = cli.stores.get(join(cli.folder, '../releases')) ?? expect.fail('the remote store is there');
    const tags: string[] = [];
    for await (const tag of remote.tags()) tags.push(`${tag} ${(await remote.resolve(tag))?.digest ?? ''}`);
    const applied: unknown[] = [];
    for (const database of cli.databases.values()) applied.push(...(await database.connect().readHistory()).events);
    return JSON.stringify([tags, applied, await cli.read('squizzle.lock').catch(() => null)]);
  };

  it.each([
    'show 1.0.0',
    'show v1.0',
    'show 1',
    'show ^1.0',
    'verify 1.0.0',
    `verify 1.0.0 ${FROM}`,
    'plan 1.0.0',
    'apply 1.0.0',
    'apply v1',
    `sign 1.0.0 ${KEY}`,
    `sign 1.0.0 --registry ${KEY}`,
    `attest 1.0.0 --type release ${KEY}`,
    `approve 1.0.0 --env development --reason reviewed ${KEY}`,
    'status 1.0.0',
    'baseline 1.0.0',
    'diff 1.0.0 6.6.6',
    'export 1.0.0 -o shop.tar',
    'pull 1.0.0',
    `push 1.0.0 ${FROM} --to ../elsewhere`,
    'push 1.0.0',
    'tag 1.0.0 stable',
    'delete 1.0.0 --registry --all-tags --yes',
    'build --after 1.0.0',
  ])('%s is TAG_MOVED, and nothing is done', async (command) => {
    const cli = await createAttacked(locked);
    const before = await look(cli);
    expect(await cli.failure(command)).toMatchObject({ exitCode: 4, code: 'TAG_MOVED', details: { actual: '6.6.6' } });
    expect(await look(cli)).toBe(before);
  });

  it('so does a file that somebody wrote', async () => {
    const cli = await createAttacked(locked);
    const from = cli.stores.get(join(cli.folder, '../releases')) ?? expect.fail('the remote store is there');
    const evil = (await from.resolve(toTag('v6.6.6'))) ?? expect.fail('6.6.6 is there');
    const { exportArchive } = await import('@squizzle/oci');
    const roots = [{ descriptor: evil, tags: [toTag('v1.0.0')] }];
    await exportArchive({ roots, from, path: join(cli.folder, 'shop.tar'), existing: 'refuse' });
    for (const selector of ['1.0.0', '^1.0', '<2'])
      expect(await cli.failure(`verify ${selector} --from shop.tar`)).toMatchObject({ exitCode: 4, code: 'TAG_MOVED' });
    expect(await cli.failure('verify 1.0 --from shop.tar')).toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await cli.json('import shop.tar')).toMatchObject({
      releases: [{ version: '6.6.6', tags: expect.not.arrayContaining(['v1.0.0']) as unknown }],
    });
  });

  it('the release can still be asked for as what it is', async () => {
    const cli = await createAttacked(locked);
    expect(await cli.json('show 6.6.6')).toMatchObject({ release: { version: '6.6.6' } });
    expect(await cli.json('show latest')).toMatchObject({ release: { version: '6.6.6' } });
  });
});
