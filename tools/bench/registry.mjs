/**
 * How fast our registry server is, beside docker-registry in the same run: `node tools/bench/registry.mjs`.
 * `docs/registry/speed.md` explains what is measured; `--help` lists the options.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isKept, judge } from './registry/bars.mjs';
import { createBlobFiles } from './registry/content.mjs';
import { listContenders, OURS } from './registry/contenders.mjs';
import { describeMachine, readLoad, requireMachine } from './registry/machine.mjs';
import { FULL, listMeasures, QUICK } from './registry/measures.mjs';
import { formatProfiles, formatReport, listRemarks, toJson } from './registry/report.mjs';
import { compete, profile } from './registry/rounds.mjs';

const HELP = `node tools/bench/registry.mjs [options]

  --quick         ${QUICK.rounds} rounds instead of ${FULL.rounds}, shorter and smaller: does it work, did a lot change
  --only <names>  measures whose names begin so, separated by commas: --only get,put-32
  --json <file>   all samples and figures, as JSON
  --check         exit 1 when a bar is missed or was not measured
  --profile       instead of all that: where the time of ${OURS} goes, function by function

measures: ${listMeasures(FULL)
  .map(({ name }) => name)
  .join(', ')}
`;

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  json: { type: 'string' },
  check: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => abort.abort(new Error(`ended by ${name}`)));

try {
  process.exitCode = await main(parseArgs({ options: OPTIONS }).values);
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = abort.signal.aborted ? 130 : 1;
}

async function main(options) {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const scale = options.quick ? QUICK : FULL;
  const measures = chooseMeasures(listMeasures(scale), options.only);
  const contenders = listContenders();
  for (const { title, name, missing } of [...measures, ...contenders]) {
    if (missing !== undefined) console.error(`SKIPPED: ${title ?? name}: ${missing}`);
  }
  const present = { measures: measures.filter(isPresent), contenders: contenders.filter(isPresent) };
  return withFolder(async (folder) => {
    for (const { prepare } of present.contenders) prepare?.(folder);
    const bench = { folder, content: createBlobFiles(folder), signal: abort.signal };
    if (options.profile) return showProfiles(present, bench);
    const loadBefore = readLoad();
    const results = await compete(present.measures, present.contenders, bench, scale);
    const machine = describeMachine(folder, loadBefore);
    const remarks = listRemarks({ results, measures, contenders, quick: options.quick });
    return show({ machine, contenders: present.contenders, results, bars: judge(results, measures), remarks }, options);
  });
}

function isPresent({ missing }) {
  return missing === undefined;
}

function chooseMeasures(all, only) {
  const prefixes = only.split(',').map((name) => name.trim());
  const chosen = all.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  if (chosen.length === 0) throw new Error(`--only ${only}: there is no such measure; --help lists them`);
  return chosen;
}

async function showProfiles({ measures, contenders }, bench) {
  const ours = contenders.find(({ name }) => name === OURS);
  if (ours === undefined) throw new Error(`there is no ${OURS} to profile`);
  console.log(formatProfiles(await profile(measures, ours, bench)));
  return 0;
}

function show(report, { json, check }) {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(toJson(report), null, 2)}\n`);
  console.log(formatReport(report));
  return check && !isKept(report.bars) ? 1 : 0;
}

/** In a folder of its own, which is gone afterwards. */
async function withFolder(work) {
  const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-bench-registry-'));
  try {
    requireMachine(folder);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
