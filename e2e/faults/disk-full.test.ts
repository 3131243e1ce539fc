/**
 * The server runs out of room: in a tablespace, which fails a statement, and for its log, which stops the server.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../../tools/postgres/cluster.ts';
import type { Project } from '../support/project.ts';
import { newest, query, runScript, servers } from '../support/servers.ts';
import { mountFault, mountSmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject, installRig } from './faulty-project.ts';
import { expectFinishes, expectOutcome, expectState, openScene, sceneAt } from './scene.ts';

const REASON = mountFault === null ? 'tmpfs' : `skipped, nothing can be mounted here: ${mountFault}`;
/** More than the small disk holds. */
const FILL = 'INSERT INTO rig.filler SELECT repeat(md5(g::text), 30) FROM generate_series(1, 12000) AS g;';

let project: Project;
beforeAll(async () => {
  project = await createFaultyProject();
});
afterAll(() => project.remove());

describe.skipIf(mountFault !== null)(`disk full (${REASON})`, () => {
  describe.each(servers)('on PostgreSQL $version', (server) => {
    it.skipIf(server.url === null).each([
      { place: 'transaction', applied: [] },
      { place: 'closing', applied: ['1.0.0'] },
    ] as const)(`tablespace-full: ${FAULTS['tablespace-full'].fault}, $place`, async ({ place, applied }) => {
      await using disk = await mountSmallDisk('8m');
      const scene = await openScene(server, project, { [place]: FILL });
      const tablespace = `small_${new URL(scene.url).pathname.slice(1)}`;
      await query(scene.url, `CREATE TABLESPACE ${tablespace} LOCATION '${disk.folder}'`);
      try {
        await query(scene.url, `CREATE TABLE rig.filler (t text) TABLESPACE ${tablespace}`);
        const { details } = expectOutcome('tablespace-full', await scene.run('apply'));
        expect(details['sqlState']).toBe('53100');
        await expectState(scene, applied);
        disk.resize('64m');
        await expectFinishes(scene);
      } finally {
        await runScript(scene.url, `DROP TABLE IF EXISTS rig.filler; DROP TABLESPACE ${tablespace}`).catch(() =>
          runScript(scene.url, 'DROP TABLE IF EXISTS rig.filler'),
        );
      }
    });
  });

  it.skipIf(newest.url === null)(`wal-full: ${FAULTS['wal-full'].fault}`, async () => {
    await using disk = await mountSmallDisk('100m');
    const settings = ['max_wal_size=32MB', 'min_wal_size=32MB', 'autovacuum=off'];
    const cluster = await startCluster({ version: newest.version, parent: disk.folder, settings });
    try {
      const url = await cluster.createDatabase('shop');
      // Each round begins another file of the log, of 16 MB.
      const fillLog = "FOR n IN 1..30 LOOP PERFORM pg_switch_wal(); INSERT INTO rig.filler VALUES ('x'); END LOOP;";
      await installRig(url, { transaction: fillLog });
      await query(url, 'CREATE TABLE rig.filler (t text)');
      disk.resize('62m');
      const scene = sceneAt(url, project);
      expectOutcome('wal-full', await scene.run('apply'));
      disk.resize('400m');
      await cluster.halt('SIGQUIT');
      await cluster.start();
      await until('the server answers', () =>
        query(url, 'SELECT 1').then(
          () => true,
          () => false,
        ),
      );
      await expectState(scene, []);
      await changeRig(url);
      await expectFinishes(scene);
    } finally {
      await cluster.halt('SIGQUIT');
      await cluster.stop();
    }
  });
});
