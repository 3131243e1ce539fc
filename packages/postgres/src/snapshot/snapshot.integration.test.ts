import { compareSnapshots, schemaDigest, type SchemaSnapshot } from '@squizzle/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { EMBEDDED_TEMPLATES } from '../../test/embedded-templates.ts';
import { containing } from '../../test/matchers.ts';
import { DROP_RARITIES, SAMPLE_RARITIES } from '../../test/sample-rarities.ts';
import { SAMPLE_SCHEMA } from '../../test/sample-schema.ts';
import {
  createTestDatabase,
  describeEachServer,
  withUser,
  type TestDatabase,
  type TestServer,
} from '../../test/servers.ts';
import { createEmbeddedDriver } from '../embedded/index.ts';
import { createPostgresDriver } from '../index.ts';

const KINDS = `access method, aggregate, cast, collation, column, constraint, conversion,
default privileges, extension, foreign data wrapper, foreign server, foreign table, function, index, language,
materialized view, operator, operator class, operator family, policy, procedure, publication,
rule, schema, sequence, statistics, table, text search configuration, text search dictionary,
text search parser, text search template, transform, trigger, type, user mapping, view`.split(/,\s/);
const SAMPLE = SAMPLE_SCHEMA + SAMPLE_RARITIES;

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
  let first: SchemaSnapshot;
  let last: SchemaSnapshot;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    await database.run(SAMPLE);
    first = await take(database);
    last = first;
  });
  afterAll(() => database.drop());
  /** What differs after some SQL from what was before it, which is what the test before has left. */
  const changedBy = async (sql: string): Promise<readonly string[]> => {
    const before = last;
    await database.run(sql);
    last = await take(database);
    return compareSnapshots(before, last).map(({ kind, name }) => `${kind} ${name}`);
  };

  it('tell of every family, once each, in byte order', () => {
    const { objects } = first;
    const keys = objects.map(({ kind, name }) => `${kind}\0${name}`);
    expect([...new Set(objects.map(({ kind }) => kind))]).toEqual(KINDS);
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
    {
      kind: 'table',
      name: 'app.child',
      has: { grants: ['sample_reader ALL', 'sample_reader SELECT WITH GRANT OPTION'] },
    },
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
    { kind: 'access method', name: 'sample_tree', has: { methodKind: 'index', handler: 'bthandler' } },
    {
      kind: 'cast',
      name: '(app.pair AS text)',
      has: { function: 'app.show(app.pair)', context: 'assignment' },
    },
    { kind: 'collation', name: 'app.bytes', has: { provider: 'libc', locale: 'C' } },
    { kind: 'conversion', name: 'app.latin', has: { from: 'LATIN1', to: 'UTF8', function: 'iso8859_1_to_utf8' } },
    { kind: 'default privileges', name: 'tables IN SCHEMA app', has: { grants: ['sample_reader ALL'] } },
    { kind: 'default privileges', name: 'functions', has: { grants: [] } },
    { kind: 'foreign data wrapper', name: 'sample_wrapper', has: { options: ['debug=on'] } },
    {
      kind: 'foreign server',
      name: 'sample_server',
      has: {
        wrapper: 'sample_wrapper',
        options: ['dbname', 'dsn', 'host=db.internal', 'password'],
        grants: ['sample_reader USAGE'],
      },
    },
    { kind: 'language', name: 'sample_language', has: { handler: 'plpgsql_call_handler' } },
    {
      kind: 'operator',
      name: 'app.===(app.pair,app.pair)',
      has: { function: 'app.same(app.pair,app.pair)', commutator: 'app.===(app.pair,app.pair)', hashes: true },
    },
    { kind: 'operator', name: 'app.!!!(NONE,app.pair)', has: { result: 'text' } },
    { kind: 'operator class', name: 'app.pairs USING hash', has: { type: 'app.pair', family: 'app.pairs' } },
    {
      kind: 'operator family',
      name: 'app.pairs USING hash',
      has: {
        operators: ['1 app.===(app.pair,app.pair)'],
        functions: ['1 (app.pair,app.pair) app.hash(app.pair)'],
      },
    },
    { kind: 'publication', name: 'sample_news', has: { operations: ['insert', 'update'], tables: ['app.users'] } },
    {
      kind: 'text search configuration',
      name: 'app.words',
      has: { parser: 'app.again', mappings: ['asciiword: app.plain, simple', 'word: app.plain, simple'] },
    },
    {
      kind: 'text search dictionary',
      name: 'app.plain',
      has: { template: 'app.plainly', options: "accept = 'false'" },
    },
    { kind: 'text search parser', name: 'app.again', has: { token: 'prsd_nexttoken' } },
    { kind: 'text search template', name: 'app.plainly', has: { lexize: 'dsimple_lexize' } },
    { kind: 'transform', name: 'FOR app.pair LANGUAGE sql', has: { fromSql: 'prsd_lextype(internal)' } },
    { kind: 'user mapping', name: 'sample_reader SERVER sample_server', has: {} },
    {
      kind: 'foreign table',
      name: 'app.far',
      has: { server: 'sample_server', foreignOptions: ['access_key', 'path'] },
    },
    { kind: 'column', name: 'app.far.id', has: { foreignOptions: ['column_name=key'] } },
  ])('describe $kind $name', ({ kind, name, has }) => {
    const definition = first.objects.find((object) => object.kind === kind && object.name === name)?.definition;
    expect(definition).toEqual(has === undefined ? undefined : expect.objectContaining(has));
  });

  it('hold no secret', () => {
    expect(JSON.stringify(first)).not.toContain('sample-secret');
  });

  it('are the same for whoever asks', async () => {
    await database.run('DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN END $$');
    const url = withUser(database.url, 'stranger');
    const seen = await createPostgresDriver({ connectionString: url }).snapshotSchema();
    expect(compareSnapshots(first, seen)).toEqual([]);
  });

  it('leave out what an extension made, and the ledger', async () => {
    await createPostgresDriver({ connectionString: database.url }).withLock(async () => undefined);
    const changed = await changedBy('CREATE EXTENSION hstore; CREATE EXTENSION citext');
    expect(changed).toEqual(['extension citext', 'extension hstore']);
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
    { sql: 'ALTER SCHEMA public OWNER TO sample_reader', changed: null },
    { sql: 'REVOKE CREATE, USAGE ON SCHEMA public FROM PUBLIC', changed: 'schema public' },
    { sql: 'GRANT SELECT ON app.users TO stranger', changed: 'table app.users' },
    { sql: 'SET ROLE sample_reader; GRANT SELECT ON app.users TO stranger', changed: null },
    { sql: 'ALTER TABLE app.users SET (toast.autovacuum_enabled = off)', changed: 'table app.users' },
    {
      sql: 'ALTER TABLE app.orders_2026 DISABLE TRIGGER ALL',
      changed: 'constraint app.orders.orders_user_id_fkey',
    },
    { sql: 'ALTER TABLE app.orders_2026 ENABLE TRIGGER ALL', changed: 'constraint app.orders.orders_user_id_fkey' },
    { sql: 'ALTER TABLE app.users DISABLE TRIGGER ALL', changed: 'constraint app.orders.orders_user_id_fkey' },
    {
      sql: 'CREATE TRIGGER seen BEFORE INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch()',
      changed: 'trigger app.orders.seen',
    },
    { sql: 'ALTER TABLE app.orders_2026 DISABLE TRIGGER seen', changed: 'trigger app.orders_2026.seen' },
    { sql: 'GRANT SELECT (one) ON app.numbered TO stranger', changed: 'column app.numbered.one' },
    { sql: "COMMENT ON COLUMN app.numbered.one IS 'x'", changed: 'column app.numbered.one' },
    { sql: 'ALTER VIEW app.numbered ALTER one SET DEFAULT 1', changed: 'column app.numbered.one' },
    { sql: "COMMENT ON COLUMN app.pair.a IS 'x'", changed: 'column app.pair.a' },
    { sql: 'ALTER TYPE app.pair ALTER ATTRIBUTE b TYPE text COLLATE "C"', changed: 'type app.pair' },
    { sql: 'ALTER SEQUENCE app.numbers CACHE 7', changed: 'sequence app.numbers' },
    {
      sql: 'DROP CAST (app.pair AS text); CREATE CAST (app.pair AS text) WITH FUNCTION app.show(app.pair)',
      changed: 'cast (app.pair AS text)',
    },
    {
      sql: 'ALTER OPERATOR app.=== (app.pair, app.pair) SET (RESTRICT = eqsel)',
      changed: 'operator app.===(app.pair,app.pair)',
    },
    {
      sql: 'ALTER OPERATOR FAMILY app.pairs USING hash ADD FUNCTION 1 (integer) hashint4(integer)',
      changed: 'operator family app.pairs USING hash',
    },
    {
      sql: "COMMENT ON OPERATOR CLASS app.pairs USING hash IS 'x'",
      changed: 'operator class app.pairs USING hash',
    },
    { sql: "COMMENT ON ACCESS METHOD sample_tree IS 'x'", changed: 'access method sample_tree' },
    {
      sql: 'ALTER TEXT SEARCH CONFIGURATION app.words DROP MAPPING FOR word',
      changed: 'text search configuration app.words',
    },
    {
      sql: 'ALTER TEXT SEARCH DICTIONARY app.plain (accept = true)',
      changed: 'text search dictionary app.plain',
    },
    { sql: "COMMENT ON TEXT SEARCH PARSER app.again IS 'x'", changed: 'text search parser app.again' },
    { sql: "COMMENT ON TEXT SEARCH TEMPLATE app.plainly IS 'x'", changed: 'text search template app.plainly' },
    {
      sql: "DROP COLLATION app.bytes; CREATE COLLATION app.bytes (LOCALE = 'POSIX')",
      changed: 'collation app.bytes',
    },
    {
      sql: "DROP CONVERSION app.latin; CREATE DEFAULT CONVERSION app.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
      changed: 'conversion app.latin',
    },
    { sql: "COMMENT ON LANGUAGE sample_language IS 'x'", changed: 'language sample_language' },
    { sql: 'DROP TRANSFORM FOR app.pair LANGUAGE sql', changed: 'transform FOR app.pair LANGUAGE sql' },
    { sql: 'ALTER PUBLICATION sample_news ADD TABLE app.child', changed: 'publication sample_news' },
    { sql: "ALTER PUBLICATION sample_news SET (publish = 'delete')", changed: 'publication sample_news' },
    {
      sql: "ALTER FOREIGN DATA WRAPPER sample_wrapper OPTIONS (SET debug 'off')",
      changed: 'foreign data wrapper sample_wrapper',
    },
    { sql: "ALTER SERVER sample_server OPTIONS (SET host 'elsewhere')", changed: 'foreign server sample_server' },
    { sql: "ALTER SERVER sample_server OPTIONS (SET password 'another')", changed: null },
    {
      sql: "ALTER USER MAPPING FOR sample_reader SERVER sample_server OPTIONS (SET password 'another')",
      changed: null,
    },
    {
      sql: 'CREATE USER MAPPING FOR PUBLIC SERVER sample_server',
      changed: 'user mapping PUBLIC SERVER sample_server',
    },
    {
      sql: 'ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE INSERT ON TABLES FROM sample_reader',
      changed: 'default privileges tables IN SCHEMA app',
    },
    {
      sql: "CREATE SUBSCRIPTION sample_sub CONNECTION 'password=sample-secret' PUBLICATION a WITH (connect = false, slot_name = NONE)",
      changed: 'subscription sample_sub',
    },
    {
      sql: 'ALTER SUBSCRIPTION sample_sub SET PUBLICATION b WITH (refresh = false)',
      changed: 'subscription sample_sub',
    },
    { sql: 'DROP SUBSCRIPTION sample_sub', changed: 'subscription sample_sub' },
  ])('change with $sql', async ({ sql, changed }) => {
    expect(await changedBy(sql)).toEqual(changed === null ? [] : [changed]);
  });

  it.skipIf(Number.parseInt(server.version, 10) < 15)(
    'tell what of a table is published, and which schemas',
    async () => {
      await database.run('CREATE PUBLICATION parts FOR TABLE app.users (id, email) WHERE (id > 7)');
      await database.run('CREATE PUBLICATION whole FOR TABLES IN SCHEMA public');
      const { objects } = await take(database);
      const tables = objects.find(({ name }) => name === 'parts')?.definition['tables'];
      expect(tables).toEqual(['app.users (id, email) WHERE (id > 7)']);
      expect(objects.find(({ name }) => name === 'whole')?.definition).toMatchObject({ schemas: ['public'] });
    },
  );

  it('are the same for the same schema, whatever the order, the OIDs, the settings and the owner', async () => {
    await database.run(
      `ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE ${database.name} SET DateStyle = 'German';
       ALTER DATABASE ${database.name} SET standard_conforming_strings = off`,
    );
    await database.run(
      `DROP SCHEMA app CASCADE; DROP TABLE "Odd.Name"; DROP EXTENSION hstore; DROP EXTENSION citext; GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
       CREATE TABLE filler (id int); DROP TABLE filler; DROP PUBLICATION IF EXISTS parts; DROP PUBLICATION IF EXISTS whole;`,
    );
    await database.run(DROP_RARITIES);
    await database.run(SAMPLE);
    await database.run(
      'DO $$ BEGIN CREATE ROLE other_owner; EXCEPTION WHEN duplicate_object THEN END $$; ALTER TABLE app.users OWNER TO other_owner',
    );
    const differences = compareSnapshots(first, await take(database));
    expect(differences.filter(({ name }) => name !== 'public')).toEqual([]);
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
    const digests = await Promise.all(servers.map(async (server) => schemaDigest(await snapshotOf(server, SAMPLE))));
    expect(new Set(digests).size).toBe(1);
  });

  it.skipIf(servers.length === 0)('are the same over PGlite', async () => {
    const driver = createEmbeddedDriver({ dataDir: 'memory', templateCacheDir: EMBEDDED_TEMPLATES });
    const apply = driver.withLock((session) => session.executeOutsideTransaction({ sql: SAMPLE }));
    await apply;
    const [server] = servers.slice(-1);
    if (server === undefined) return;
    expect(compareSnapshots(await snapshotOf(server, SAMPLE), await driver.snapshotSchema())).toEqual([]);
    await driver.close();
  });
});
