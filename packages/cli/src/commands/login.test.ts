import { SquizzleError } from '@squizzle/core';
import type { ProbeResult, RegistryClient, RegistryClientOptions, RegistryIdentity } from '@squizzle/oci';
import { describe, expect, it } from 'vitest';
import { createCli, SHOP, withTools, type Cli, type CliCall } from '../../test/cli-fixture.ts';

/** A registry that takes `hunter2`, and remembers how it was asked. */
function createRegistry() {
  const asked: RegistryClientOptions[] = [];
  const createRegistryClient = (options: RegistryClientOptions): RegistryClient => {
    asked.push(options);
    const authenticate = async (): Promise<never> => {
      const fault = { registry: options.url, repository: null, requestId: null, status: 401, hint: 'look again' };
      if ([options.password, options.identityToken].includes('hunter2')) return undefined as never;
      throw new SquizzleError('AUTH_REQUIRED', `${options.url} refuses the login`, {
        ...fault,
        credentials: 'options',
      });
    };
    return { authenticate, close: async () => undefined } as unknown as RegistryClient;
  };
  return { asked, adapters: withTools({ createRegistryClient }) };
}

const CONFIG = '.docker/config.json';
const login = (stdin: string, more: CliCall = {}): CliCall => ({ stdin, ...createRegistry(), ...more });

describe('login', () => {
  it('checks with the registry, then keeps the login where docker finds it', async () => {
    const cli = await createCli();
    const { asked, adapters } = createRegistry();
    const result = await cli.json('login ghcr.io -u bot --password-stdin', { stdin: 'hunter2\r\n', adapters });
    expect(result).toMatchObject({ registry: 'ghcr.io', username: 'bot', kind: 'file', hiddenBy: null });
    expect(asked).toMatchObject([{ url: 'ghcr.io', username: 'bot', password: 'hunter2', insecure: false }]);
    const auth = Buffer.from('bot:hunter2').toString('base64');
    expect(JSON.parse(await cli.read(CONFIG))).toEqual({ auths: { 'ghcr.io': { auth } } });
  });

  it('says where it is kept, and that whoever reads the file has it', async () => {
    const cli = await createCli();
    const { stdout, stderr } = await cli.squizzle('login ghcr.io -u bot --password-stdin', login('hunter2'));
    expect(stdout).toMatch(/^logged in to ghcr\.io as bot; kept in .*config\.json\n$/);
    expect(stderr).toContain('a credential helper keeps it in a keychain');
  });

  it('keeps nothing that the registry refuses', async () => {
    const cli = await createCli();
    const failure = await cli.failure('login ghcr.io -u bot --password-stdin', login('wrong'));
    expect(failure).toMatchObject({ exitCode: 7, code: 'AUTH_REQUIRED' });
    await expect(cli.read(CONFIG)).rejects.toThrow('ENOENT');
  });

  it('asks unseen on a terminal', async () => {
    const cli = await createCli();
    const { stderr, exitCode } = await cli.squizzle('login ghcr.io -u bot', login('hunter2', { isTTY: true }));
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^Password of bot at ghcr\.io: /);
  });

  it('takes a token to exchange for the user <token>', async () => {
    const cli = await createCli();
    const { asked, adapters } = createRegistry();
    await cli.json('login acme.azurecr.io -u <token> --password-stdin', { stdin: 'hunter2', adapters });
    expect(asked).toMatchObject([{ identityToken: 'hunter2' }]);
    expect(asked[0]).not.toHaveProperty('password');
    expect(JSON.parse(await cli.read(CONFIG))).toMatchObject({
      auths: { 'acme.azurecr.io': { identitytoken: 'hunter2' } },
    });
  });

  it('logs in to the registry of the project, with its settings', async () => {
    const yaml = 'name: shop\nremote: localhost:5000/shop\nregistries: { "localhost:5000": { insecure: true } }\n';
    const cli = await createCli({ 'squizzle.yaml': yaml });
    const { asked, adapters } = createRegistry();
    await cli.json('login -u bot --password-stdin', { stdin: 'hunter2', adapters });
    expect(asked).toMatchObject([{ url: 'localhost:5000', insecure: true }]);
  });

  it('warns when another source goes before it', async () => {
    const cli = await createCli();
    const env = { SQUIZZLE_REGISTRY: 'ghcr.io', SQUIZZLE_USERNAME: 'ci', SQUIZZLE_PASSWORD: 'hunter2' };
    const { stderr } = await cli.squizzle('login -u bot --password-stdin', login('hunter2', { env }));
    expect(stderr).toContain('warning: SQUIZZLE_USERNAME goes before it');
  });

  it.each([
    { args: 'login ghcr.io --password-stdin', stdin: 'x', says: 'whose login', why: 'no user' },
    { args: 'login ghcr.io -u bot', stdin: '', says: 'where is the password', why: 'no terminal to ask at' },
    { args: 'login ghcr.io -u bot --password-stdin', stdin: '\n', says: 'is empty', why: 'nothing in standard input' },
    { args: 'login ghcr.io -u bot -p hunter2', stdin: '', says: 'can be read by others', why: 'a password in sight' },
    { args: 'login -u bot --password-stdin', stdin: 'x', says: 'which registry', why: 'none is named or configured' },
    { args: 'login ghcr -u bot --password-stdin', stdin: 'x', says: "'ghcr' is no registry", why: 'a word' },
    { args: 'login ghcr.io/acme -u bot --password-stdin', stdin: 'x', says: 'its host alone', why: 'a repository' },
  ])('$args is USAGE_INVALID: $why', async ({ args, stdin, says }) => {
    const cli = await createCli();
    const failure = await cli.failure(args, login(stdin));
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain(says);
    expect(failure.message).not.toContain('hunter2');
  });
});

describe('logout', () => {
  it('removes the login, once', async () => {
    const cli = await createCli();
    await cli.json('login ghcr.io -u bot --password-stdin', login('hunter2'));
    const { stdout } = await cli.squizzle('logout https://ghcr.io/');
    expect(stdout).toMatch(/^logged out of ghcr\.io: removed from .*config\.json\n$/);
    expect(await cli.read(CONFIG)).not.toContain('ghcr.io');
    expect((await cli.squizzle('logout ghcr.io')).stdout).toBe('no login was kept for ghcr.io\n');
  });

  it('warns of what it cannot take away', async () => {
    const cli = await createCli();
    const env = { SQUIZZLE_USERNAME: 'ci', SQUIZZLE_PASSWORD: 'hunter2' };
    const { stderr } = await cli.squizzle('logout ghcr.io', { env });
    expect(stderr).toBe('warning: SQUIZZLE_USERNAME still has a login for ghcr.io\n');
  });
});

const RESULTS: readonly ProbeResult[] = [
  { probe: 'reach', outcome: 'ok', summary: 'it answered', hint: null, code: null },
  { probe: 'clock', outcome: 'ok', summary: 'it agrees', hint: null, code: null },
  { probe: 'login', outcome: 'ok', summary: 'as bot', hint: null, code: null },
  { probe: 'pull', outcome: 'ok', summary: 'can be read', hint: null, code: null },
  { probe: 'push', outcome: 'failed', summary: 'refused', hint: 'ask for the right', code: 'FORBIDDEN' },
  { probe: 'delete', outcome: 'unsupported', summary: 'not here', hint: 'switch it on', code: 'UNSUPPORTED' },
];

/** What was asked of the doctor, and his answer. */
function createDoctor(results = RESULTS) {
  const asked: unknown[] = [];
  const adapters = withTools({
    diagnoseRegistry: async function* ({ registry, repository }, options) {
      asked.push({ registry, repository, readOnly: options?.readOnly });
      yield* results;
    },
  });
  return { asked, adapters };
}

const withRemote = async (): Promise<Cli> =>
  createCli({ ...SHOP, 'squizzle.yaml': 'name: shop\nremote: ghcr.io/acme/db\n' });

const IDENTITY: RegistryIdentity = {
  scheme: 'bearer',
  identity: 'bot',
  credentials: '~/.docker/config.json',
  rights: {
    pull: { granted: true, evidence: 'token' },
    push: { granted: false, evidence: 'answer' },
    delete: { granted: null, evidence: 'none' },
  },
};

/** A registry that knows whom it has before it. */
function createIdentifying(identity: RegistryIdentity | Error = IDENTITY) {
  const asked: unknown[] = [];
  const adapters = withTools({
    createRegistryClient: ({ url }) =>
      ({
        identify: async (repository: string | null) => {
          asked.push({ url, repository });
          if (identity instanceof Error) throw identity;
          return repository === null ? { ...identity, rights: null } : identity;
        },
        close: async () => undefined,
      }) as unknown as RegistryClient,
  });
  return { asked, adapters };
}

describe('login --check', () => {
  it('tells who one is, and what may be done with the repository', async () => {
    const cli = await withRemote();
    const { asked, adapters } = createIdentifying();
    const { stdout, exitCode } = await cli.squizzle('login --check', { adapters });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([{ url: 'ghcr.io', repository: 'acme/db' }]);
    expect(stdout).toMatchInlineSnapshot(`
      "ghcr.io takes you for bot (login of ~/.docker/config.json)

      acme/db  ALLOWED  KNOWN FROM
      pull     yes      what the token says
      push     no       what the registry answered
      delete   unknown  nothing; 'squizzle doctor registry' tries it
      "
    `);
  });

  it('prints JSON', async () => {
    const cli = await withRemote();
    expect(await cli.json('login --check', createIdentifying())).toEqual({
      registry: 'ghcr.io',
      repository: 'acme/db',
      ...IDENTITY,
    });
  });

  it.each([
    { args: 'login quay.io --check', identity: IDENTITY, says: /takes you for bot[^]*name a repository/ },
    {
      args: 'login --check',
      identity: { ...IDENTITY, scheme: 'none' as const, identity: null, credentials: null },
      says: /lets everybody in: no login is used/,
    },
    {
      args: 'login --check',
      identity: { ...IDENTITY, identity: null, credentials: null },
      says: /lets everybody in, with a token of its own/,
    },
    { args: 'login --check', identity: { ...IDENTITY, identity: null }, says: /somebody whose name it does not tell/ },
  ])('$args: $says', async ({ args, identity, says }) => {
    const cli = await withRemote();
    expect((await cli.squizzle(args, createIdentifying(identity))).stdout).toMatch(says);
  });

  it('ends with 7 when the login is refused', async () => {
    const cli = await withRemote();
    const fault = { registry: 'ghcr.io', repository: null, requestId: null, status: 401, hint: 'log in' };
    const refused = new SquizzleError('AUTH_REQUIRED', 'refused', { ...fault, credentials: 'a file' });
    expect(await cli.failure('login --check', createIdentifying(refused))).toMatchObject({
      exitCode: 7,
      code: 'AUTH_REQUIRED',
    });
  });
});

describe('doctor registry', () => {
  it.each([
    { args: '', asks: { registry: 'ghcr.io', repository: 'acme/db', readOnly: false }, why: 'the remote' },
    { args: 'ghcr.io', asks: { registry: 'ghcr.io', repository: 'acme/db', readOnly: false }, why: 'the same' },
    { args: 'quay.io', asks: { registry: 'quay.io', repository: 'squizzle-doctor', readOnly: false }, why: 'its own' },
    { args: 'quay.io/a/b --read-only', asks: { registry: 'quay.io', repository: 'a/b', readOnly: true }, why: 'named' },
  ])('"$args" tries out $asks.registry/$asks.repository: $why', async ({ args, asks }) => {
    const cli = await withRemote();
    const { asked, adapters } = createDoctor();
    const { stdout, exitCode } = await cli.squizzle(`doctor registry ${args}`, { adapters });
    expect(asked).toEqual([asks]);
    expect(stdout).toContain('clock   ok');
    expect(exitCode).toBe(7);
  });

  it('ends with 0 when nothing failed, and prints JSON', async () => {
    const cli = await createCli();
    const well = RESULTS.filter(({ outcome }) => outcome !== 'failed');
    expect(await cli.json('doctor registry ghcr.io/acme/db', createDoctor(well))).toEqual({
      registry: 'ghcr.io',
      repository: 'acme/db',
      results: well,
    });
  });

  it.each(['doctor registry ghcr.io/acme/db:v1', 'doctor registry acme/db', 'doctor registry'])(
    '%s is USAGE_INVALID',
    async (args) => {
      const cli = await createCli();
      expect(await cli.failure(args)).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    },
  );
});
