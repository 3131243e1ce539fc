import { SquizzleError } from '@squizzle/core';
import { expect, it } from 'vitest';
import type { CliCall } from '../../test/cli-fixture.ts';
import { APPROVE, createSignedShop } from '../../test/signed-shop.ts';

/** A release that is here and there, approved in both. */
async function createShared() {
  const cli = await createSignedShop();
  await cli.json('build --sign --push --key ci.key');
  await cli.squizzle(APPROVE);
  expect(await cli.json('verify 1.0.0 -e production')).toMatchObject({ version: '1.0.0' });
  return cli;
}

const COMMANDS = ['verify 1.0.0', 'plan 1.0.0', 'apply 1.0.0', 'rehearse 1.0.0', 'baseline 1.0.0'];
const IN_REMOTE = ['--registry', '--json'];

it('a rejection in the remote store is heard on a machine that has its own copy, with all that it needs', async () => {
  const cli = await createShared();
  await cli.squizzle([...APPROVE, '--reject', ...IN_REMOTE]);
  for (const command of COMMANDS)
    expect(await cli.failure(`${command} -e production`), command).toMatchObject({
      code: 'ATTESTATION_REFUSED',
      exitCode: 4,
    });
  expect((await cli.squizzle('verify 1.0.0 -e production --explain')).stderr).toMatch(/rejected it .*releases/);
});

it('an approval in the remote store counts, also where the own store has a rejection', async () => {
  const cli = await createSignedShop();
  await cli.json('build --sign --push --key ci.key');
  await cli.squizzle([...APPROVE.map((word) => word.replace('production', 'staging')), '--local', '--json']);
  expect(await cli.failure('verify 1.0.0 -e production')).toMatchObject({ code: 'ATTESTATION_REFUSED' });
  await cli.squizzle([...APPROVE, ...IN_REMOTE]);
  expect(await cli.json('verify 1.0.0 -e production')).toMatchObject({
    policy: { attestations: ['https://squizzle.dev/attestations/approval/v1 by dba'] },
  });
});

it('what is in the own store alone counts for a release that was read from the remote one', async () => {
  const cli = await createShared();
  await cli.json('tag 1.0.0 stable --registry');
  await cli.squizzle([...APPROVE, '--reject', '--local', '--json']);
  expect(await cli.failure('verify stable -e production')).toMatchObject({ code: 'ATTESTATION_REFUSED' });
});

it('one store that is named, or no network, is all that is asked', async () => {
  const cli = await createShared();
  await cli.json('export 1.0.0 -o shop.tar');
  await cli.squizzle([...APPROVE, '--reject', ...IN_REMOTE]);
  for (const flags of ['--offline', '--from .squizzle/store', '--from shop.tar'])
    expect(await cli.json(`verify 1.0.0 -e production ${flags}`), flags).toMatchObject({ version: '1.0.0' });
  expect(await cli.json('plan 1.0.0 -e production --from .squizzle/store')).toMatchObject({ to: '1.0.0' });
});

const down: CliCall = {
  env: { SQUIZZLE_REGISTRY: 'ghcr.io' },
  adapters: {
    openRegistry: async () => {
      const fault = { registry: 'ghcr.io', repository: null, requestId: null, status: null, hint: 'look at it' };
      const refuse = (): never => {
        throw new SquizzleError('UNREACHABLE', 'ghcr.io cannot be reached', { ...fault, systemCode: 'ECONNREFUSED' });
      };
      const asked = { has: refuse, push: refuse, fetch: refuse, tag: refuse, claimTag: refuse, resolve: refuse };
      return { description: 'ghcr.io', ...asked, tags: refuse, close: async () => undefined };
    },
  },
};

it('a remote store that is down is an error where it may have a word, and not asked where it has none', async () => {
  const cli = await createShared();
  for (const command of COMMANDS.filter((each) => !each.startsWith('baseline'))) {
    const failure = await cli.failure(`${command} -e production`, down);
    expect(failure, command).toMatchObject({ code: 'UNREACHABLE', exitCode: 7 });
    expect(await cli.json(`${command} -e production --offline`, down), command).toBeDefined();
  }
  // development asks for a signature alone, and that is here
  expect(await cli.json('verify 1.0.0 -e development', down)).toMatchObject({ version: '1.0.0' });
  await cli.write({ 'db/migrations/0002_orders.sql': 'CREATE TABLE orders (id int);\n' });
  await cli.json('build');
  expect(await cli.failure('verify 1.0.1 -e development', down)).toMatchObject({ code: 'UNREACHABLE', exitCode: 7 });
});
