/**
 * Faults that end a run in its middle: its process, its connection, the server.
 */
import { kill } from 'node:process';
import { untilAlone } from '../project.mjs';
import { openProxy } from '../proxy.mjs';
import { exitOf, factOf, finding, notOutside, reasonOf, refusedInTransaction, seconds } from '../verdict.mjs';
import {
  base,
  counting,
  isComplete,
  mustSucceed,
  openApplied,
  readState,
  runAgain,
  slow,
  untilRuns,
  untilSleeps,
} from './scenario.mjs';

const SLEEP_SECONDS = 3;
const inTransaction = [base, slow(SLEEP_SECONDS), counting(3)];

/** A run that has come to the middle of the second file. */
async function openInMiddle(world, tool, files = inTransaction, options = {}) {
  const project = await openApplied(world, tool);
  mustSucceed(await project.layOut(files));
  const running = project.start(await options.toStart?.(project));
  const [session] = (await untilSleeps(project, running)) ?? [];
  if (session === undefined) throw new Error(`it ended too early: ${(await running.within(1000)).output}`);
  return { project, running, pid: session.pid };
}

const killed = {
  id: 'kill-transaction',
  title: 'kill -9 in mid-migration, run again at once',
  what: `Three files, the second with \`CREATE TABLE\`, ${SLEEP_SECONDS} s of work, \`CREATE TABLE\`. The tool is killed in that work and started again at once; the server does not notice yet and goes on.`,
  async run(world, tool) {
    const { project, running } = await openInMiddle(world, tool);
    running.kill('SIGKILL');
    const first = await running.within(2000);
    return runAgain(project, first, { wasKilled: true });
  },
};

const STOPPED_MS = 2000;
const WORK_SECONDS = 8;
const terminated = {
  id: 'sigterm',
  title: 'SIGTERM in mid-migration',
  what: `As before with ${WORK_SECONDS} s of work: what a deployment does that runs out of time. How long does the server go on working (more than 2 s is not safe), and what is the exit code?`,
  async run(world, tool) {
    const { project, running } = await openInMiddle(world, tool, [base, slow(WORK_SECONDS), counting(3)]);
    const began = performance.now();
    running.kill('SIGTERM');
    const first = await running.within(WORK_SECONDS * 2000);
    const endedMs = performance.now() - began;
    await untilAlone(project);
    const serverMs = performance.now() - began;
    const after = await readState(project);
    const second = await project.apply();
    const state = await readState(project);
    const facts = {
      first: factOf(first),
      endedMs: Math.round(endedMs),
      serverMs: Math.round(serverMs),
      after,
      second: factOf(second),
      state,
    };
    const seen = `${exitOf(first)} after ${seconds(endedMs)}, the server worked on for ${seconds(serverMs)}; second run: ${exitOf(second)}`;
    if (!after.agrees || second.exit !== 0 || !isComplete(state)) return finding('manual work', seen, facts);
    return finding(serverMs < STOPPED_MS ? 'safe' : 'run again', seen, facts);
  },
};

const backendEnded = {
  id: 'backend-terminated',
  title: 'the server ends the connection',
  what: '`pg_terminate_backend` of the tool’s session in mid-migration.',
  async run(world, tool) {
    const { project, running, pid } = await openInMiddle(world, tool);
    await project.query(`SELECT pg_terminate_backend(${pid})`);
    return runAgain(project, await running.within(10_000));
  },
};

const cut = {
  id: 'connection-cut',
  title: 'the network cuts the connection',
  what: 'The tool is connected through a proxy, which drops the connection in mid-migration on both sides.',
  async run(world, tool) {
    const proxy = await openProxy(world.port);
    try {
      const toStart = (project) => ({ url: project.url.replace(`:${world.port}/`, `:${proxy.port}/`) });
      const { project, running } = await openInMiddle(world, tool, inTransaction, { toStart });
      proxy.cut();
      return await runAgain(project, await running.within(10_000));
    } finally {
      proxy.close();
    }
  },
};

const crash = {
  id: 'server-crash',
  title: 'the server crashes and comes back',
  what: 'One of the server’s processes is killed with -9 in mid-migration: PostgreSQL ends all sessions, recovers, and takes connections again.',
  alone: true,
  async run(world, tool) {
    const { project, running, pid } = await openInMiddle(world, tool);
    kill(pid, 'SIGKILL');
    return runAgain(project, await running.within(10_000));
  },
};

const index = (text) => ({ id: 2, name: 'index', outside: true, statements: [text] });

/** A run in `CREATE INDEX CONCURRENTLY`, which waits for a session that writes to the table. */
async function openInIndex(world, tool, text) {
  const project = await openApplied(world, tool);
  mustSucceed(await project.layOut([base, index(text), counting(3)]));
  const writer = await project.connect();
  await writer.query('BEGIN; INSERT INTO orders VALUES (1, 1)');
  const running = project.start();
  const waits = ({ wait_event_type: type }) => type === 'Lock';
  const [session] = (await untilRuns(project, running, '%CREATE INDEX CONCURRENTLY%', waits)) ?? [];
  return { project, running, writer, pid: session?.pid };
}

async function readIndex(project) {
  const [row] = await project.query(
    `SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('orders_v')) AS valid, (SELECT n FROM counter) AS n`,
  );
  return {
    index: row.valid === null ? 'missing' : row.valid ? 'valid' : 'INVALID',
    counted: row.n,
    recorded: await project.recorded(),
  };
}

function judgeIndex(second, facts) {
  const { index: is, counted, recorded } = facts.after;
  const seen = `index ${facts.before.index}; second run: ${exitOf(second)}${reasonOf(second)}, index ${is}${recorded.includes(2) ? ', recorded' : ''}`;
  if (second.exit === null) return finding('hangs', seen, facts);
  if (second.exit !== 0) return finding('manual work', seen, facts);
  return finding(is === 'valid' && counted === 1 && recorded.includes(3) ? 'safe' : 'wrong', seen, facts);
}

const indexKilled = {
  id: 'kill-concurrently',
  title: 'kill -9 in CREATE INDEX CONCURRENTLY, the server finishes it',
  what: 'The tool is killed while the server builds the index; the server does not notice and finishes. Then the tool runs again.',
  async run(world, tool) {
    const { project, running, writer, pid } = await openInIndex(
      world,
      tool,
      'CREATE INDEX CONCURRENTLY orders_v ON orders (v)',
    );
    if (pid === undefined) return unable(running);
    running.kill('SIGKILL');
    const first = await running.within(2000);
    await writer.query('COMMIT');
    await writer.end();
    await untilAlone(project);
    const before = await readIndex(project);
    const second = await project.apply();
    return judgeIndex(second, {
      first: factOf(first),
      before,
      second: factOf(second),
      after: await readIndex(project),
    });
  },
};

const indexBroken = (clause, suffix) => ({
  id: `concurrently-broken${suffix}`,
  title: `CREATE INDEX CONCURRENTLY${clause} loses its connection, run again`,
  what: `The server ends the tool’s session while it builds the index, which leaves an invalid one. Then the tool runs again.`,
  async run(world, tool) {
    const text = `CREATE INDEX CONCURRENTLY${clause} orders_v ON orders (v)`;
    const { project, running, writer, pid } = await openInIndex(world, tool, text);
    if (pid === undefined) return unable(running);
    await project.query(`SELECT pg_terminate_backend(${pid})`);
    const first = await running.within(10_000);
    await writer.query('COMMIT');
    await writer.end();
    await untilAlone(project);
    const before = await readIndex(project);
    const second = await project.apply();
    return judgeIndex(second, {
      first: factOf(first),
      before,
      second: factOf(second),
      after: await readIndex(project),
    });
  },
});

async function unable(running) {
  const outcome = await running.within(1000);
  if (refusedInTransaction(outcome)) return notOutside(outcome);
  throw new Error(`it ended too early: ${outcome.output}`);
}

const unique = (clause, suffix) => ({
  id: `unique-index${suffix}`,
  title: `CREATE UNIQUE INDEX CONCURRENTLY${clause} over duplicates, then without`,
  what: 'The first run fails on duplicate rows, which leaves an invalid index. The duplicates are removed, then the tool runs again.',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    await project.query('INSERT INTO orders VALUES (1, 7), (2, 7)');
    mustSucceed(
      await project.layOut([
        base,
        index(`CREATE UNIQUE INDEX CONCURRENTLY${clause} orders_v ON orders (v)`),
        counting(3),
      ]),
    );
    const first = await project.apply();
    if (refusedInTransaction(first)) return notOutside(first);
    const before = await readIndex(project);
    await project.query('DELETE FROM orders WHERE id = 2');
    const second = await project.apply();
    return judgeIndex(second, {
      first: factOf(first),
      before,
      second: factOf(second),
      after: await readIndex(project),
    });
  },
});

const IF_NOT_EXISTS = ' IF NOT EXISTS';
export const indexRows = [
  unique('', ''),
  unique(IF_NOT_EXISTS, '-if-not-exists'),
  indexKilled,
  indexBroken('', ''),
  indexBroken(IF_NOT_EXISTS, '-if-not-exists'),
];
export const interruptionRows = [killed, terminated, backendEnded, cut, crash];
