/**
 * Verdicts, each computed from facts: exit codes, the tool's own record, the catalog, and what a second run does.
 */

export const VERDICTS = {
  safe: 'ends well by itself; where the tool was killed: running it again finishes',
  refuses: 'stops before it changes anything, with an exit code other than 0',
  'run again': 'fails with an exit code other than 0, nothing is half done, and running it again finishes',
  'manual work': 'running it again does not finish; somebody has to mend the database or the files first',
  wrong: 'ends with exit code 0 though something was left out, done twice, undone or is broken',
  'not noticed': 'goes on as if nothing had been changed',
  waits: 'waits as long as the lock is held, and everybody behind it waits too',
  hangs: 'did not end in the time that the script allows',
  'n/a': 'does not apply; the reason is in the notes',
};

/** @typedef {keyof typeof VERDICTS} Verdict */
/** @typedef {{ verdict: Verdict, seen: string, facts: object }} Finding `seen` in a few words, `facts` in full */

/** @param {Verdict} verdict @param {string} seen @param {object} facts @returns {Finding} */
export function finding(verdict, seen, facts) {
  if (!(verdict in VERDICTS)) throw new RangeError(`no such verdict: ${verdict}`);
  return { verdict, seen, facts };
}

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** @param {import('./processes.mjs').Outcome} outcome */
export const exitOf = ({ exit }) => (exit === null ? 'does not end' : `exit ${exit}`);

const SAID_CHARACTERS = 300;
const QUOTED_CHARACTERS = 110;

/** Lines of its output that look like an error, those before a stack. */
const errorLines = ({ output }) =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        !/^at |node_modules/.test(line) &&
        /error|refused|cannot|can't|failed|lock|already|denied|"code": "/i.test(line),
    );

/** An outcome as a fact: its exit, its time, and what it said. */
export function factOf({ exit, ms, ...text }) {
  const said = errorLines(text).slice(0, 4);
  return { exit, ms: Math.round(ms), said: said.map((line) => line.slice(0, SAID_CHARACTERS)) };
}

/** How the tools begin the line that names the reason: squizzle's codes, drizzle's cause, the others' errors. */
const REASONS = [
  /^error\[(\w+)\]: (.*)/,
  /"code": "([A-Z_]+)"()/,
  /^\[?cause\]?: error: ()(.*)/,
  /^error: ()(.*)/i,
  /^()(.+)/,
];

/** The reason in brackets, for the notes: empty where it ended well or said nothing. */
export function reasonOf(outcome) {
  if (outcome.exit === 0 || outcome.exit === null) return '';
  const lines = errorLines(outcome);
  const [found] = REASONS.flatMap((pattern) => lines.map((line) => pattern.exec(line)).filter(Boolean));
  if (found === undefined) return '';
  const text = `${found[1]} ${found[2]}`
    .replaceAll('`', "'")
    .replace(/127\.0\.0\.1:\d+\/\w+ as \w+/, 'the database')
    .trim();
  return ` (\`${text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text}\`)`;
}

/** drizzle runs all in one transaction, whatever the file says. */
export const refusedInTransaction = ({ exit, output }) =>
  exit !== 0 && /25001|cannot run inside a transaction block/.test(output);

export const notOutside = (outcome) =>
  finding('n/a', 'no way to run a file outside its transaction (25001)', { first: factOf(outcome) });
