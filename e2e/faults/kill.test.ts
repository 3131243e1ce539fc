/**
 * kill -9 at random moments, spread over the whole of a run: the ledger must be true, and the next run must finish.
 * `SQUIZZLE_KILLS` says how many (200 unless told).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { env, execPath, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { unfinishedRelease, type History } from '@squizzle/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Engine } from '../support/engine.ts';
import { appliedVersions } from '../support/ledger.ts';
import type { Project } from '../support/project.ts';
import { newest, servers } from '../support/servers.ts';
import { FAULTS } from './fault-table.ts';
import { createFaultyProject, MARKS } from './faulty-project.ts';
import { expectFinishes, expectState, openScene, sceneAt } from './scene.ts';
import {
  clearStage,
  openStages,
  playAll,
  SCHEMA_AFTER,
  SCHEMA_BEFORE,
  schemaOf,
  untilAlone,
  type Stage,
} from './stage.ts';
import { expectApplied, expectTruth } from './truth.ts';

const KILLS = Number(env['SQUIZZLE_KILLS'] ?? 200);
const KILLS_OF_COMMAND = 6;
const MOST_ROUNDS = 4;
/** Runs at once. */
const STAGES = 4;
const WORKER = resolve(import.meta.dirname, 'kill-worker.mjs');
/** So that every phase lasts long enough to be hit. */
const RIG = {
  transaction: 'PERFORM pg_sleep(0.02);',
  index: 'PERFORM pg_sleep(0.004);',
  closing: 'PERFORM pg_sleep(0.02);',
  rollback: 'PERFORM pg_sleep(0.02);',
};

type Command = 'apply' | 'rollback';

let project: Project;
let engine: Engine;
beforeAll(async () => {
  project = await createFaultyProject();
  engine = await openEngine(project);
});
afterAll(() => project.remove());

describe.each(servers)('kill -9 on PostgreSQL $version', (server) => {
  const share = server === newest ? { apply: 0.8, rollback: 0.1 } : { apply: 0.1, rollback: 0 };
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    it(`killed: ${FAULTS.killed.fault}`, async () => {
      await using stages = await openStages(server, STAGES, RIG);
      const count = Math.round(KILLS * share.apply);
      const phases = new Map<Phase, number>();
      await playAll(momentsOf(count, await measure('apply', stages.list)), stages, async (delayMs, stage) => {
        const history = await kill('apply', delayMs, stage);
        phases.set(phaseOf(history), (phases.get(phaseOf(history)) ?? 0) + 1);
        expect(await engine.apply(stage.url)).toMatchObject({ code: null });
        await expectApplied(stage.url, MARKS, `killed after ${delayMs} ms`, stage.client.query);
        expect(await schemaOf(stage)).toBe(SCHEMA_AFTER);
      });
      const hits = PHASES.map((phase) => `${phases.get(phase) ?? 0} ${phase}`).join(', ');
      stdout.write(`PostgreSQL ${server.version}: ${count} kills: ${hits}\n`);
      if (count >= 100)
        expect(
          PHASES.filter((phase) => (phases.get(phase) ?? 0) < count / 50),
          hits,
        ).toEqual([]);
    });

    if (share.rollback === 0) return;
    it(`killed-rollback: ${FAULTS['killed-rollback'].fault}`, async () => {
      await using stages = await openStages(server, STAGES, RIG);
      const count = Math.round(KILLS * share.rollback);
      const fullMs = await measure('rollback', stages.list);
      const left = new Set<number>();
      // Chance may leave one of the three out: then as many more are played.
      for (let round = 0; round < MOST_ROUNDS && left.size < 3; round++) {
        await playAll(momentsOf(count, fullMs), stages, async (delayMs, stage) => {
          left.add(appliedVersions(await kill('rollback', delayMs, stage)).length);
          expect(await engine.rollBack(stage.url)).toMatchObject({ code: null });
          expect(appliedVersions(await expectTruth(stage.url, MARKS, '', stage.client.query))).toEqual([]);
          expect(await schemaOf(stage)).toBe(SCHEMA_BEFORE);
        });
      }
      expect([...left].sort(), 'releases left by a kill: all, some, none').toEqual([0, 1, 2]);
    });
  });
});

describe.skipIf(newest.url === null)(`kill -9 of the command on PostgreSQL ${newest.version}`, () => {
  it('leaves a true ledger and a database that the next apply finishes', async () => {
    const { url } = await openScene(newest, project, RIG);
    const since = performance.now();
    await expectFinishes(sceneAt(url, project));
    const fullMs = performance.now() - since;
    for (const delayMs of momentsOf(KILLS_OF_COMMAND, fullMs)) {
      const scene = await openScene(newest, project, RIG);
      const { child, ended } = scene.start('apply');
      await pause(delayMs ?? fullMs);
      child.kill('SIGKILL');
      await ended;
      await expectState(scene, appliedVersions(await expectTruth(scene.url, MARKS)));
      await expectFinishes(scene);
    }
  });
});

/**
 * One random moment in each of as many slices of the run, so that its begin is hit as well as its end; every tenth is
 * after the end (`null`), however long the run takes on a busy machine.
 */
function momentsOf(count: number, fullMs: number): readonly (number | null)[] {
  const moment = (index: number): number => Math.round(((index + Math.random()) / count) * fullMs);
  return Array.from({ length: count }, (_, index) => (index % 10 === 9 ? null : moment(index)));
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Milliseconds that a run takes while as many others are under way. */
async function measure(command: Command, stages: readonly Stage[]): Promise<number> {
  const times = await Promise.all(
    stages.map(async (stage) => {
      await prepare(command, stage);
      const worker = await startWorker();
      const since = performance.now();
      worker.begin(command, stage.url);
      await worker.done;
      worker.child.kill('SIGKILL');
      return performance.now() - since;
    }),
  );
  return Math.max(...times);
}

async function prepare(command: Command, stage: Stage): Promise<void> {
  await clearStage(stage);
  if (command === 'rollback') expect(await engine.apply(stage.url)).toMatchObject({ code: null });
}

/** @returns the ledger that it leaves, which is true. */
async function kill(command: Command, delayMs: number | null, stage: Stage): Promise<History> {
  const worker = await startWorker();
  await prepare(command, stage);
  worker.begin(command, stage.url);
  await (delayMs === null ? worker.done : pause(delayMs));
  worker.child.kill('SIGKILL');
  await worker.ended;
  await untilAlone(stage);
  return expectTruth(stage.url, MARKS, `killed after ${delayMs} ms`, stage.client.query);
}

interface Worker {
  readonly child: ChildProcess;
  begin(command: Command, url: string): void;
  readonly done: Promise<void>;
  readonly ended: Promise<void>;
}

async function startWorker(): Promise<Worker> {
  const store = join(project.folder, '.squizzle/store');
  const child = spawn(execPath, [WORKER, store], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined); // it was killed
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const lines = createInterface({ input: child.stdout });
  const said = (word: string): Promise<void> =>
    new Promise((done) => lines.on('line', (line) => (line === word ? done() : undefined)));
  const [ready, done] = [said('ready'), said('done')];
  await ready;
  return { child, begin: (command, url) => child.stdin.write(`${command} ${url}\n`), done, ended };
}

const PHASES = ['before the lock', 'in a transaction', 'in CONCURRENTLY', 'after the end'] as const;
type Phase = (typeof PHASES)[number];

/** Where the ledger says that the run has been. */
function phaseOf(history: History): Phase {
  if (!history.initialized) return 'before the lock';
  if (appliedVersions(history).length === MARKS.length) return 'after the end';
  const isAlone = unfinishedRelease(history)?.journal.some(({ state }) => state === 'started') === true;
  return isAlone ? 'in CONCURRENTLY' : 'in a transaction';
}
