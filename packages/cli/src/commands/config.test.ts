import { describe, expect, it } from 'vitest';
import { createCli, SHOP } from '../../test/cli-fixture.ts';

const SECRETS = `name: shop
store: \${STORE:-here}
environments:
  a: { database: 'postgres://app:hunter2@db/shop' }
  b: { database: '\${DATABASE_URL}' }
  c: { database: 'postgres://app:\${DB_PASSWORD}@db/shop' }
  d: { database: 'postgres://db/shop?user=app&password=hunter2' }
  e: { database: 'postgres://app:\${MISSING}@db/shop' }
  f: { database: 'postgres://db/shop?sslcert=\${TLS_KEY}' }
`;

describe('config show', () => {
  it('fills in variables and masks secrets', async () => {
    const cli = await createCli({ 'squizzle.yaml': SECRETS });
    const env = { DATABASE_URL: 'postgres://u:hunter2@db/x', DB_PASSWORD: 'hunter2', TLS_KEY: 'hunter2' };
    const { stdout } = await cli.squizzle('config show', { env });
    expect(stdout.replaceAll(cli.folder, '/shop')).toMatchInlineSnapshot(`
      "# /shop/squizzle.yaml
      name: shop
      store: here
      environments:
        a:
          database: postgres://app:***@db/shop
        b:
          database: postgres://u:***@db/x
        c:
          database: postgres://app:***@db/shop
        d:
          database: postgres://db/shop?user=app&password=***
        e:
          database: postgres://app:***@db/shop
        f:
          database: postgres://db/shop?sslcert=***
      "
    `);
    const { config } = await cli.json('config show', { env });
    expect(config).toMatchObject({ store: 'here', environments: { e: { database: 'postgres://app:***@db/shop' } } });
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });

  it('says which variables take the place of keys', async () => {
    const cli = await createCli(SHOP);
    const call = { env: { SQUIZZLE_STORE: '/x', SQUIZZLE_ENV: '' } };
    expect(await cli.json('config show', call)).toMatchObject({ overrides: ['SQUIZZLE_STORE'] });
    expect((await cli.squizzle('config show', call)).stdout).toContain(
      '# SQUIZZLE_STORE is set and takes the place of: store\n',
    );
  });
});

describe('config validate', () => {
  it('says that a file is valid, and what it still needs', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.squizzle('config validate')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout:
        'squizzle.yaml is valid: 3 environments (development, production, staging)\nenvironments.production.database needs DATABASE_URL, not set here\n',
    });
    expect(await cli.json('config validate')).toMatchInlineSnapshot(`
      {
        "environments": [
          "development",
          "production",
          "staging",
        ],
        "file": "squizzle.yaml",
        "problems": [],
        "unset": [
          {
            "key": "environments.production.database",
            "variables": [
              "DATABASE_URL",
            ],
          },
        ],
        "valid": true,
      }
    `);
  });

  it('prints every problem and ends with 2', async () => {
    const cli = await createCli({ 'squizzle.yaml': 'nam: shop\nstor: x\n' });
    const { exitCode, stdout } = await cli.squizzle('config validate');
    expect(exitCode).toBe(2);
    expect(stdout).toMatchInlineSnapshot(`
      "squizzle.yaml:1:1: nam: unknown key; did you mean 'name'?
      squizzle.yaml:1:1: name: is missing; it is required
      squizzle.yaml:2:1: stor: unknown key; did you mean 'store'?
      "
    `);
    expect(JSON.parse((await cli.squizzle('config validate --json')).stdout)).toMatchObject({
      valid: false,
      problems: [{ line: 1, column: 1, key: 'nam' }, { key: 'name' }, { key: 'stor' }],
    });
  });

  it('checks values with variables too', async () => {
    const cli = await createCli({ 'squizzle.yaml': 'name: shop\nlayout: ${LAYOUT}\n' });
    expect((await cli.squizzle('config validate', { env: { LAYOUT: 'x' } })).stdout).toMatch(
      /^squizzle.yaml:2:1: layout: expected one of auto/,
    );
  });

  it('shows every problem to other commands, too', async () => {
    const cli = await createCli({ 'squizzle.yaml': 'nam: shop\n' });
    const failure = await cli.failure('build');
    expect(failure).toMatchObject({
      exitCode: 2,
      code: 'CONFIG_INVALID',
      details: { file: 'squizzle.yaml', key: 'nam' },
    });
    expect(failure.message).toMatch(
      /^2 problems:\nsquizzle.yaml:1:1: nam: unknown key.*\nsquizzle.yaml:1:1: name: is missing/,
    );
  });
});
