import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, type Cli, type CliCall } from '../../test/cli-fixture.ts';

const CI = {
  SQUIZZLE_REGISTRY: 'ghcr.io',
  SQUIZZLE_REPOSITORY: 'acme/shop/migrations',
  SQUIZZLE_USERNAME: 'bot',
  SQUIZZLE_PASSWORD: 'hunter2',
};
const REPOSITORY = 'ghcr.io/acme/shop/migrations';
const ci: CliCall = { env: CI };

/** What a fresh checkout on another machine has: the files, not the store. */
async function forgetStore({ stores, folder }: Cli): Promise<void> {
  stores.clear();
  await rm(join(folder, 'squizzle.lock'), { force: true });
}

async function commitAll({ folder }: Cli): Promise<string> {
  const identity = ['-c', 'user.name=Anna', '-c', 'user.email=anna@acme.test', '-c', 'commit.gpgsign=false'];
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim();
  await git('init', '-q');
  await git('add', 'db', 'squizzle.yaml');
  await git(...identity, 'commit', '-q', '--allow-empty', '-m', 'a commit');
  return git('rev-parse', 'HEAD');
}

const unreachable: CliCall['adapters'] = {
  openRegistry: async () => {
    const fault = { registry: 'ghcr.io', repository: null, requestId: null, status: null, hint: 'look at the network' };
    const refuse = (): never => {
      throw new SquizzleError('UNREACHABLE', 'ghcr.io cannot be reached', { ...fault, systemCode: 'ECONNREFUSED' });
    };
    const asked = { has: refuse, push: refuse, fetch: refuse, tag: refuse, claimTag: refuse, resolve: refuse };
    return { description: 'ghcr.io', ...asked, tags: refuse, close: async () => undefined };
  },
};

describe('a pipeline', () => {
  it('builds and pushes the commit that is checked out, on a fresh machine each time', async () => {
    const cli = await createCli(SHOP);
    for (const version of ['1.0.0', '1.0.1', '1.0.2']) {
      const commit = await commitAll(cli);
      expect(await cli.json(`build ${commit}`, ci)).toMatchObject({ outcome: 'built', release: { version } });
      expect(await cli.json(`push ${commit}`, ci)).toMatchObject({
        outcome: 'copied',
        version,
        to: `memory ${REPOSITORY}`,
      });
      await forgetStore(cli);
      await cli.write({ [`db/migrations/1${version}.sql`]: `CREATE TABLE t${version.at(-1)} (id int);\n` });
    }
    const listed = await cli.json('list --registry', ci);
    expect(listed).toMatchObject({
      releases: [{ version: '1.0.0', local: false }, { version: '1.0.1' }, { version: '1.0.2' }],
    });
  });

  it('run again, also for an earlier commit, finds everything done', async () => {
    const cli = await createCli(SHOP);
    const first = await commitAll(cli);
    await cli.json(`build ${first} --push`, ci);
    await cli.write(ORDERS);
    const second = await commitAll(cli);
    await cli.json(`build ${second} --push`, ci);
    for (const [commit, version] of [
      [second, '1.0.1'],
      [first, '1.0.0'],
    ] as const) {
      await forgetStore(cli);
      await promisify(execFile)('git', ['checkout', '-q', commit], { cwd: cli.folder });
      expect(await cli.json(`build ${commit}`, ci)).toMatchObject({ outcome: 'already-built', release: { version } });
      expect(await cli.json(`push ${commit}`, ci)).toMatchObject({ outcome: 'already-there', version });
    }
  });

  it('build --push publishes to both, and says where to', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.json('build --push', ci)).toMatchObject({
      outcome: 'built',
      pushed: { to: `memory ${REPOSITORY}`, tags: ['v1.0.0', 'v1.0', 'v1', 'latest'] },
    });
    expect(await cli.json('list')).toMatchObject({ releases: [{ version: '1.0.0' }] });
    await cli.write(ORDERS);
    expect((await cli.squizzle('build --push', ci)).stdout).toContain(`\npushed to memory ${REPOSITORY}\n`);
  });

  it('build --push takes the next version when another machine was first', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build --push', ci);
    const elsewhere = await createCli({ ...SHOP, ...ORDERS });
    const shared = cli.registries.get(REPOSITORY);
    if (shared !== undefined) elsewhere.registries.set(REPOSITORY, shared);
    let raced = false;
    const racing: CliCall = {
      env: CI,
      adapters: {
        openRegistry: async () => ({
          ...(shared as NonNullable<typeof shared>),
          close: async () => undefined,
          claimTag: async (root, tag, options) => {
            if (!raced) await elsewhere.json('build --push', ci);
            raced = true;
            await shared?.claimTag(root, tag, options);
          },
        }),
      },
    };
    await cli.write({
      'db/migrations/0002_orders.sql': ORDERS['db/migrations/0002_orders.sql'],
      'db/migrations/0003_more.sql': 'CREATE TABLE more (id int);\n',
      'db/migrations/0002_orders.down.sql': ORDERS['db/migrations/0002_orders.down.sql'],
    });
    const { stderr, exitCode } = await cli.squizzle('build --push', racing);
    expect({ stderr, exitCode }).toEqual({
      exitCode: 0,
      stderr: '1.0.1 was published from elsewhere meanwhile; building the one after it\n',
    });
    expect(await cli.json('show')).toMatchObject({
      release: { version: '1.0.2', steps: [{ path: 'migrations/0003_more.sql' }] },
      chain: [{ version: '1.0.0' }, { version: '1.0.1' }, { version: '1.0.2' }],
    });
  });

  it('a version that was asked for and is taken elsewhere is refused', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build --push', ci);
    await forgetStore(cli);
    await cli.write(ORDERS);
    expect(await cli.failure('build 1.0.0 --push', ci)).toMatchObject({ exitCode: 5, code: 'TAG_IMMUTABLE' });
  });

  it('builds upon the remote with all layers here afterwards', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build --push', ci);
    await forgetStore(cli);
    await cli.write(ORDERS);
    await cli.json('build', ci);
    expect(await cli.json('list')).toMatchObject({ releases: [{ version: '1.0.0' }, { version: '1.0.1' }] });
    expect(await cli.json('verify --offline', ci)).toMatchObject({
      layers: [{ version: '1.0.0' }, { version: '1.0.1' }],
    });
  });

  it('fails when the registry cannot be reached; --offline builds on what is here', async () => {
    const cli = await createCli(SHOP);
    const call = { env: CI, adapters: unreachable };
    const failure = await cli.failure('build', call);
    expect(failure).toMatchObject({ exitCode: 7, code: 'UNREACHABLE' });
    expect(failure.message).toContain('--offline does with what is here');
    expect(await cli.json('build --offline', call)).toMatchObject({ outcome: 'built' });
    expect(await cli.failure('push', call)).toMatchObject({ exitCode: 7, code: 'UNREACHABLE' });
  });
});

describe('a machine without store', () => {
  async function createPublished(): Promise<Cli> {
    const cli = await createCli(SHOP);
    await cli.json('build --push', ci);
    await cli.write(ORDERS);
    await cli.json('build --push', ci);
    await forgetStore(cli);
    return cli;
  }

  it('plans, applies and takes back straight from the registry', async () => {
    const cli = await createPublished();
    expect(await cli.json('plan 1.0.0', ci)).toMatchObject({ to: '1.0.0', pending: 1 });
    expect(await cli.json('apply 1.0.0', ci)).toMatchObject({ to: '1.0.0' });
    expect(await cli.json('status', ci)).toMatchObject({ current: '1.0.0', pending: 1 });
    expect(await cli.json('apply', ci)).toMatchObject({ from: '1.0.0', to: '1.0.1' });
    expect(await cli.json('rollback', ci)).toMatchObject({ to: '1.0.0' });
    expect(await cli.json('list')).toMatchObject({ releases: [] });
  });

  it.each(['show 1.0.1', 'show latest', 'show ^1.0', 'verify v1', 'show 1.0.0 --from ghcr.io/acme/shop/migrations'])(
    '%s reads the registry',
    async (args) => {
      const cli = await createPublished();
      expect((await cli.squizzle(args, ci)).exitCode).toBe(0);
    },
  );

  it('takes the highest of both stores for latest, and the remote’s tag of one’s own', async () => {
    const cli = await createPublished();
    await cli.json('pull 1.0.0', ci);
    await cli.json('tag 1.0.0 stable', ci);
    await cli.json('tag 1.0.0 stable --local', ci);
    await cli.json('tag 1.0.1 stable', ci);
    const version = async (args: string) =>
      ((await cli.json(args, ci)) as { release: { version: string } }).release.version;
    expect(await version('show')).toBe('1.0.1');
    expect(await version('show --offline')).toBe('1.0.0');
    expect(await version('show stable')).toBe('1.0.1');
    expect(await version('show stable --offline')).toBe('1.0.0');
  });

  it('says what both stores hold when neither has the release', async () => {
    const cli = await createPublished();
    const failure = await cli.failure('show 9.9.9', ci);
    expect(failure).toMatchObject({ exitCode: 3, code: 'ARTIFACT_NOT_FOUND' });
    expect(failure.message).toMatch(
      /^neither store has a release 9.9.9\n.*it holds no release.*\n.*it holds 2, newest 1.0.1/,
    );
  });
});

describe('trust in tags', () => {
  it.each(['apply 1.0.0', 'plan', 'show 1.0.0', 'verify latest', 'pull 1.0.0', 'push 1.0.0'])(
    '%s is TAG_MOVED when squizzle.lock has another digest',
    async (args) => {
      const cli = await createCli(SHOP);
      await cli.json('build --push', ci);
      const lock = await cli.read('squizzle.lock');
      const moved = `sha256:${'0'.repeat(64)}`;
      await writeFile(join(cli.folder, 'squizzle.lock'), lock.replace(/sha256:[0-9a-f]{64}/, moved));
      const failure = await cli.failure(args, ci);
      expect(failure).toMatchObject({ exitCode: 4, code: 'TAG_MOVED', details: { expected: moved } });
      expect(failure.message).toContain(lock.match(/sha256:[0-9a-f]{64}/)?.[0]);
    },
  );

  it('refuses one version with two contents, before anything is built upon it', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build --push', ci);
    await forgetStore(cli);
    await cli.json('build --offline --notes other', ci);
    await cli.write(ORDERS);
    for (const args of ['build', 'show']) {
      expect(await cli.failure(args, ci)).toMatchObject({ exitCode: 4, code: 'TAG_MOVED', details: { tag: 'v1.0.0' } });
    }
  });

  it('is written by build, push and pull, a line a release', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.write(ORDERS);
    await cli.json('build');
    const built = await cli.read('squizzle.lock');
    expect(built.match(/^ {2}1\.0\.[01]: sha256:/gm)).toHaveLength(2);
    await cli.json('push 1.0.0', ci);
    await rm(join(cli.folder, 'squizzle.lock'));
    await cli.json('push 1.0.1', ci);
    await cli.json('pull 1.0.0', { ...ci, env: { ...CI, SQUIZZLE_STORE: '/other' } });
    expect(await cli.read('squizzle.lock')).toBe(built);
  });

  it('a lock file that cannot be read stops everything that would trust it', async () => {
    const cli = await createCli(SHOP);
    await cli.json('build');
    await cli.write({ 'squizzle.lock': '<<<<<<< HEAD\n' });
    for (const args of ['build --allow-empty', 'show', 'push', 'apply']) {
      expect(await cli.failure(args)).toMatchObject({
        exitCode: 2,
        code: 'CONFIG_INVALID',
        details: { file: 'squizzle.lock' },
      });
    }
  });
});

describe('how a registry is reached', () => {
  const config = (text: string) => ({
    ...SHOP,
    'squizzle.yaml': `${text}\n${SHOP['squizzle.yaml'].replace('remote: ../releases\n', '')}`,
  });

  it('by the settings of its host, paths from the configuration file', async () => {
    const cli = await createCli(
      config(
        'remote: registry.acme.test:8443/db\nregistries: { "registry.acme.test:8443": { ca: certs/ca.pem, clientCertificate: /c.pem, clientKey: /k.pem } }',
      ),
    );
    await cli.json('build');
    expect(cli.opened).toMatchObject([
      {
        registry: 'registry.acme.test:8443',
        repository: 'db',
        insecure: false,
        ca: join(cli.folder, 'certs/ca.pem'),
        clientCertificate: '/c.pem',
        clientKey: '/k.pem',
      },
    ]);
  });

  it.each([
    { text: 'registries: { localhost: { insecure: true } }', args: 'build', insecure: true, why: 'the file says so' },
    { text: 'registries: { ghcr.io: { insecure: true } }', args: 'build', insecure: false, why: 'of another host' },
    { text: '', args: 'build --insecure', insecure: true, why: 'the flag says so' },
  ])('insecure is $insecure: $why', async ({ text, args, insecure }) => {
    const cli = await createCli(config(`remote: localhost/db\n${text}`));
    await cli.json(args);
    expect(cli.opened).toMatchObject([{ registry: 'localhost', insecure }]);
  });

  it.each([
    {
      remote: 'ghcr.io/acme/db',
      env: CI,
      to: 'quay.io/acme/db',
      given: undefined,
      why: 'SQUIZZLE_REGISTRY is another',
    },
    { remote: 'ghcr.io/acme/db', env: {}, to: 'quay.io/acme/db', given: undefined, why: 'the remote is another' },
    { remote: '../releases', env: {}, to: 'quay.io/acme/db', given: 'hunter2', why: 'there is no other' },
    { remote: 'quay.io/x', env: {}, to: 'quay.io/acme/db', given: 'hunter2', why: 'it is that registry' },
  ])('the password goes to $to ($given): $why', async ({ remote, env, to, given }) => {
    const cli = await createCli(config(`remote: ${remote}`));
    await cli.json('build --offline');
    const secrets = { SQUIZZLE_USERNAME: 'bot', SQUIZZLE_PASSWORD: 'hunter2' };
    await cli.json(`push --to ${to}`, { env: { ...secrets, ...env } });
    expect(cli.opened.at(-1)?.env?.['SQUIZZLE_PASSWORD']).toBe(given);
  });

  it('the variables go before the file, and say so when they were changed', async () => {
    const cli = await createCli(config('remote: quay.io/acme/db'));
    const { stderr } = await cli.squizzle('build', {
      env: { SQUIZZLE_REGISTRY: 'ghcr.io', SQUIZZLE_REPOSITORY: 'MyOrg/db' },
    });
    expect([...cli.registries.keys()]).toEqual(['ghcr.io/myorg/db']);
    expect(stderr).toContain('MyOrg/db is myorg/db there');
  });

  it('the store itself may be a registry', async () => {
    const cli = await createCli(config('store: localhost:5000/db'));
    await cli.json('build');
    expect([...cli.registries.keys(), ...cli.stores.keys()]).toEqual(['localhost:5000/db']);
    expect(await cli.json('apply')).toMatchObject({ to: '1.0.0' });
  });

  it('a folder that looks like a registry is written with ./ before it', async () => {
    const cli = await createCli(SHOP);
    await mkdir(join(cli.folder, 'releases.d'));
    await cli.json('build');
    await cli.json('push --to ./releases.d/x');
    expect([...cli.stores.keys()]).toContain(join(cli.folder, 'releases.d/x'));
    expect(await readFile(join(cli.folder, 'squizzle.lock'), 'utf8')).toContain('1.0.0');
  });
});
