/**
 * A release of more tables than the server can lock at once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../tools/postgres/cluster.ts';
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';
import { query, servers } from '../support/servers.ts';
import { FAULTS } from './fault-table.ts';
import { expectOutcome, sceneAt } from './scene.ts';

/** Each file fits the lock table by itself; all together are far more than it holds. */
const [FILES, TABLES] = [40, 40] as const;
const TIGHT = ['max_locks_per_transaction=10', 'max_connections=10', 'max_worker_processes=2', 'max_wal_senders=2'];

let project: Project;
beforeAll(async () => {
  project = await createProject({ 'squizzle.yaml': configFor('large') });
  const tables = (file: number): string =>
    Array.from({ length: TABLES }, (_, table) => `CREATE TABLE t_${file}_${table} (i int);\n`).join('');
  const files = Object.fromEntries(
    Array.from({ length: FILES }, (_, file) => [`db/migrations/${file}.sql`, tables(file)]),
  );
  await buildReleases(project, [{ version: '1.0.0', files }]);
});
afterAll(() => project.remove());

describe.each(servers)('max_locks_per_transaction on PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await startCluster({ version: server.version, settings: TIGHT });
    });
    afterAll(() => cluster.stop());

    it(`lock-table: ${FAULTS['lock-table'].fault}`, async () => {
      const url = await cluster.createDatabase('shop');
      const scene = sceneAt(url, project);
      const tables = "SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'public'";
      const { message } = expectOutcome('lock-table', await scene.run('apply'));
      expect(message).toContain('max_locks_per_transaction');
      expect(message).toContain('--transaction step');
      expect(message).toMatch(/\d/);
      expect(await query(url, tables)).toEqual([{ count: 0 }]);
      const result = await scene.run('apply', '--transaction', 'step');
      expect(result.code, result.stderr).toBe(0);
      expect(await query(url, tables)).toEqual([{ count: FILES * TABLES }]);
    });
  });
});
