/**
 * Faults of the files and of the record: statements that fail, files that change or come late, rows falsified by hand.
 */
import { runSql } from '../sql.mjs';
import { exitOf, factOf, finding, reasonOf } from '../verdict.mjs';
import { base, counting, mustSucceed, openApplied, readState } from './scenario.mjs';

const ids = (list) => (list.length === 0 ? 'none' : list.join(', '));

async function readMiddle(project) {
  const [row] = await project.query(
    `SELECT to_regclass('before') IS NOT NULL AS before, to_regclass('half') IS NOT NULL AS half, (SELECT n FROM counter) AS n`,
  );
  const recorded = await project.recorded();
  const done = [1, row.before && 2, row.half && 3, row.n > 0 && 4].filter(Boolean);
  return { recorded, ...row, agrees: recorded.join() === done.join() };
}

const failing = (statement) => [
  base,
  { id: 2, name: 'before', statements: ['CREATE TABLE before ()'] },
  { id: 3, name: 'failing', statements: ['CREATE TABLE half ()', statement] },
  counting(4),
];

const statementFails = {
  id: 'statement-fails',
  title: 'a statement fails in the middle of three files',
  what: 'The second of three pending files makes a table and then fails because of the data. What is kept, is it recorded, and does a second run finish once the data is mended?',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    await project.query('CREATE TABLE gate (divisor int); INSERT INTO gate VALUES (0)');
    mustSucceed(await project.layOut(failing('SELECT 1 / divisor FROM gate')));
    const first = await project.apply();
    const kept = await readMiddle(project);
    await project.query('UPDATE gate SET divisor = 1');
    const second = await project.apply();
    const state = await readMiddle(project);
    const facts = { first: factOf(first), kept, second: factOf(second), state };
    const seen = `${exitOf(first)}, of the three ${ids(kept.recorded.slice(1).map((id) => id - 1))} kept; second run: ${exitOf(second)}`;
    if (first.exit === 0 || !kept.agrees) return finding('wrong', `${seen}; record and catalog differ`, facts);
    if (second.exit !== 0) return finding('manual work', seen, facts);
    return finding(state.agrees && state.recorded.length === 4 ? 'run again' : 'wrong', seen, facts);
  },
};

const fileCorrected = {
  id: 'file-corrected',
  title: 'the same, but the file is wrong and is corrected',
  what: 'The second of three files names a type that does not exist. Its author corrects the file and runs again.',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    mustSucceed(await project.layOut(failing('ALTER TABLE orders ADD COLUMN c no_such_type')));
    const first = await project.apply();
    const corrected = failing('ALTER TABLE orders ADD COLUMN c text');
    const build = await project.layOut(corrected);
    const rebuilt = build !== null && build.exit !== 0;
    if (rebuilt) mustSucceed(await project.layOut(corrected, ['1.0.2', '--after', '1.0.0']));
    const second = await project.apply();
    const state = await readMiddle(project);
    const facts = { first: factOf(first), ...(build && { build: factOf(build) }), second: factOf(second), state };
    const extra = rebuilt ? '; build refuses the changed file until it is told `--after 1.0.0`' : '';
    const seen = `second run: ${exitOf(second)}${extra}`;
    if (second.exit !== 0 || !state.agrees) return finding('manual work', seen, facts);
    return finding(rebuilt ? 'manual work' : 'run again', seen, facts);
  },
};

const edited = {
  id: 'file-edited',
  title: 'an applied file is edited',
  what: 'A column is added to the `CREATE TABLE` of an applied file, and a new file comes with it. Databases that have the file would never get the column.',
  async run(world, tool) {
    const project = await openApplied(world, tool);
    const changed = {
      ...base,
      editedFrom: base,
      statements: [...base.statements.slice(0, 2), 'CREATE TABLE orders (id int PRIMARY KEY, v int, w int)'],
    };
    const build = await project.layOut([changed, counting(3)]);
    if (build !== null && build.exit !== 0) {
      return finding('refuses', `the build: ${exitOf(build)}${reasonOf(build)}`, { build: factOf(build) });
    }
    const first = await project.apply();
    const facts = { first: factOf(first), recorded: await project.recorded() };
    return finding(first.exit === 0 ? 'not noticed' : 'refuses', `${exitOf(first)}${reasonOf(first)}`, facts);
  },
};

const late = {
  id: 'file-late',
  title: 'a file is merged late',
  what: 'Files 1 and 3 are applied; then the branch with file 2 is merged, whose author knew file 1 alone.',
  async run(world, tool) {
    const third = { ...counting(3), branchedAt: 1 };
    const project = await openApplied(world, tool, [base, third]);
    const second = { id: 2, name: 'late', statements: ['CREATE TABLE first_half ()', 'CREATE TABLE second_half ()'] };
    const build = await project.layOut([base, second, third]);
    if (build !== null && build.exit !== 0)
      return finding('refuses', `the build: ${exitOf(build)}${reasonOf(build)}`, { build: factOf(build) });
    const first = await project.apply();
    const state = await readState(project);
    const facts = { first: factOf(first), state };
    if (first.exit !== 0) return finding('refuses', `${exitOf(first)}${reasonOf(first)}`, facts);
    if (!state.second_half) return finding('wrong', `${exitOf(first)}, skipped in silence`, facts);
    return finding('safe', `${exitOf(first)}, applied`, facts);
  },
};

async function tamper(project, statement, unlock) {
  try {
    await project.query(statement);
    return null;
  } catch (error) {
    if (unlock === undefined) throw error;
    await runSql(project.url, `${unlock}; ${statement}`);
    return error.code;
  }
}

const tampered = (kind, title, what) => ({
  id: `record-${kind}`,
  title,
  what,
  async run(world, tool) {
    const project = await openApplied(world, tool);
    mustSucceed(await project.layOut([base, counting(3)]));
    mustSucceed(await project.apply());
    const refused = await tamper(project, tool.tamper[kind], tool.tamper.unlock);
    const first = await project.apply();
    const [{ n }] = await project.query('SELECT n FROM counter');
    const facts = { refused, first: factOf(first), counted: n };
    const after = n > 1 ? `${exitOf(first)}, the file ran again` : `${exitOf(first)}${reasonOf(first)}`;
    if (refused !== null)
      return finding(
        'refuses',
        `the database refuses it (${refused}); done by a superuser with triggers off: ${after}`,
        facts,
      );
    if (n > 1) return finding('wrong', after, facts);
    return finding(first.exit === 0 ? 'not noticed' : 'refuses', after, facts);
  },
});

export const historyRows = [
  statementFails,
  fileCorrected,
  edited,
  late,
  tampered(
    'remove',
    'the record of the newest file is deleted by hand',
    'A `DELETE` in the tool’s table, then the tool runs. The file adds 1 to a counter.',
  ),
  tampered(
    'edit',
    'the record of the newest file is changed by hand',
    'An `UPDATE` of the recorded hash, or of the name where no hash is recorded; then the tool runs.',
  ),
];
