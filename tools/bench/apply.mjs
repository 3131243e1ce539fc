/**
 * How fast migrations are applied, beside psql and other tools in the same run: `node tools/bench/apply.mjs`.
 * `docs/speed.md` explains what is measured; `--help` lists the options.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compete, prepare } from './competition.mjs';
import { listContenders, squizzleProgram } from './contenders.mjs';
import { isKept, judge, MINIMUM_RUNS, summarize } from './figures.mjs';
import { measure, missingTool } from './measure.mjs';
import { installPeers } from './peers.mjs';
import { formatReport } from './report.mjs';

const HELP = `node tools/bench/apply.mjs [options]

  --files <n>        migrations, one statement each (1000)
  --runs <n>         of each contender, in rotating order (5)
  --postgres <major> server version (18)
  --only <names>     contenders whose names begin so, separated by commas: --only psql,squizzle
  --mixed            not tables alone: create, alter, index and fill each
  --steps            squizzle also with a transaction per file
  --releases         squizzle also with a release per file; building those takes long
  --starts <n>       of the bare programs (21); 0 leaves them out
  --json             figures and all samples as JSON; the tables go to stderr
  --enforce          exit 1 when a bar is missed or was not measured (needs ${MINIMUM_RUNS} runs and --releases)
`;

const OPTIONS = {
  files: { type: 'string', default: '1000' },
  runs: { type: 'string', default: '5' },
  postgres: { type: 'string', default: '18' },
  only: { type: 'string', default: '' },
  starts: { type: 'string', default: '21' },
  mixed: { type: 'boolean', default: false },
  steps: { type: 'boolean', default: false },
  releases: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  enforce: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => abort.abort(new Error(`ended by ${name}`)));

try {
  process.exitCode = await main(readOptions());
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = abort.signal.aborted ? 130 : 1;
}

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const count = (name, least) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least}`);
    return value;
  };
  const options = {
    ...values,
    signal: abort.signal,
    files: count('files', 1),
    runs: count('runs', 1),
    starts: count('starts', 0),
  };
  if (options.enforce && options.runs < MINIMUM_RUNS) throw new Error(`--enforce needs --runs ${MINIMUM_RUNS} or more`);
  return options;
}

async function main(options) {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const missing = missingTool();
  if (missing !== undefined) throw new Error(missing);
  installPeers();
  const report = await withFolder(async (folder) => {
    const loadBefore = loadavg()[0].toFixed(1);
    const results = await prepare(chooseContenders(options), folder, options);
    const server = await compete(results, options);
    const startup = await measureStarts(folder, options.starts);
    return { machine: describeMachine(loadBefore), server, options, results, startup, bars: judge(results) };
  });
  console.log(options.json ? JSON.stringify(toJson(report), null, 2) : formatReport(report));
  if (options.json) console.error(formatReport(report));
  const failed = report.results.some(({ failure }) => failure !== null);
  return failed || (options.enforce && !isKept(report.bars)) ? 1 : 0;
}

function toJson({ results, startup, options, ...report }) {
  const { files, runs, postgres, mixed } = options;
  return {
    ...report,
    options: { files, runs, postgres, mixed },
    results: results.map(({ name, version, transactions, failure, build, samples }) => {
      const medians = Object.entries(samples).map(([what, measured]) => [what, summarize(measured)]);
      return { name, version, transactions, failure, build, medians: Object.fromEntries(medians), samples };
    }),
    startup: startup.map(({ name, samples }) => ({ name, medians: summarize(samples), samples })),
  };
}

/** In a folder of its own, which is also where the server puts its data, and which is gone afterwards. */
async function withFolder(work) {
  const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-bench-'));
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function chooseContenders({ only, steps, releases }) {
  const asked = { 'squizzle, transaction: step': steps, 'squizzle, one release per file': releases };
  const prefixes = only.split(',').map((name) => name.trim());
  const chosen = listContenders().filter(
    ({ name }) => asked[name] ?? prefixes.some((prefix) => name.startsWith(prefix)),
  );
  if (chosen.length === 0) throw new Error(`--only ${only}: there is no such contender`);
  return chosen;
}

async function measureStarts(folder, count) {
  if (count === 0 || !existsSync(squizzleProgram)) return [];
  const programs = [
    { name: 'node -e 0', command: ['-e', '0'], samples: [] },
    { name: 'squizzle --version', command: [squizzleProgram, '--version'], samples: [] },
    { name: 'squizzle --help', command: [squizzleProgram, '--help'], samples: [] },
  ];
  for (let run = 0; run < count; run++) {
    for (const { command, samples } of programs) {
      samples.push(await measure([process.execPath, ...command], { folder, signal: abort.signal }));
    }
  }
  return programs;
}

function describeMachine(loadBefore) {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('.').slice(0, 2).join('.')} ${process.arch}`,
    node: process.versions.node,
    loadBefore,
    loadAfter: loadavg()[0].toFixed(1),
  };
}
