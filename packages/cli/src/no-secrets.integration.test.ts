import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { RegistryClient } from '@squizzle/oci';
import { expect, it } from 'vitest';
import { createCli, SHOP, withTools } from '../test/cli-fixture.ts';

/** Wherever a user may put one. */
const SECRET = 'hunter2secret';
const BASIC = Buffer.from(`bot:${SECRET}`).toString('base64');
const ENV = {
  SQUIZZLE_REGISTRY: 'ghcr.io',
  SQUIZZLE_REPOSITORY: 'acme/db',
  SQUIZZLE_USERNAME: 'bot',
  SQUIZZLE_PASSWORD: SECRET,
  DATABASE_URL: `postgres://app:${SECRET}@db/shop`,
  GITHUB_TOKEN: SECRET,
  CI_REGISTRY_PASSWORD: SECRET,
  CI_JOB_TOKEN: SECRET,
  DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { 'ghcr.io': { auth: BASIC } } }),
  HTTPS_PROXY: `http://user:${SECRET}@proxy:3128`,
};

const refusing = withTools({
  createRegistryClient: ({ url }) => {
    const refuse = async (): Promise<never> => {
      const fault = { registry: url, repository: null, requestId: null, status: 401, hint: 'log in' };
      throw new SquizzleError('AUTH_REQUIRED', `${url} refuses the login`, { ...fault, credentials: 'options' });
    };
    return { authenticate: refuse, push: refuse, close: async () => undefined } as unknown as RegistryClient;
  },
  diagnoseRegistry: async function* () {
    yield { probe: 'login', outcome: 'ok', summary: 'as bot', hint: null, code: null };
  },
});

it.each([
  'config show',
  'config validate',
  'build',
  'build --push',
  'push',
  'pull',
  'list --registry',
  'show',
  'status -e production',
  'apply -e production',
  'login -u bot --password-stdin',
  `login ghcr.io -u bot -p ${SECRET}`,
  `login ghcr.io -u bot --password=${SECRET}`,
  `login ghcr.io -u bot --passwort=${SECRET}`,
  `login https://bot:${SECRET}@ghcr.io -u bot --password-stdin`,
  `push --to bot:${SECRET}@ghcr.io/acme/db`,
  `push --to https://bot:${SECRET}@ghcr.io/acme/db`,
  `pull --from oci://bot:${SECRET}@ghcr.io/acme/db`,
  `doctor registry bot:${SECRET}@ghcr.io/acme/db`,
  `diff latest latest --scratch mysql://bot:${SECRET}@db/x`,
  `baseline --detect --scratch=bot:${SECRET}@db/x -e production`,
  'login --check',
  'doctor registry',
  'logout',
])('%s tells no secret', async (args) => {
  const yaml = `${SHOP['squizzle.yaml']}\nregistries: { ghcr.io: { ca: "\${SQUIZZLE_PASSWORD}" } }\n`;
  const cli = await createCli({ ...SHOP, 'squizzle.yaml': yaml });
  const call = { env: ENV, stdin: SECRET, adapters: refusing };
  for (const more of ['', ' --json', ' --verbose']) {
    const { stdout, stderr } = await cli.squizzle(`${args}${more}`, call);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stdout + stderr).not.toContain(BASIC);
  }
  for (const file of await readdir(cli.folder, { withFileTypes: true })) {
    if (file.isFile()) expect(await readFile(join(cli.folder, file.name), 'utf8')).not.toContain(SECRET);
  }
});

it.each([
  { text: `remote: "bot:${SECRET}@ghcr.io/acme/db"`, why: 'before a host' },
  { text: `remote: "https://bot:${SECRET}@ghcr.io/acme/db"`, why: 'in a URL' },
  { text: `registries: { "bot:${SECRET}@ghcr.io": {} }`, why: 'in a key' },
])('a configuration with a password $why is refused without showing it', async ({ text }) => {
  const cli = await createCli({ 'squizzle.yaml': `name: shop\n${text}\n` });
  for (const args of ['list', 'list --json', 'config validate', 'config validate --json', 'config show']) {
    const { stdout, stderr, exitCode } = await cli.squizzle(args);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain(SECRET);
  }
});
