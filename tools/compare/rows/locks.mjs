/**
 * Faults between a migration and other sessions: locks of an application, deadlocks, other runners.
 */
import { setTimeout } from 'node:timers/promises';
import { openProject } from '../project.mjs';
import { exitOf, factOf, finding, seconds } from '../verdict.mjs';
import { base, counting, longestQuery, mustSucceed, openApplied, runAgain, untilRuns } from './scenario.mjs';

const HELD_MS = 10_000;
/** Less than this and the wait had a bound of the tool's own. */
const BOUNDED_MS = HELD_MS * 0.6;
const alter = { id: 2, name: 'alter', statements: ['ALTER TABLE orders ADD COLUMN note text'] };
const hasNote = async (project) =>
  (await project.query("SELECT 1 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'"))
    .length === 1;

async function holdOrders(project) {
  const reader = await project.connect();
  await reader.query('BEGIN; SELECT * FROM orders');
  return { release: () => reader.query('COMMIT') };
}

const lockHeld = {
  id: 'lock-held',
  title: 'a lock is held on the table to be altered',
  what: `A session that has read \`orders\` stays in its transaction for ${seconds(HELD_MS)}; the migration is \`ALTER TABLE orders ADD COLUMN\`; meanwhile an application reads \`orders\` in a loop.`,
  async run(world, tool) {
    const project = await openApplied(world, tool);
    mustSucceed(await project.layOut([base, alter]));
    const held = await holdOrders(project);
    const application = await project.connect();
    const running = project.start();
    await untilRuns(project, running, '%ALTER%');
    let isOver = false;
    const reading = longestQuery(application, 'SELECT count(*) FROM orders', () => isOver);
    await setTimeout(HELD_MS);
    const endedItself = running.hasEnded();
    await held.release();
    const outcome = await running.within(HELD_MS);
    isOver = true;
    const longestMs = Math.round(await reading);
    const facts = {
      longestMs,
      endedItself,
      first: factOf(outcome),
      applied: await hasNote(project),
      recorded: await project.recorded(),
    };
    const seen = `a SELECT waited ${seconds(longestMs)}; ${exitOf(outcome)} once the lock was free`;
    if (outcome.exit === null) return finding('hangs', seen, facts);
    if (longestMs > BOUNDED_MS) return finding('waits', seen, facts);
    return finding(outcome.exit === 0 && facts.applied ? 'safe' : 'run again', seen, facts);
  },
};

const lockTimeout = {
  id: 'lock-timeout',
  title: 'the same, with lock_timeout=1s in the connection URL',
  what: 'As before, for 5 s, and every tool is given `?options=-c lock_timeout=1s` in its `DATABASE_URL`: the remedy that is open to all.',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    mustSucceed(await project.layOut([base, alter]));
    const held = await holdOrders(project);
    const url = `${project.url}?options=${encodeURIComponent('-c lock_timeout=1s')}`;
    const running = project.start({ url });
    await untilRuns(project, running, '%ALTER%');
    const releasing = setTimeout(5_000).then(held.release);
    const outcome = await running.within(HELD_MS);
    await releasing;
    const second = await project.apply({ url });
    const facts = { first: factOf(outcome), second: factOf(second), applied: await hasNote(project) };
    if (!facts.applied || second.exit !== 0) return finding('manual work', `second run: ${exitOf(second)}`, facts);
    if (outcome.exit === 0) return finding('safe', `exit 0 once the lock was free`, facts);
    return finding(
      'run again',
      `${exitOf(outcome)} after ${seconds(outcome.ms)}, second run: ${exitOf(second)}`,
      facts,
    );
  },
};

const deadlock = {
  id: 'deadlock',
  title: 'deadlock with an application',
  what: 'The migration locks `counter`, then `orders`; an application holds `orders` and then wants `counter`. PostgreSQL ends the migration (40P01), because it finds the deadlock first.',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    const crossing = {
      id: 2,
      name: 'crossing',
      statements: [
        'ALTER TABLE counter ADD COLUMN a int',
        'CREATE TABLE first_half ()',
        'SELECT pg_sleep(1)',
        'ALTER TABLE orders ADD COLUMN b int',
        'CREATE TABLE second_half ()',
      ],
    };
    mustSucceed(await project.layOut([base, crossing, counting(3)]));
    const application = await project.connect();
    await application.query("SET deadlock_timeout = '1min'");
    await application.query('BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE');
    const running = project.start();
    await untilRuns(project, running, '%pg_sleep%', ({ wait_event: event }) => event === 'PgSleep');
    const blocked = application.query('LOCK TABLE counter IN ROW EXCLUSIVE MODE').then(
      () => 'went on',
      (error) => error.code,
    );
    const victim = await Promise.race([blocked, setTimeout(8_000, 'still waits')]);
    await application.query('COMMIT').catch(() => undefined);
    const outcome = await running.within(15_000);
    return runAgain(project, outcome, { before: { application: victim } });
  },
};

/** Together they see whether all end well, and whether the work was done once. */
async function race(project, runners, flags) {
  const outcomes = await Promise.all(Array.from({ length: runners }, () => project.apply({ flags })));
  const exits = outcomes.map(({ exit }) => exit);
  const [row] = await project.query(
    "SELECT CASE WHEN to_regclass('counter') IS NULL THEN NULL ELSE (xpath('/row/n/text()', query_to_xml('SELECT n FROM counter', false, true, '')))[1]::text::int END AS n",
  );
  const failed = outcomes.find(({ exit }) => exit !== 0);
  return {
    ok: exits.filter((exit) => exit === 0).length,
    runners,
    counted: row.n,
    recorded: await project.recorded(),
    ...(failed && { failed: factOf(failed) }),
  };
}

function judgeRaces(races) {
  const seen = races
    .map(({ ok, runners, counted }) => `${ok} of ${runners} end with 0, done ${counted ?? 0} ×`)
    .join('; ');
  const facts = { races };
  if (races.some(({ counted, recorded }) => counted > 1 || recorded.length > new Set(recorded).size))
    return finding('wrong', seen, facts);
  if (races.every(({ ok, runners, counted }) => ok === runners && counted === 1)) return finding('safe', seen, facts);
  return finding(races.every(({ counted }) => counted === 1) ? 'run again' : 'manual work', seen, facts);
}

const RUNNERS = [4, 8];
const runnersEmpty = {
  id: 'runners-empty',
  title: '4 and 8 runners at once, empty database',
  what: 'Four runners start at the same moment, then eight on another empty database: two files, the second of which adds 1 to a counter. node-pg-migrate runs with `--advisory-lock-mode wait`, which makes its runners wait for each other.',
  alone: true,
  async run(world, tool) {
    const races = [];
    for (const runners of RUNNERS) {
      const project = await openProject(world, tool);
      mustSucceed(
        await project.layOut([base, { ...counting(3), statements: [...counting(3).statements, 'SELECT pg_sleep(1)'] }]),
      );
      races.push(await race(project, runners, tool.waiting));
      await project.close();
    }
    return judgeRaces(races);
  },
};

const runnersPending = {
  id: 'runners-pending',
  title: '4 and 8 runners at once, one file is pending',
  what: 'As before, but the first file is applied already: what every deployment of an application with several replicas does.',
  alone: true,
  async run(world, tool) {
    const races = [];
    for (const runners of RUNNERS) {
      const project = await openApplied(world, tool);
      mustSucceed(
        await project.layOut([base, { ...counting(3), statements: [...counting(3).statements, 'SELECT pg_sleep(1)'] }]),
      );
      races.push(await race(project, runners, tool.waiting));
      await project.close();
    }
    return judgeRaces(races);
  },
};

export const lockRows = [lockHeld, lockTimeout, deadlock, runnersEmpty, runnersPending];
