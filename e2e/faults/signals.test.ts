/**
 * Ctrl-C and SIGTERM, wherever a run is.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient, sessionsOf, type Client } from '../support/client.ts';
import type { Project } from '../support/project.ts';
import { newest, runScript, servers } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS, type FaultName } from './fault-table.ts';
import { changeRig, createFaultyProject, MARKS, type Rig } from './faulty-project.ts';
import { expectFinishes, expectOutcome, expectState, openScene, type Scene } from './scene.ts';
import { expectTruth } from './truth.ts';

const SLEEP = 'PERFORM pg_sleep(60);';
/** From the signal to the end of the process. */
const PROMPT_MS = 10_000;

interface Row {
  readonly name: FaultName;
  readonly signal: 'SIGINT' | 'SIGTERM';
  readonly rig: Rig;
  /** Whether the run is where it is to be stopped. */
  readonly isThere: (client: Client) => Promise<boolean>;
  readonly applied: readonly string[];
  readonly exitCode?: number;
}

const isSleeping = async (client: Client): Promise<boolean> =>
  (await sessionsOf(client)).some((session) => session['wait_event'] === 'PgSleep');
const hasTried = async (client: Client): Promise<boolean> =>
  (await client.query('SELECT 1 FROM rig.tries WHERE is_called')).length > 0;

const wasCancelled = async (client: Client): Promise<boolean> =>
  (await client.query('SELECT 1 FROM rig.cancelled WHERE is_called')).length > 0;

const ROWS: readonly Row[] = [
  { name: 'signal-transaction', signal: 'SIGTERM', rig: { transaction: SLEEP }, isThere: isSleeping, applied: [] },
  {
    name: 'signal-transaction',
    signal: 'SIGINT',
    rig: { transaction: SLEEP },
    isThere: isSleeping,
    applied: [],
    exitCode: 130,
  },
  { name: 'signal-concurrently', signal: 'SIGINT', rig: { index: SLEEP }, isThere: isSleeping, applied: ['1.0.0'] },
  {
    name: 'signal-backoff',
    signal: 'SIGTERM',
    // Always fails, so that soon it pauses for longer than it tries.
    rig: { transaction: "PERFORM nextval('rig.tries'); RAISE EXCEPTION 'lost a race' USING ERRCODE = '40001';" },
    isThere: hasTried,
    applied: [],
  },
];

let project: Project;
beforeAll(async () => {
  project = await createFaultyProject();
});
afterAll(() => project.remove());

describe.each(servers)('signals on PostgreSQL $version', (server) => {
  it.skipIf(server.url === null).each(ROWS)('$name by $signal', async (row) => {
    const scene = await openScene(server, project, row.rig);
    await using client = await openClient(scene.url, 'watcher');
    await client.query('CREATE SEQUENCE rig.tries');
    const { child, ended } = scene.start('apply');
    await until('the run is where it is to be stopped', () => row.isThere(client));
    const since = performance.now();
    child.kill(row.signal);
    expectOutcome(row.name, await ended, row.exitCode);
    expect(performance.now() - since).toBeLessThan(PROMPT_MS);
    await expectState(scene, row.applied);
    const { events } = await expectTruth(scene.url, MARKS);
    expect(events.at(-1)).toMatchObject({ event: 'failed', details: { code: 'CANCELLED' } });
    await changeRig(scene.url);
    await expectFinishes(scene);
  });
});

describe.skipIf(newest.url === null)(`signals on PostgreSQL ${newest.version}`, () => {
  it(`signal-waiting: ${FAULTS['signal-waiting'].fault}`, async () => {
    const scene = await openScene(newest, project, { transaction: SLEEP });
    await using client = await openClient(scene.url, 'watcher');
    const first = await startSleeping(scene, client);
    const second = scene.start('apply');
    await until('the second run waits', async () => (await sessionsOf(client)).length >= 2);
    second.child.kill('SIGINT');
    expectOutcome('signal-waiting', await second.ended);
    first.child.kill('SIGTERM');
    await first.ended;
    await expectState(scene, []);
    await changeRig(scene.url);
    await expectFinishes(scene);
  });

  it(`signal-twice: ${FAULTS['signal-twice'].fault}`, async () => {
    // Requests to cancel are caught by the statement itself, and counted.
    const sleep =
      "BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN PERFORM nextval('rig.cancelled'); END;";
    const scene = await openScene(newest, project, { transaction: `FOR try IN 1..100 LOOP ${sleep} END LOOP;` });
    await runScript(scene.url, 'CREATE SEQUENCE rig.cancelled');
    await using client = await openClient(scene.url, 'watcher');
    const { child, ended } = await startSleeping(scene, client);
    child.kill('SIGINT');
    await until('the first signal has been heard', () => wasCancelled(client));
    child.kill('SIGINT');
    const since = performance.now();
    const result = await ended;
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(result.code).toBe(FAULTS['signal-twice'].exitCode);
    await expectState(scene, []);
    await changeRig(scene.url);
    await expectFinishes(scene);
  });
});

async function startSleeping(scene: Scene, client: Client) {
  const running = scene.start('apply');
  await until('the statement runs', () => isSleeping(client));
  return running;
}
