/**
 * What most faults start from: a file that is applied, one that takes long and makes a table before and after the wait,
 * and one that counts how often it ran.
 */
import { setTimeout } from 'node:timers/promises';
import { openProject, sessionsLike, untilAlone } from '../project.mjs';
import { until } from '../processes.mjs';
import { exitOf, factOf, finding, reasonOf } from '../verdict.mjs';

export const base = {
  id: 1,
  name: 'base',
  statements: [
    'CREATE TABLE counter (n int NOT NULL)',
    'INSERT INTO counter VALUES (0)',
    'CREATE TABLE orders (id int PRIMARY KEY, v int)',
  ],
};
export const slow = (sleepSeconds) => ({
  id: 2,
  name: 'slow',
  statements: ['CREATE TABLE first_half ()', `SELECT pg_sleep(${sleepSeconds})`, 'CREATE TABLE second_half ()'],
});
/** Shows a second run, which makes no error. */
export const counting = (id) => ({ id, name: 'counting', statements: ['UPDATE counter SET n = n + 1'] });

/** A project with the base applied. @returns {Promise<import('../project.mjs').Project>} */
export async function openApplied(world, tool, files = [base]) {
  const project = await openProject(world, tool);
  await mustSucceed(await project.layOut(files));
  await mustSucceed(await project.apply());
  return project;
}

/** The set-up is no fault: where it fails there is nothing to compare. */
export function mustSucceed(outcome) {
  if (outcome !== null && outcome.exit !== 0) throw new Error(`the set-up failed: ${outcome.output}`);
}

/** What the tool and the catalog say after {@link slow} and {@link counting}. */
export async function readState(project) {
  const [row] = await project.query(
    `SELECT to_regclass('first_half') IS NOT NULL AS first, to_regclass('second_half') IS NOT NULL AS second,
       (SELECT n FROM counter) AS n`,
  );
  const recorded = await project.recorded();
  const done = [row.first && row.second && 2, row.n > 0 && 3].filter(Boolean);
  const agrees = recorded.filter((id) => id > 1).join() === done.join() && row.first === row.second && row.n <= 1;
  return { recorded, first_half: row.first, second_half: row.second, counted: row.n, agrees };
}

export const isComplete = ({ recorded, agrees }) => agrees && recorded.join() === '1,2,3';

/** Until the tool's session runs the statement; `null` when the tool ended before. */
export const untilRuns = (project, running, pattern, also = () => true) =>
  until(`${project.tool.name} runs ${pattern}`, async () => {
    const sessions = (await sessionsLike(project, pattern)).filter(also);
    if (sessions.length > 0) return sessions;
    return running.hasEnded() ? 'ended' : undefined;
  }).then((answer) => (answer === 'ended' ? null : answer));

export const untilSleeps = (project, running) => untilRuns(project, running, '%', (it) => it.wait_event === 'PgSleep');

/**
 * Runs the tool again after a fault: at once, waiting for another run of it where it can; and where that fails, when
 * nothing of the first run is left.
 *
 * @param {import('../processes.mjs').Outcome} first
 * @param {{ wasKilled?: boolean }} [options] where nothing but a second run can be asked for
 */
export async function runAgain(project, first, { wasKilled = false, before = {} } = {}) {
  const second = await project.apply({ flags: project.tool.waiting });
  const facts = { ...before, first: factOf(first), second: factOf(second), state: await readState(project) };
  if (isComplete(facts.state) && second.exit === 0) {
    const seen = wasKilled
      ? `second run: ${exitOf(second)}`
      : `${exitOf(first)}${reasonOf(first)}, second run: ${exitOf(second)}`;
    return finding(first.exit === 0 || wasKilled ? 'safe' : 'run again', seen, facts);
  }
  if (second.exit === 0) return finding('wrong', `second run: exit 0, but ${disagreement(facts.state)}`, facts);
  const aloneMs = await untilAlone(project);
  const third = await project.apply();
  Object.assign(facts, { aloneMs: Math.round(aloneMs), third: factOf(third), state: await readState(project) });
  if (third.exit === 0 && isComplete(facts.state)) {
    const seen = `second run: ${exitOf(second)}${reasonOf(second)} while the session of the first went on, then ${exitOf(third)}`;
    return finding('run again', seen, facts);
  }
  if (third.exit === null) return finding('hangs', 'the next runs do not end', facts);
  return finding('manual work', `second run: ${exitOf(second)}, third: ${exitOf(third)}${reasonOf(third)}`, facts);
}

const disagreement = ({ recorded, counted, first_half: first, second_half: second }) =>
  `recorded ${recorded.join(', ')}; tables ${first && second ? 'there' : first || second ? 'half there' : 'missing'}; last file ran ${counted} times`;

/** Milliseconds of the longest of an application's queries, each on the same connection, until `isOver`. */
export async function longestQuery(client, sql, isOver) {
  let longest = 0;
  while (!isOver()) {
    const began = performance.now();
    await client.query(sql);
    longest = Math.max(longest, performance.now() - began);
    await setTimeout(20);
  }
  return longest;
}
