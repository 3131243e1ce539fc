/**
 * What a killed client leaves on the server, and what the next run does about it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient, sessionsOf, type Client } from '../support/client.ts';
import type { Project } from '../support/project.ts';
import { servers } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject, MARKS } from './faulty-project.ts';
import { expectFinishes, expectOutcome, openScene, type Scene } from './scene.ts';
import { expectApplied } from './truth.ts';

/** The server looks every second whether its client is there. */
const NOTICED_MS = 3_000;
/** Beyond that: the time of the next run itself. */
const RUN_MS = 5_000;

let project: Project;
beforeAll(async () => {
  project = await createFaultyProject();
});
afterAll(() => project.remove());

describe.each(servers)('a session that outlives its client on PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    it(`orphan-waited: ${FAULTS['orphan-waited'].fault}`, async () => {
      const scene = await openScene(server, project, { transaction: 'PERFORM pg_sleep(60);' });
      await using client = await openClient(scene.url, 'watcher');
      await orphan(scene, client);
      await changeRig(scene.url);
      const since = performance.now();
      expectOutcome('orphan-waited', await scene.run('apply'));
      expect(performance.now() - since, 'the statement would take a minute').toBeLessThan(NOTICED_MS + RUN_MS);
      await expectApplied(scene.url, MARKS);
    });

    it.each([
      { place: 'transaction', why: 'in a transaction' },
      { place: 'index', why: 'in CREATE INDEX CONCURRENTLY' },
    ] as const)(`orphan-named: ${FAULTS['orphan-named'].fault}, $why`, async ({ place }) => {
      // A server that does not look whether its client is there, as they are elsewhere than on Linux.
      const deaf = "PERFORM set_config('client_connection_check_interval', '0', false);";
      const onlyOnce = place === 'index' ? 'IF i = 1 THEN PERFORM pg_sleep(3); END IF;' : 'PERFORM pg_sleep(4);';
      const scene = await openScene(server, project, { [place]: `${deaf} ${onlyOnce}` });
      await using client = await openClient(scene.url, 'watcher');
      const pid = await orphan(scene, client);
      const failure = expectOutcome('orphan-named', await scene.run('apply', '--wait', '1s'));
      expect(failure.message).toContain(String(pid));
      expect(failure.message).toMatch(/squizzle \d/);
      await changeRig(scene.url);
      await expectFinishes(scene);
    });
  });
});

/** Kills a run while its statement sleeps. @returns the session that it leaves. */
async function orphan(scene: Scene, client: Client): Promise<number> {
  const sleeping = async () => (await sessionsOf(client)).find((session) => session['wait_event'] === 'PgSleep');
  const { child, ended } = scene.start('apply');
  await until('the statement runs', async () => (await sleeping()) !== undefined);
  child.kill('SIGKILL');
  await ended;
  return Number((await sleeping())?.['pid']);
}
