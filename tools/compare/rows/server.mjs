/**
 * Faults of what the server is, and of what stands in front of it: a pooler, a full disk, limits, a standby, settings.
 */
import { setTimeout } from 'node:timers/promises';
import { openProject } from '../project.mjs';
import { hasPgBouncer, openPgBouncer } from '../pgbouncer.mjs';
import { openSmallDisk } from '../small-disk.mjs';
import { connect } from '../sql.mjs';
import { exitOf, factOf, finding, reasonOf, seconds } from '../verdict.mjs';
import { base, counting, mustSucceed, openApplied, readState, runAgain, slow } from './scenario.mjs';

const APPLICATIONS = 4;
const RUNS = 4;
const RUNNERS = 4;
const POOLED_MS = 8_000;
/** Nothing of the script's takes advisory locks. */
const LOCKS_LEFT = `SELECT count(*)::int AS locks FROM pg_locks WHERE locktype = 'advisory'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Clients of the pooler, so that its connections change hands as in production. */
async function openTraffic(url) {
  let isOver = false;
  const clients = await Promise.all(Array.from({ length: APPLICATIONS }, () => connect(url)));
  const loops = clients.map(async (client) => {
    while (!isOver) {
      await client.query('SELECT pg_sleep(0.002)').catch(() => undefined);
      await setTimeout(Math.random() * 4);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(loops);
    await Promise.all(clients.map((client) => client.end()));
  };
}

const pooler = {
  id: 'pgbouncer',
  title: 'PgBouncer in transaction mode',
  what: `The tool is connected through PgBouncer, of which ${APPLICATIONS} clients of an application make use too. ${RUNS} runs one after the other, each with a new file; then ${RUNNERS} at once with a file that adds 1 to a counter. Are session locks left in the pool, which nobody holds and everybody waits for?`,
  alone: true,
  async run(world, tool) {
    if (!hasPgBouncer()) return finding('n/a', 'pgbouncer is not installed', {});
    const project = await openApplied(world, tool);
    const bouncer = await openPgBouncer(world);
    try {
      const url = bouncer.url(project.url);
      const stopTraffic = await openTraffic(url);
      try {
        return await throughPooler(project, url);
      } finally {
        await stopTraffic();
      }
    } finally {
      await bouncer.close();
    }
  },
};

async function throughPooler(project, url) {
  const files = [base];
  const runs = [];
  for (let id = 2; id < 2 + RUNS; id += 1) {
    files.push({ id, name: 'small', statements: [`CREATE TABLE small_${id} ()`] });
    mustSucceed(await project.layOut(files));
    runs.push(await project.apply({ url }, POOLED_MS));
  }
  const [{ locks }] = await project.query(LOCKS_LEFT);
  files.push({ ...counting(2 + RUNS), statements: [...counting(0).statements, 'SELECT pg_sleep(1)'] });
  mustSucceed(await project.layOut(files));
  const start = () => project.apply({ url, flags: project.tool.waiting }, POOLED_MS);
  const atOnce = await Promise.all(Array.from({ length: RUNNERS }, start));
  const [{ n }] = await project.query('SELECT n FROM counter');
  return judgePooled({ runs, locks, atOnce, n, recorded: await project.recorded() });
}

function judgePooled({ runs, locks, atOnce, n, recorded }) {
  const ends = (outcomes) => outcomes.filter(({ exit }) => exit === 0).length;
  const facts = { runs: runs.map(factOf), locks, atOnce: atOnce.map(factOf), counted: n, recorded };
  const failed = runs.find(({ exit }) => exit !== 0);
  const why = failed === undefined ? '' : `, else ${exitOf(failed)}${reasonOf(failed)}`;
  const left = locks === 0 ? 'no lock left in the pool' : `session locks left in the pool: ${locks}`;
  const seen = `${ends(runs)} of ${RUNS} end with 0${why}, ${left}; at once: ${ends(atOnce)} of ${RUNNERS} end with 0, done ${n} ×`;
  if (n > 1) return finding('wrong', seen, facts);
  if (locks > 0) return finding('manual work', seen, facts);
  if (ends(runs) === 0 && ends(atOnce) === 0 && recorded.join() === '1') return finding('refuses', seen, facts);
  return finding(ends(runs) === RUNS && ends(atOnce) === RUNNERS ? 'safe' : 'run again', seen, facts);
}

let smallDisk;
const diskFull = {
  id: 'disk-full',
  title: 'the disk is full',
  what: 'The second of two pending files fills a table in a tablespace on a disk with 1 MB left (53100). Space is made, then the tool runs again.',
  alone: true,
  async run(world, tool) {
    smallDisk ??= openSmallDisk(world);
    const disk = await smallDisk;
    if (disk === undefined) return finding('n/a', 'mounting a small disk needs root', {});
    const project = await openApplied(world, tool);
    const big = "CREATE TABLE big TABLESPACE small AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 4000)";
    const filling = { ...slow(0), statements: ['CREATE TABLE first_half ()', big, 'CREATE TABLE second_half ()'] };
    mustSucceed(await project.layOut([base, filling, counting(3)]));
    disk.fill();
    try {
      const first = await project.apply();
      const before = { kept: await readState(project) };
      disk.empty();
      return await runAgain(project, first, { before });
    } finally {
      disk.empty();
      await project.close();
    }
  },
};

const statementTimeout = {
  id: 'statement-timeout',
  title: 'the database has a statement_timeout',
  what: "`ALTER DATABASE … SET statement_timeout = '1s'`, as is usual for applications, and a file that needs 2 s. Where the first run fails, the setting is removed before the second.",
  async run(world, tool) {
    const project = await openApplied(world, tool);
    mustSucceed(await project.layOut([base, slow(2), counting(3)]));
    const [{ name }] = await project.query('SELECT current_database() AS name');
    await project.query(`ALTER DATABASE ${name} SET statement_timeout = '1s'`);
    const first = await project.apply();
    const before = { kept: await readState(project) };
    await project.query(`ALTER DATABASE ${name} RESET statement_timeout`);
    return runAgain(project, first, { before });
  },
};

const readOnly = {
  id: 'read-only',
  title: 'a standby, and a read-only database',
  what: 'The tool is pointed at a server in recovery, and at a database with `default_transaction_read_only = on`.',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    mustSucceed(await project.layOut([base, slow(0), counting(3)]));
    const standby = await project.apply({ url: await world.standbyUrl() });
    const [{ name }] = await project.query('SELECT current_database() AS name');
    await project.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const closed = await project.apply();
    const state = await readState(project);
    const facts = { standby: factOf(standby), readOnly: factOf(closed), state };
    const seen = `standby: ${exitOf(standby)}${reasonOf(standby)}; read-only: ${exitOf(closed)}`;
    if (standby.exit === 0 || closed.exit === 0) return finding('wrong', seen, facts);
    return finding(state.recorded.join() === '1' && !state.first_half ? 'refuses' : 'manual work', seen, facts);
  },
};

/** Where the table of the file after is, and whose. */
const readHere = (project) =>
  project.query(
    "SELECT relnamespace::regnamespace::text AS schema, relowner::regrole::text AS owner FROM pg_class WHERE relname = 'here'",
  );

const leaking = (id, title, what, statements, prepare) => ({
  id,
  title,
  what,
  async run(world, tool) {
    const project = await openApplied(world, tool);
    if (prepare !== undefined) await project.query(prepare);
    const after = { id: 3, name: 'after', statements: ['CREATE TABLE here ()'] };
    mustSucceed(await project.layOut([base, { id: 2, name: 'setting', statements }, after]));
    const first = await project.apply();
    const second = await project.apply();
    const [here] = await readHere(project);
    const recorded = await project.recorded();
    const facts = { first: factOf(first), second: factOf(second), here, recorded };
    const where = here === undefined ? 'not made' : `in ${here.schema}, owned by ${here.owner}`;
    const seen = `${exitOf(first)}${reasonOf(first)}, second run: ${exitOf(second)}; the next file’s table: ${where}`;
    if (here?.schema === 'public' && here.owner === 'postgres' && second.exit === 0)
      return finding('safe', seen, facts);
    return finding(second.exit === 0 ? 'wrong' : 'manual work', seen, facts);
  },
});

const searchPath = leaking(
  'search-path',
  'a file sets search_path',
  'A file ends with another `search_path` than it began with, as dumps do; the next file makes a table without naming a schema.',
  ['CREATE SCHEMA elsewhere', 'SET search_path TO elsewhere', 'CREATE TABLE there ()'],
);
const role = leaking(
  'set-role',
  'a file sets the role',
  'A file ends with `SET ROLE`, the next makes a table. The role may create in `public` and has no other rights.',
  ['SET ROLE compare_role', 'CREATE TABLE there ()'],
  'DO $$ BEGIN CREATE ROLE compare_role; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; GRANT CREATE ON SCHEMA public TO compare_role',
);

const FILES = 30;
const TABLES = 100;
const LONG_MS = 40_000;
const lockTable = {
  id: 'lock-table',
  title: '3,000 CREATE TABLE under the stock max_locks_per_transaction',
  what: `${FILES} pending files with ${TABLES} tables each, a table with a primary key and two unique columns. One transaction does not fit the server’s lock table (53200). Where the tool can run each file in a transaction of its own, it does in the second run.`,
  alone: true,
  async run(world, tool) {
    const project = await openProject(world, tool);
    const files = Array.from({ length: FILES }, (_, at) => ({
      id: at + 1,
      name: 'tables',
      statements: Array.from(
        { length: TABLES },
        (_unused, table) => `CREATE TABLE t_${at}_${table} (id int PRIMARY KEY, a int UNIQUE, b text UNIQUE)`,
      ),
    }));
    mustSucceed(await project.layOut(files));
    const before = await nextOid(project);
    const first = await project.apply({}, LONG_MS);
    const worked = (await nextOid(project)) - before > TABLES;
    const made = await countTables(project);
    const facts = { first: factOf(first), worked, made, recorded: (await project.recorded()).length };
    if (first.exit === 0) return finding(made === FILES * TABLES ? 'safe' : 'wrong', `exit 0, ${made} tables`, facts);
    const how = worked ? `after ${seconds(first.ms)} of work, ${made} tables kept` : 'before anything ran';
    const remedy = await perFile(project, facts);
    const seen = `${exitOf(first)}${reasonOf(first)} ${how}${remedy}`;
    return finding(worked ? 'manual work' : 'refuses', seen, facts);
  },
};

/** Objects that were made and rolled back have used numbers up. */
async function nextOid(project) {
  const [{ oid }] = await project.query('SELECT lo_create(0) AS oid');
  return Number(oid);
}

async function perFile(project, facts) {
  const flags = project.tool.perFile;
  if (flags === undefined) return '';
  const second = await project.apply({ flags }, LONG_MS);
  Object.assign(facts, { second: factOf(second), madeThen: await countTables(project) });
  return `; with \`${flags.join(' ')}\`: ${exitOf(second)}, ${facts.madeThen} tables`;
}

const countTables = async (project) =>
  (await project.query("SELECT count(*)::int AS n FROM pg_class WHERE relkind = 'r' AND relname LIKE 't\\_%'"))[0].n;

export const serverRows = [pooler, diskFull, statementTimeout, readOnly, searchPath, role, lockTable];
