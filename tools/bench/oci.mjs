/**
 * How fast our registry client is, beside skopeo (and crane and oras, where they are installed) in the same run, with
 * docker-registry as the server: `node tools/bench/oci.mjs`. `docs/registries/speed.md` explains what is measured.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { missingTool } from './measure.mjs';
import { isKept, judge } from './oci/bars.mjs';
import { listContenders } from './oci/contenders.mjs';
import { createImages } from './oci/images.mjs';
import { listMeasures } from './oci/measures.mjs';
import { formatReport } from './oci/report.mjs';
import { compete } from './oci/rounds.mjs';
import { describeMachine, readLoad, requireMachine } from './registry/machine.mjs';

const HELP = `node tools/bench/oci.mjs [options]

  --rounds <n>    samples of each contender (default: 5)
  --only <names>  measures whose names begin so, separated by commas: --only push,tags
  --json <file>   all samples and figures, as JSON
  --check         exit 1 when a bar is missed or was not measured

measures: ${listMeasures()
  .map(({ name }) => name)
  .join(', ')}
`;

const OPTIONS = {
  rounds: { type: 'string', default: '5' },
  only: { type: 'string', default: '' },
  json: { type: 'string' },
  check: { type: 'boolean', default: false },
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

async function main({ help, rounds, only, json, check }) {
  if (help) {
    console.log(HELP);
    return 0;
  }
  const missing = missingTool();
  if (missing !== undefined) throw new Error(missing);
  const contenders = listContenders();
  for (const { name, missing: why } of contenders) if (why !== undefined) console.error(`SKIPPED: ${name}: ${why}`);
  const measures = listMeasures().filter(({ name }) =>
    only.split(',').some((prefix) => name.startsWith(prefix.trim())),
  );
  if (measures.length === 0) throw new Error(`--only ${only}: there is no such measure; --help lists them`);
  const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-bench-oci-'));
  try {
    requireMachine(folder);
    const loadBefore = readLoad();
    const present = contenders.filter(({ missing: why }) => why === undefined);
    const bench = { folder, images: createImages(folder), signal: abort.signal };
    const results = await compete(measures, present, bench, Number(rounds));
    const report = {
      machine: describeMachine(folder, loadBefore),
      contenders: present,
      results,
      bars: judge(results, measures),
    };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    console.log(formatReport(report));
    return check && !isKept(report.bars) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
