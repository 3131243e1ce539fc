/**
 * The connection breaks after any message of the protocol, in either direction, closed or reset: the code, the ledger and
 * the next run must be right every time. `SQUIZZLE_CUTS=all` plays every single message both ways on every server.
 */
import { env } from 'node:process';
import type { History } from '@squizzle/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionsOf, type Client } from '../support/client.ts';
import { openEngine, type Engine, type Outcome } from '../support/engine.ts';
import { appliedVersions, isWhole, readHistory } from '../support/ledger.ts';
import type { Project } from '../support/project.ts';
import { startProtocolProxy, type Cut, type Direction, type ProtocolProxy } from '../support/protocol-proxy.ts';
import { newest, servers } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject, MARKS } from './faulty-project.ts';
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
import { contradictions, expectApplied, presentRelations } from './truth.ts';

const ALL = env['SQUIZZLE_CUTS'] === 'all';
/** Databases at once. */
const STAGES = 3;
/** Whichever comes first. */
const BROKEN: ReadonlySet<string> = new Set([FAULTS.cut.code, 'DATABASE_UNREACHABLE']);

type Command = 'apply' | 'rollBack';

let project: Project;
let engine: Engine;
beforeAll(async () => {
  project = await createFaultyProject();
  engine = await openEngine(project);
});
afterAll(() => project.remove());

describe.each(servers)('a connection that breaks on PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    // Every step on the newest server, samples on the others and of the way back, which takes the same paths.
    const [up, down] = server === newest ? [1, 5] : [7, 11];
    it.each([
      { name: 'cut', command: 'apply', direction: 'client', step: ALL ? 1 : up },
      { name: 'cut', command: 'apply', direction: 'server', step: ALL ? 1 : up },
      { name: 'cut-rollback', command: 'rollBack', direction: 'client', step: ALL ? 1 : down },
      { name: 'cut-rollback', command: 'rollBack', direction: 'server', step: ALL ? 1 : down },
    ] as const)('$name: after any message of the $direction', async ({ command, direction, step }) => {
      await using stages = await openStages(server, STAGES);
      const [first] = stages.list;
      const types = await messagesOf(command, direction, first as Stage);
      expect(types.length).toBeGreaterThan(50);
      const cuts = cutsIn(types, direction, step);
      const faults: string[] = [];
      let broken = 0;
      await playAll(cuts, stages, async (cut, stage) => {
        const played = await play(command, cut, stage);
        if (played.isBroken) broken += 1;
        faults.push(
          ...played.faults.map((fault) => `${cut.kind} after ${cut.after} (${types[cut.after] ?? 'end'}): ${fault}`),
        );
      });
      expect(faults).toEqual([]);
      expect(broken, 'runs that the cut has broken').toBeGreaterThan(cuts.length / 3);
    });
  });
});

describe.skipIf(newest.url === null)(`a connection that falls silent on PostgreSQL ${newest.version}`, () => {
  it.concurrent.each([
    { when: 'while a statement runs', rig: { transaction: 'PERFORM pg_sleep(60);' }, atOnce: false },
    { when: 'between two statements', rig: {}, atOnce: true },
  ])(`silence: ${FAULTS.silence.fault}, $when`, { timeout: 30_000 }, async ({ rig, atOnce }) => {
    await using stages = await openStages(newest, 1);
    const { url, client } = stages.list[0] as Stage;
    await changeRig(url, rig);
    const proxy = await startProtocolProxy(url);
    const stop = new AbortController();
    const stopInSilence = (): void => {
      proxy.silence();
      stop.abort();
    };
    const onEvent = (): void => (atOnce ? stopInSilence() : undefined);
    const running = engine.apply(proxy.url, { signal: stop.signal, onEvent });
    if (!atOnce) await until('the statement runs', () => isSleeping(client)).then(stopInSilence);
    const { code, exitCode } = await running;
    expect({ code, exitCode }).toEqual({ code: FAULTS.silence.code, exitCode: FAULTS.silence.exitCode });
    // The server has heard nothing: its session lives and holds the lock, and is named.
    const second = await engine.apply(url, { waitMs: 200 });
    expect(second.code).toBe('LOCK_TIMEOUT');
    expect(second.message).toContain('squizzle e2e');
    await proxy.stop();
    await changeRig(url);
    expect(await engine.apply(url)).toMatchObject({ code: null });
    await expectApplied(url, MARKS);
  });
});

const isSleeping = async (client: Client): Promise<boolean> =>
  (await sessionsOf(client)).some((session) => session['wait_event'] === 'PgSleep');

/** Brings a stage to where the command begins. */
async function prepare(command: Command, stage: Stage): Promise<void> {
  await clearStage(stage);
  if (command === 'rollBack') expect(await engine.apply(stage.url)).toMatchObject({ code: null });
}

/** Types of all messages of an undisturbed run. */
async function messagesOf(command: Command, direction: Direction, stage: Stage): Promise<string> {
  await prepare(command, stage);
  const proxy = await startProtocolProxy(stage.url);
  expect(await engine[command](proxy.url)).toMatchObject({ code: null });
  await proxy.stop();
  return proxy.seen(direction);
}

/**
 * Messages after which either side does something: a client's query, sync or goodbye, a server's end of a command. What
 * stands between (parse and bind, reports of settings, rows) changes nothing by itself.
 */
const STEPS: Readonly<Record<Direction, RegExp>> = { client: /[?QESX]/, server: /[RKCZEI]/ };

/** After none, after each `step`th of those messages, and after the last; of a run of one type only its ends. */
function cutsIn(types: string, direction: Direction, step: number): Cut[] {
  const isStep = (after: number): boolean => after === 0 || STEPS[direction].test(types[after - 1] ?? '');
  const isWithin = (after: number): boolean =>
    direction === 'server' && types[after - 1] === types[after] && types[after - 2] === types[after];
  const all = Array.from({ length: types.length + 1 }, (_, after) => after);
  const places = ALL ? all : all.filter((after) => isStep(after) && !isWithin(after));
  const chosen = places.filter((_, index) => index % step === 0);
  return chosen.flatMap((after, index): Cut[] => {
    const [close, reset] = [{ direction, after, kind: 'close' } as const, { direction, after, kind: 'reset' } as const];
    if (ALL) return [close, reset];
    return [index % 2 === 0 ? close : reset];
  });
}

interface Played {
  readonly isBroken: boolean;
  readonly faults: readonly string[];
}

async function play(command: Command, cut: Cut, stage: Stage): Promise<Played> {
  await prepare(command, stage);
  const proxy = await startProtocolProxy(stage.url, cut);
  const outcome = await engine[command](proxy.url);
  await proxy.stop();
  await untilAlone(stage);
  const [history, catalog] = [await readHistory(stage.url), await presentRelations(stage.client.query)];
  const next = await engine[command](stage.url);
  const faults = [
    ...faultsOfRun(command, outcome, proxy, history),
    ...contradictions(history, catalog, MARKS),
    ...(isWhole(history) ? [] : ['the ledger is broken']),
    ...(next.code === null ? [] : [`the next run ended with ${next.code}: ${next.message}`]),
    ...(await faultsAtEnd(command, stage)),
  ];
  return { isBroken: outcome.code !== null, faults };
}

function faultsOfRun(
  command: Command,
  { code, message }: Outcome,
  proxy: ProtocolProxy,
  history: History,
): readonly string[] {
  if (code !== null) return BROKEN.has(code) && proxy.wasCut() ? [] : [`it ended with ${code}: ${message}`];
  const expected = command === 'apply' ? MARKS.length : 0;
  return appliedVersions(history).length === expected ? [] : ['it said that it was done, and the ledger does not'];
}

async function faultsAtEnd(command: Command, stage: Stage): Promise<readonly string[]> {
  const [history, found] = [await readHistory(stage.url), await schemaOf(stage)];
  const [versions, schema] =
    command === 'apply' ? [MARKS.map(({ version }) => version), SCHEMA_AFTER] : [[], SCHEMA_BEFORE];
  return [
    ...(appliedVersions(history).join() === versions.join()
      ? []
      : [`in the end ${appliedVersions(history).join()} are applied`]),
    ...(found === schema ? [] : [`in the end the schema is\n${found}`]),
    ...(isWhole(history) ? [] : ['in the end the ledger is broken']),
  ];
}
