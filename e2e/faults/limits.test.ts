/**
 * Statements that the server ends or refuses: time limits, duplicates under a unique index, invalid indexes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';
import { query, runScript, servers } from '../support/servers.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject } from './faulty-project.ts';
import { bringTo, expectFinishes, expectOutcome, expectState, openScene } from './scene.ts';

const SLEEP = 'PERFORM pg_sleep(60);';

let project: Project;
let withDirective: Project;
beforeAll(async () => {
  project = await createFaultyProject();
  withDirective = await createProject({ 'squizzle.yaml': configFor('limited') });
  const sql = '-- squizzle: statement_timeout=200ms\nCREATE TABLE e (i int);\nSELECT rig.transaction();\n';
  await buildReleases(withDirective, [{ version: '1.0.0', files: { 'db/migrations/1.sql': sql } }]);
});
afterAll(async () => {
  await project.remove();
  await withDirective.remove();
});

describe.each(servers)('limits on PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    it.each([
      { name: 'timeout-transaction', rig: { transaction: SLEEP }, applied: [] },
      { name: 'timeout-segmented', rig: { index: SLEEP }, applied: ['1.0.0'] },
      { name: 'timeout-segmented', rig: { closing: SLEEP }, applied: ['1.0.0'] },
    ] as const)('$name: $rig', async ({ name, rig, applied }) => {
      const scene = await openScene(server, project, rig);
      const failure = expectOutcome(name, await scene.run('apply', '--statement-timeout', '300ms'));
      expect(failure.details['sqlState']).toBe('57014');
      await expectState(scene, applied);
      await changeRig(scene.url);
      await expectFinishes(scene);
    });

    it(`timeout-directive: ${FAULTS['timeout-directive'].fault}`, async () => {
      const scene = await openScene(server, withDirective, { transaction: SLEEP });
      const { details } = expectOutcome('timeout-directive', await scene.run('apply'));
      expect(details).toMatchObject({ sqlState: '57014', line: 3 });
      expect(await query(scene.url, "SELECT 1 FROM pg_class WHERE relname = 'e'")).toEqual([]);
      await changeRig(scene.url);
      expect((await scene.run('apply')).code).toBe(0);
    });

    it(`unique-violation: ${FAULTS['unique-violation'].fault}`, async () => {
      const scene = await openScene(server, project, { index: 'i := i % 2;' });
      const { details } = expectOutcome('unique-violation', await scene.run('apply'));
      expect(details).toMatchObject({ path: 'migrations/3.sql', line: 2, sqlState: '23505' });
      await expectState(scene, ['1.0.0']);
      expect(await query(scene.url, "SELECT 1 FROM pg_class WHERE relname = 'c_x'")).toEqual([]);
      expectOutcome('unique-violation', await scene.run('apply'));
      await expectState(scene, ['1.0.0']);
      await changeRig(scene.url);
      await expectFinishes(scene);
    });

    it(`invalid-index: ${FAULTS['invalid-index'].fault}`, async () => {
      const lenient = await createProject({ 'squizzle.yaml': configFor('lenient') });
      try {
        const sql = 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_id ON rig.orders (id);\n';
        await buildReleases(lenient, [{ version: '1.0.0', files: { 'db/migrations/1.sql': sql } }]);
        const scene = await openScene(server, lenient);
        await runScript(scene.url, 'INSERT INTO rig.orders VALUES (1)');
        const build = runScript(scene.url, 'CREATE UNIQUE INDEX CONCURRENTLY orders_id ON rig.orders (id)');
        await expect(build).rejects.toMatchObject({ code: '23505' });
        expectOutcome('invalid-index', await scene.run('apply'));
        await runScript(scene.url, 'DELETE FROM rig.orders');
        expectOutcome('invalid-index', await scene.run('apply'));
        await runScript(scene.url, 'DROP INDEX rig.orders_id');
        expect((await scene.run('apply')).code).toBe(0);
        expect(
          await query(scene.url, 'SELECT indisvalid FROM pg_index WHERE indisunique AND indrelid = $1::regclass', [
            'rig.orders',
          ]),
        ).toEqual([{ indisvalid: true }]);
      } finally {
        await lenient.remove();
      }
    });

    it(`rollback-failed: ${FAULTS['rollback-failed'].fault}`, async () => {
      const scene = await openScene(server, project, { rollback: "RAISE EXCEPTION 'not now';" });
      await bringTo(scene, project, '1.1.0');
      expectOutcome('rollback-failed', await scene.run('rollback', '--all'));
      await expectState(scene, ['1.0.0']);
      await changeRig(scene.url);
      expect((await scene.run('rollback', '--all')).code).toBe(0);
      await expectState(scene, []);
      await expectFinishes(scene);
    });
  });
});
