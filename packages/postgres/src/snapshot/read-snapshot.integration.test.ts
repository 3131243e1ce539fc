import { expect, it } from 'vitest';
import { createTestDatabase, describeEachServer, openTestSession } from '../../test/servers.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS } from '../postgres-driver.ts';
import { parseConnectionTarget } from '../connection/connection-target.ts';
import { createOpener } from '../connection/opener.ts';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { readObjects } from './read-objects.ts';
import { readSnapshot } from './read-snapshot.ts';

/** Queries of every family that tables are locked for. */
const QUERIES = Array.from({ length: 8 }, (_, index) => `t${index}`).map(
  (table) => `CREATE TABLE ${table} (id int); CREATE VIEW v_${table} AS SELECT id FROM ${table};
CREATE MATERIALIZED VIEW m_${table} AS SELECT id FROM ${table};
CREATE RULE r AS ON INSERT TO v_${table} DO INSTEAD INSERT INTO ${table} VALUES (NEW.id);
CREATE POLICY p ON ${table} USING (id IN (SELECT id FROM ${table}));
CREATE FUNCTION f_${table}() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM ${table}; END;`,
);
const HELD = `SELECT count(DISTINCT l.relation) AS held FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'public'::regnamespace`;

describeEachServer('reading the schema', (server) => {
  it('gives up on what another transaction has locked, and reads it when that has ended', async () => {
    const database = await createTestDatabase(server);
    await database.run('CREATE TABLE held (id int); CREATE VIEW reads_it AS SELECT id FROM held');
    const holder = await openTestSession(database.url);
    const connection = await createOpener(parseConnectionTarget(database.url), DEFAULT_CONNECT_TIMEOUT_MS)({});
    try {
      await holder.run('BEGIN');
      await holder.run('LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
      const details = { waitMs: 50, holder: null };
      await expect(readSnapshot(connection, 'squizzle', 50)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', details });
      await holder.run('ROLLBACK');
      const { objects } = await readSnapshot(connection, 'squizzle', 50);
      expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toContain('view public.reads_it');
    } finally {
      await connection.close();
      await holder.end();
      await database.drop();
    }
  });

  it('holds few locks at a time, however many tables there are, and reads the same', async () => {
    const database = await createTestDatabase(server);
    await database.run(QUERIES.join('\n'));
    const connection = await createOpener(parseConnectionTarget(database.url), DEFAULT_CONNECT_TIMEOUT_MS)({});
    const held: number[] = [];
    const counting: SqlConnection = {
      ...connection,
      table: async (sql) => {
        const [table, [row]] = await Promise.all([connection.table(sql), connection.query(HELD)]);
        held.push(Number(row?.['held']));
        return table;
      },
    };
    try {
      await connection.send('BEGIN');
      const read = await readObjects(counting, 'squizzle', 4);
      expect(Math.max(...held)).toBeGreaterThan(0);
      expect(Math.max(...held)).toBeLessThan(8);
      expect(read).toEqual(await readObjects(connection, 'squizzle'));
      expect(read.objects.filter(({ kind }) => /view|rule|policy|function/.test(kind))).toHaveLength(
        5 * QUERIES.length,
      );
    } finally {
      await connection.close();
      await database.drop();
    }
  });
});
