/**
 * What an interrupted run left is gone on with only as it was begun, and a ledger that was edited is found out.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Project } from '../support/project.ts';
import { newest, runScript } from '../support/servers.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject } from './faulty-project.ts';
import { bringTo, expectFinishes, expectOutcome, expectState, openScene, sceneAt } from './scene.ts';

const FAIL = "RAISE EXCEPTION 'not now';";

let project: Project;
let other: Project;
beforeAll(async () => {
  project = await createFaultyProject();
  // The same first release, and another one under the number of the second.
  other = await createFaultyProject(' -- other');
});
afterAll(async () => {
  await project.remove();
  await other.remove();
});

describe.skipIf(newest.url === null)(
  `an interrupted run on PostgreSQL ${newest.version} (${newest.missing ?? 'real server'})`,
  () => {
    it(`journal-differs: ${FAULTS['journal-differs'].fault}`, async () => {
      const scene = await openScene(newest, project, { closing: FAIL });
      expect((await scene.run('apply')).code).toBe(6);
      await changeRig(scene.url);
      const checksum = (sql: string) => `UPDATE squizzle.steps SET checksum = ${sql} WHERE segment = 0`;
      await asReplica(
        scene.url,
        `CREATE TABLE rig.kept AS SELECT checksum FROM squizzle.steps WHERE segment = 0; ${checksum("repeat('0', 64)")}`,
      );
      for (const _ of ['the next run', 'and the one after it']) {
        expectOutcome('journal-differs', await scene.run('apply'));
        await expectState(scene, ['1.0.0']);
      }
      await asReplica(scene.url, checksum('(SELECT checksum FROM rig.kept)'));
      await expectFinishes(scene);
    });

    it(`other-artifact: ${FAULTS['other-artifact'].fault}`, async () => {
      const scene = await openScene(newest, project, { closing: FAIL });
      expect((await scene.run('apply')).code).toBe(6);
      await changeRig(scene.url);
      expectOutcome('other-artifact', await sceneAt(scene.url, other).run('apply'));
      await expectState(scene, ['1.0.0']);
      await expectFinishes(scene);
    });

    it(`ledger-edited: ${FAULTS['ledger-edited'].fault}`, async () => {
      const scene = await openScene(newest, project);
      await bringTo(scene, project, '1.0.0');
      await asReplica(scene.url, "UPDATE squizzle.ledger SET actor = 'someone else' WHERE seq = 1");
      const doctor = await scene.run('doctor');
      expect(doctor.code).toBe(FAULTS['ledger-edited'].exitCode);
      expect(doctor.stdout).toMatch(/"seq": 1\b|event 1\b|row 1\b/);
      expectOutcome('ledger-edited', await scene.run('verify', '--ledger'));
      const next = await scene.run('apply');
      expect(next.code).toBe(0);
      expect(JSON.parse(next.stdout)).toMatchObject({ warnings: [{ type: 'ledger-edited', seq: 1 }] });
      expect((await scene.run('doctor')).code).toBe(FAULTS['ledger-edited'].exitCode);
    });
  },
);

/** As a superuser who goes past the triggers. */
function asReplica(url: string, sql: string): Promise<void> {
  return runScript(url, `SET session_replication_role = replica; ${sql}`);
}
