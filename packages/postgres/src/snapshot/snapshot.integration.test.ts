import { compareSnapshots, schemaDigest, type SchemaSnapshot } from '@squizzle/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { containing } from '../../test/matchers.ts';
import { SAMPLE_SCHEMA } from '../../test/sample-schema.ts';
import { createTestDatabase, describeEachServer, type TestDatabase, type TestServer } from '../../test/servers.ts';
import { createEmbeddedDriver } from '../embedded/index.ts';
import { createPostgresDriver } from '../index.ts';

const FAMILIES = [
  'aggregate',
  'column',
  'constraint',
  'extension',
  'function',
  'index',
  'materialized view',
  'policy',
  'procedure',
  'rule',
  'schema',
  'sequence',
  'statistics',
  'table',
  'trigger',
  'type',
  'view',
];

const take = (database: TestDatabase): Promise<SchemaSnapshot> =>
  createPostgresDriver({ connectionString: database.url }).snapshotSchema();

async function snapshotOf(server: TestServer, sql: string): Promise<SchemaSnapshot> {
  const database = await createTestDatabase(server);
  await database.run(sql);
  const snapshot = await take(database);
  await database.drop();
  return snapshot;
}

describeEachServer('snapshots', (server) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    await database.run(SAMPLE_SCHEMA);
  });
  afterEach(() => database.drop());
  const definitionOf = async (kind: string, name: string): Promise<unknown> =>
    (await take(database)).objects.find((object) => object.kind === kind && object.name === name)?.definition;

  it('tell of every family, once each, in byte order', async () => {
    const { objects } = await take(database);
    const keys = objects.map(({ kind, name }) => `${kind}\0${name}`);
    expect([...new Set(objects.map(({ kind }) => kind))]).toEqual(FAMILIES);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual([...keys].sort());
  });

  it.each([
    { kind: 'schema', name: 'app', has: { comment: 'the shop', grants: ['sample_reader USAGE'] } },
    {
      kind: 'table',
      name: 'app.users',
      has: { options: ['fillfactor=70'], rowSecurity: true, grants: ['sample_reader SELECT WITH GRANT OPTION'] },
    },
    {
      kind: 'table',
      name: 'app.orders_2026',
      has: { parents: ['app.orders'], partitionBound: containing('2026-01-01') },
    },
    { kind: 'table', name: 'app.orders', has: { partitionKey: 'RANGE (at)' } },
    { kind: 'table', name: 'app.cache', has: { unlogged: true } },
    { kind: 'column', name: 'app.users.id', has: { position: 1, type: 'bigint', notNull: true, identity: 'always' } },
    {
      kind: 'column',
      name: 'app.users.email',
      has: { position: 2, collation: 'pg_catalog."C"', comment: 'as typed', grants: ['sample_reader UPDATE'] },
    },
    { kind: 'column', name: 'app.users.feeling', has: { type: 'app.mood', default: "'ok'::app.mood" } },
    { kind: 'column', name: 'app.users.email_length', has: { generated: 'length(email)', generatedKind: 'stored' } },
    { kind: 'column', name: '"Odd.Name"."Col umn"', has: undefined },
    { kind: 'column', name: 'public."Odd.Name"."Col umn"', has: { type: 'integer' } },
    {
      kind: 'constraint',
      name: 'app.orders.orders_user_id_fkey',
      has: { definition: 'FOREIGN KEY (user_id) REFERENCES app.users(id) ON DELETE CASCADE', validated: true },
    },
    {
      kind: 'index',
      name: 'app.orders.orders_at',
      has: {
        definition: containing('ON ONLY app.orders USING btree (at DESC)'),
        unique: false,
        valid: true,
      },
    },
    {
      kind: 'function',
      name: 'app.add(a integer, b integer)',
      has: { definition: containing('CREATE OR REPLACE FUNCTION app.add') },
    },
    { kind: 'function', name: 'app.touch()', has: { grants: ['PUBLIC EXECUTE'] } },
    { kind: 'aggregate', name: 'app.total(integer)', has: { transition: 'int4pl(integer,integer)', initial: '0' } },
    { kind: 'trigger', name: 'app.users.touch', has: { enabled: 'disabled' } },
    {
      kind: 'sequence',
      name: 'app.numbers',
      has: { start: '5', increment: '2', max: '9223372036854775807', cycle: true },
    },
    { kind: 'sequence', name: 'app.orders_id_seq', has: { ownedBy: 'app.orders.id', type: 'integer' } },
    { kind: 'type', name: 'app.mood', has: { typeKind: 'enum', labels: ['sad', 'ok', 'happy'] } },
    {
      kind: 'type',
      name: 'app.positive',
      has: { base: 'integer', notNull: true, default: '1', checks: ['above_zero CHECK ((VALUE > 0))'] },
    },
    { kind: 'type', name: 'app.pair', has: { typeKind: 'composite', attributes: ['a integer', 'b text'] } },
    { kind: 'type', name: 'app.span', has: { typeKind: 'range', subtype: 'timestamp with time zone' } },
    {
      kind: 'policy',
      name: 'app.users.own',
      has: { command: 'SELECT', restrictive: true, roles: ['sample_reader'], using: '(id > 0)' },
    },
  ])('describe $kind $name', async ({ kind, name, has }) => {
    const definition = await definitionOf(kind, name);
    expect(definition).toEqual(has === undefined ? undefined : expect.objectContaining(has));
  });

  it('are the same for the same schema, whatever the order, the OIDs, the settings and the owner', async () => {
    const before = await take(database);
    await database.run(
      `ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE ${database.name} SET DateStyle = 'German'`,
    );
    await database.run(
      'DROP SCHEMA app CASCADE; DROP TABLE "Odd.Name"; CREATE TABLE filler (id int); DROP TABLE filler',
    );
    await database.run(SAMPLE_SCHEMA);
    await database.run(
      'DO $$ BEGIN CREATE ROLE other_owner; EXCEPTION WHEN duplicate_object THEN END $$; ALTER TABLE app.users OWNER TO other_owner',
    );
    expect(compareSnapshots(before, await take(database))).toEqual([]);
  });

  it('leave out what an extension made, and the ledger', async () => {
    const before = await take(database);
    await createPostgresDriver({ connectionString: database.url }).withLock(async () => undefined);
    await database.run('CREATE EXTENSION hstore; CREATE EXTENSION citext');
    const differences = compareSnapshots(before, await take(database));
    expect(differences.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['extension citext', 'extension hstore']);
  });

  it.each([
    { sql: 'ALTER TABLE app.users ALTER email DROP NOT NULL', changed: 'column app.users.email' },
    {
      sql: 'ALTER TABLE app.users ADD CONSTRAINT later CHECK (id < 9) NOT VALID',
      changed: 'constraint app.users.later',
    },
    { sql: 'GRANT DELETE ON app.users TO PUBLIC', changed: 'table app.users' },
    { sql: "ALTER TYPE app.mood ADD VALUE 'meh' BEFORE 'ok'", changed: 'type app.mood' },
    {
      sql: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.orders_at'::regclass",
      changed: 'index app.orders.orders_at',
    },
    {
      sql: 'CREATE OR REPLACE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$',
      changed: 'function app.touch()',
    },
    { sql: 'REVOKE CREATE, USAGE ON SCHEMA public FROM PUBLIC', changed: 'schema public' },
    { sql: 'ALTER SEQUENCE app.numbers CACHE 7', changed: 'sequence app.numbers' },
  ])('change with $sql', async ({ sql, changed }) => {
    const before = await take(database);
    await database.run(sql);
    const differences = compareSnapshots(before, await take(database));
    expect(differences.map(({ kind, name }) => `${kind} ${name}`)).toEqual([changed]);
  });

  it('bring back the settings of the session they are taken in', async () => {
    await database.run(`ALTER DATABASE ${database.name} SET search_path = app`);
    await database.run(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo'`);
    const sql = 'CREATE TABLE seen AS SELECT current_schema AS path, current_setting($$TimeZone$$) AS zone';
    await createPostgresDriver({ connectionString: database.url }).withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.snapshotSchema();
        await transaction.execute([{ sql }]);
      }),
    );
    expect(await database.run('SELECT path::text, zone FROM app.seen')).toEqual([{ path: 'app', zone: 'Asia/Tokyo' }]);
  });
});

describe('snapshots of several servers', () => {
  const servers = inject('postgresServers').flatMap(({ version, url, pid }) =>
    url === null ? [] : [{ version, url, pid: pid ?? 0 }],
  );

  it.skipIf(servers.length < 2)('are the same', async () => {
    const digests = await Promise.all(
      servers.map(async (server) => schemaDigest(await snapshotOf(server, SAMPLE_SCHEMA))),
    );
    expect(new Set(digests).size).toBe(1);
  });

  it.skipIf(servers.length === 0)('are the same over PGlite', async () => {
    const driver = createEmbeddedDriver({ dataDir: 'memory' });
    const apply = driver.withLock((session) => session.executeOutsideTransaction({ sql: SAMPLE_SCHEMA }));
    await apply;
    const [server] = servers.slice(-1);
    if (server === undefined) return;
    expect(compareSnapshots(await snapshotOf(server, SAMPLE_SCHEMA), await driver.snapshotSchema())).toEqual([]);
    await driver.close();
  });
});
