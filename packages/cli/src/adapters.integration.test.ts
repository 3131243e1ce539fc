import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, SHOP_CONFIG } from '../test/cli-fixture.ts';
import { SYSTEM_ADAPTERS } from './adapters.ts';

/** The template of the embedded database is kept between runs: making it takes seconds. */
const env = { XDG_CACHE_HOME: join(tmpdir(), 'squizzle-test-cache') };
const real = { adapters: SYSTEM_ADAPTERS, env };

it('build, push, apply, rollback: over folders and an embedded PostgreSQL', async () => {
  const bad = {
    'db/migrations/0003_bad.sql':
      "CREATE TABLE more (id int);\nDO $$ BEGIN\n  RAISE EXCEPTION 'no' USING HINT = 'say yes';\nEND $$;\n",
  };
  const cli = await createCli({ ...SHOP, 'squizzle.yaml': SHOP_CONFIG.replace('./db-folder', '.squizzle/db') });
  expect(await cli.json('build', real)).toMatchObject({ release: { version: '1.0.0' } });
  await cli.write(ORDERS);
  await cli.json('build', real);
  expect(await cli.json('push', real)).toMatchObject({ outcome: 'copied' });
  expect(await cli.json('push', real)).toMatchObject({ outcome: 'already-there' });
  await cli.write(bad);
  await cli.json('build', real);
  const failure = await cli.failure('apply', real);
  expect(failure).toMatchObject({
    exitCode: 6,
    code: 'STEP_FAILED',
    details: { version: '1.0.2', line: 2, column: 1, sqlState: 'P0001' },
  });
  expect(failure.message).toContain('hint: say yes');
  expect(failure.message).toContain('the database is at 1.0.1');
  expect(await cli.json('rollback --all', real)).toMatchObject({ from: '1.0.1', to: null });
}, 60_000);

it('loads stores, databases and the parser when they are needed, not before', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const names = await readdir(folder, { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const eager =
    /^(?:import|export) (?!type )[^;]*? from '(?:@squizzle\/(?:oci|postgres|security|sql)(?:\/[^']*)?|yaml|valibot)';/m;
  const found: string[] = [];
  for (const name of sources) if (eager.test(await readFile(join(folder, name), 'utf8'))) found.push(name);
  // the configuration's own reading, which is itself loaded by the first command that has a project
  expect(found.sort()).toEqual([
    'config/parse-config.ts',
    'config/plain-values.ts',
    'config/schema.ts',
    'config/setting.ts',
    'config/signing-schema.ts',
    'config/trust-schema.ts',
    'config/yaml-document.ts',
  ]);
});

it('opens a server only when it is asked', async () => {
  const driver = await SYSTEM_ADAPTERS.openDatabase({
    kind: 'server',
    connectionString: 'postgres://app:hunter2@127.0.0.1:1/shop',
    ledgerSchema: 'squizzle',
  });
  expect(driver.description).toBe('127.0.0.1:1/shop as app');
  await expect(driver.readHistory()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  await driver.close();
});
