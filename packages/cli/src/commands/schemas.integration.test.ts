import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createCli, SHOP_CONFIG } from '../../test/cli-fixture.ts';
import { SYSTEM_ADAPTERS } from '../adapters.ts';
import { once } from '../once.ts';

/** The template of the embedded database is kept between runs: making it takes seconds. */
const env = { XDG_CACHE_HOME: join(tmpdir(), 'squizzle-test-cache') };

const TABLE = 'CREATE TABLE orders (id int PRIMARY KEY, total integer NOT NULL DEFAULT 0);\n';
const FILES = {
  'squizzle.yaml': SHOP_CONFIG.replace('database: ${DATABASE_URL}', 'database: pglite:./legacy').replace(
    'allowed: false',
    'allowed: true, reason: a test',
  ),
  'db/migrations/0001_orders.sql': `${TABLE}CREATE VIEW totals AS SELECT id, total FROM orders WHERE total > 0;\n`,
};

/** One database, started once for all commands of the test. */
function openOnce() {
  const opened = once(() => SYSTEM_ADAPTERS.openDatabase(TARGET));
  onTestFinished(async () => (await opened()).close());
  return async () => ({ ...(await opened()), close: async () => undefined });
}

const TARGET = {
  kind: 'embedded',
  dataFolder: null,
  templateCacheFolder: join(env.XDG_CACHE_HOME, 'squizzle'),
  ledgerSchema: 'squizzle',
} as const;

it('finds by its schema what a database is at, and what somebody changed in it, on real databases', async () => {
  const cli = await createCli(FILES);
  const openDatabase = openOnce();
  const real = { adapters: { ...SYSTEM_ADAPTERS, openDatabase }, env };
  const runByHand = async (sql: string): Promise<void> => {
    const driver = await openDatabase();
    await driver.withLock((session) => session.transaction((transaction) => transaction.execute([{ sql }])));
  };
  const built = await cli.json('build --declare-schema', real);
  expect(built).toMatchObject({ release: { schemaDigest: expect.stringMatching(/^sha256:/) as string } });
  await runByHand(FILES['db/migrations/0001_orders.sql']);
  expect(await cli.json('baseline --detect -e production', real)).toMatchObject({
    outcome: 'recorded',
    version: '1.0.0',
    detected: 'declared',
    schemaDigest: (built['release'] as { readonly schemaDigest: string }).schemaDigest,
  });
  await runByHand(
    'DROP VIEW totals; ALTER TABLE orders ALTER total TYPE bigint; CREATE INDEX orders_total ON orders (total);',
  );
  const drift = await cli.squizzle('drift -e production', real);
  expect({ exitCode: drift.exitCode, lines: drift.stdout.split('\n').slice(0, 4) }).toEqual({
    exitCode: 5,
    lines: [
      '~ column public.orders.total  type: integer → bigint',
      '+ index public.orders.orders_total',
      '- view public.totals',
      '',
    ],
  });
  const doctor = await cli.squizzle('doctor -e production', real);
  expect(doctor.stdout).toMatch(/\nfault +schema /);
  expect(doctor.exitCode).toBe(4);
});
