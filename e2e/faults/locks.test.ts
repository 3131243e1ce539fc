/**
 * Locks that others hold, deadlocks and lost races: what is tried again, and how little the application feels of it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepAsking, openClient } from '../support/client.ts';
import { openEngine, type Engine } from '../support/engine.ts';
import type { Project } from '../support/project.ts';
import { query, runScript, servers } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject, MARKS } from './faulty-project.ts';
import { bringTo, expectFinishes, expectOutcome, expectState, openScene } from './scene.ts';
import { expectApplied, expectTruth } from './truth.ts';

const LOCK_TIMEOUT_MS = 500;
/** Beyond lock_timeout: what a busy machine takes to cancel a statement and answer the one behind it. */
const SLACK_MS = 1_000;
const WAITING_FOR_ORDERS =
  "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE relation = 'rig.orders'::regclass AND NOT granted AND application_name LIKE 'squizzle%'";

let project: Project;
let engine: Engine;
beforeAll(async () => {
  project = await createFaultyProject();
  engine = await openEngine(project);
});
afterAll(() => project.remove());

describe.each(servers)('locks on PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    it.each([
      { name: 'lock-released', args: ['apply'], from: null, to: '1.1.0' },
      { name: 'rollback-locked', args: ['rollback', '--all'], from: '1.1.0', to: null },
    ] as const)(`$name: ${FAULTS['lock-released'].fault}`, async ({ name, args, from, to }) => {
      const scene = await openScene(server, project);
      if (from !== null) await bringTo(scene, project, from);
      await using holder = await openClient(scene.url, 'reporting');
      await using application = await openClient(scene.url);
      await holder.query('BEGIN; SELECT * FROM rig.orders');
      const reading = keepAsking(application, 'SELECT count(*) FROM rig.orders');
      const running = scene.start(...args, '--lock-timeout', `${LOCK_TIMEOUT_MS}ms`);
      await untilTries(scene.url, 2);
      await holder.query('COMMIT');
      expectOutcome(name, await running.ended);
      const { longestMs, count } = await reading.stop();
      expect(count).toBeGreaterThan(10);
      expect(longestMs, 'it was queued behind the migration').toBeGreaterThan(LOCK_TIMEOUT_MS / 2);
      expect(longestMs).toBeLessThan(LOCK_TIMEOUT_MS + SLACK_MS);
      await expectState(scene, to === null ? [] : ['1.0.0', '1.1.0']);
      await expectFinishes(scene);
    });

    it.each(['ACCESS SHARE', 'ACCESS EXCLUSIVE'])(`lock-kept: ${FAULTS['lock-kept'].fault} (%s)`, async (mode) => {
      const scene = await openScene(server, project);
      await using holder = await openClient(scene.url, 'reporting');
      await holder.query(`BEGIN; LOCK TABLE rig.orders IN ${mode} MODE`);
      const failed = await engine.apply(scene.url, { lockTimeoutMs: 800, retry: { attempts: 2, totalMs: 10_000 } });
      expect(failed.code).toBe(FAULTS['lock-kept'].code);
      expect(failed.exitCode).toBe(FAULTS['lock-kept'].exitCode);
      expect(failed.events.filter(({ type }) => type === 'retrying')).toHaveLength(1);
      await expectState(scene, []);
      const words = `${failed.message}\n${JSON.stringify(failed.events)}`;
      expect(words, 'the holder is named').toContain(String(holder.pid));
      expect(words).toContain('reporting');
      await holder.query('COMMIT');
      await expectFinishes(scene);
    });

    it(`deadlock: ${FAULTS.deadlock.fault}`, async () => {
      // While the application plays (it holds advisory lock 42), hold on to its table until it waits for that: so the
      // migration is the last to wait, and it is the migration's check that finds the deadlock.
      const untilApplicationWaits = `
        WHILE EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND granted)
          AND NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'rig.prices'::regclass AND NOT granted) LOOP
          LOCK TABLE rig.prices; PERFORM pg_sleep(0.01);
        END LOOP; PERFORM nextval('rig.tries');`;
      const scene = await openScene(server, project, { transaction: untilApplicationWaits });
      await runScript(scene.url, 'CREATE TABLE rig.prices (id int); CREATE SEQUENCE rig.tries');
      await using application = await openClient(scene.url);
      await application.query("SET deadlock_timeout = '60s'");
      await application.query('SELECT pg_advisory_lock(42)');
      await application.query('BEGIN; LOCK TABLE rig.orders');
      const running = scene.start('apply', '--lock-timeout', '20s');
      await until('the migration has its first table', async () => {
        const held = "SELECT 1 FROM pg_locks WHERE relation = 'rig.prices'::regclass AND granted";
        return (await query(scene.url, held)).length > 0;
      });
      await application.query('LOCK TABLE rig.prices');
      await application.query('COMMIT');
      await application.query('SELECT pg_advisory_unlock(42)');
      expectOutcome('deadlock', await running.ended);
      expect(await tries(scene.url)).toBe(2);
      await expectApplied(scene.url, MARKS);
    });

    it.each([
      { place: 'transaction', why: 'in a transaction' },
      { place: 'closing', why: 'after segments that are done' },
    ] as const)(`serialization: ${FAULTS.serialization.fault} ($why)`, async ({ place }) => {
      const failTwice = `IF nextval('rig.tries') < 3 THEN RAISE EXCEPTION 'lost a race' USING ERRCODE = '40001'; END IF;`;
      const scene = await openScene(server, project, { [place]: failTwice });
      await query(scene.url, 'CREATE SEQUENCE rig.tries');
      expectOutcome('serialization', await scene.run('apply'));
      expect(await tries(scene.url)).toBe(3);
      const history = await expectTruth(scene.url, MARKS);
      expect(history.events.map(({ event }) => event)).toEqual(['applied', 'started', 'applied']);
      await changeRig(scene.url);
      await expectFinishes(scene);
    });
  });
});

/** A sequence counts what is rolled back, too. */
async function tries(url: string): Promise<number> {
  const [row] = await query(url, 'SELECT last_value::int AS count FROM rig.tries');
  return Number(row?.['count']);
}

/** Waits until the run has been seen waiting for the table this often, with a pause between. */
async function untilTries(url: string, times: number): Promise<void> {
  await using watcher = await openClient(url, 'watcher');
  const isWaiting = async (): Promise<boolean> => (await watcher.query(WAITING_FOR_ORDERS)).length > 0;
  for (let count = 0; count < times; count += 1) {
    await until('the run waits for the table', isWaiting);
    if (count < times - 1) await until('it has given up', async () => !(await isWaiting()));
  }
}
