/**
 * Databases that take no writes: a real streaming standby, and `default_transaction_read_only`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../../tools/postgres/cluster.ts';
import type { Project } from '../support/project.ts';
import { query, runScript, servers } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-table.ts';
import { createFaultyProject, installRig } from './faulty-project.ts';
import { bringTo, expectFinishes, expectOutcome, expectState, openScene, sceneAt } from './scene.ts';

let project: Project;
beforeAll(async () => {
  project = await createFaultyProject();
});
afterAll(() => project.remove());

describe.each(servers)('databases that take no writes, PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    it(`standby: ${FAULTS.standby.fault}`, async () => {
      const { version } = server;
      const primary = await startCluster({ version });
      try {
        await installRig(await primary.createDatabase('shop'));
        await primary.halt('SIGINT');
        const settings = [
          `primary_conninfo='host=127.0.0.1 port=${primary.port} user=postgres'`,
          'wal_retrieve_retry_interval=100ms',
        ];
        const standby = await startCluster({ version, copyOf: primary, standby: true, settings });
        try {
          await primary.start();
          const [there, here] = [sceneAt(primary.url('shop'), project), sceneAt(standby.url('shop'), project)];
          await bringTo(there, project, '1.0.0');
          await until('the standby has the release', async () => {
            const [row] = await query(here.url, "SELECT to_regclass('squizzle.ledger') IS NOT NULL AS made");
            return row?.['made'] === true && (await query(here.url, 'SELECT 1 FROM squizzle.ledger')).length > 0;
          });
          const { message } = expectOutcome('standby', await here.run('apply'));
          expect(message).toMatch(/standby.*primary/);
          for (const args of [['status'], ['plan'], ['history'], ['drift']]) {
            const read = await here.run(...args);
            expect(read.code, read.stderr).toBe(0);
            expect(read.stdout).toContain('1.0.0');
          }
          await expectState(here, ['1.0.0']);
          await primary.halt('SIGQUIT');
          await query(here.url, 'SELECT pg_promote()');
          await expectFinishes(here);
        } finally {
          await standby.stop();
        }
      } finally {
        await primary.stop();
      }
    });

    it.each([
      {
        of: 'database',
        on: 'ALTER DATABASE %d SET default_transaction_read_only = on',
        off: 'ALTER DATABASE %d RESET ALL',
      },
      { of: 'role', on: 'ALTER ROLE %r SET default_transaction_read_only = on', off: 'ALTER ROLE %r RESET ALL' },
    ])(`read-only: ${FAULTS['read-only'].fault}: of the $of`, async ({ on, off }) => {
      const scene = await openScene(server, project);
      const url = new URL(scene.url);
      const [database, role] = [url.pathname.slice(1), `reader_${url.pathname.slice(5, 20)}`];
      await runScript(scene.url, `CREATE ROLE ${role} SUPERUSER LOGIN`);
      url.username = role;
      const asRole = sceneAt(url.href, project);
      const alter = (sql: string) =>
        runScript(scene.url, `BEGIN READ WRITE; ${sql.replace('%d', database).replace('%r', role)}; COMMIT`);
      try {
        await alter(on);
        const { message } = expectOutcome('read-only', await asRole.run('apply'));
        expect(message).toContain('default_transaction_read_only');
        expect((await asRole.run('status')).code).toBe(0);
        await expectState(scene, []);
        await alter(off);
        await expectFinishes(asRole);
      } finally {
        await alter(off);
        await runScript(scene.url, `REASSIGN OWNED BY ${role} TO postgres; DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });
  });
});
