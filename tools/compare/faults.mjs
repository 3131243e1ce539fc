/**
 * The same faults for every tool: node tools/compare/faults.mjs [--only <row>] [--tool <name>] [--json] [--write]
 */
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installPeers } from '../bench/peers.mjs';
import { toMarkdown, toText, writeDocument } from './report.mjs';
import { historyRows } from './rows/history.mjs';
import { indexRows, interruptionRows } from './rows/interruptions.mjs';
import { lockRows } from './rows/locks.mjs';
import { serverRows } from './rows/server.mjs';
import { closeProjects } from './project.mjs';
import { listTools } from './tools.mjs';
import { openWorld } from './world.mjs';

const ROWS = [...lockRows, ...indexRows, ...interruptionRows, ...historyRows, ...serverRows];
const HELP = `node tools/compare/faults.mjs [--only <row>]… [--tool <name>]… [--json] [--write] [--squizzle <bin.js>]

  --only      this fault alone (repeatable): ${ROWS.map(({ id }) => id).join(', ')}
  --tool      this tool alone (repeatable)
  --json      print all facts
  --write     write the table of docs/comparison.md; needs all faults and all tools
  --squizzle  another build than packages/cli/dist/bin.js
`;

const OPTIONS = {
  only: { type: 'string', multiple: true, default: [] },
  tool: { type: 'string', multiple: true, default: [] },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  squizzle: { type: 'string' },
  help: { type: 'boolean', default: false },
};

function readArguments() {
  const { values } = parseArgs({ options: OPTIONS });
  const rows = pick(ROWS, values.only, ({ id }) => id);
  const tools = pick(listTools(values.squizzle), values.tool, ({ name }) => name);
  if (values.write && (rows.length < ROWS.length || tools.length < listTools().length)) {
    throw new RangeError('--write needs all faults and all tools');
  }
  return { ...values, rows, tools };
}

function pick(all, names, nameOf) {
  const unknown = names.find((name) => !all.some((it) => nameOf(it) === name));
  if (unknown !== undefined) throw new RangeError(`${unknown} is none of ${all.map(nameOf).join(', ')}`);
  return names.length === 0 ? all : all.filter((it) => names.includes(nameOf(it)));
}

/** One fault for all tools: at the same time where it is waiting that takes the time. */
async function runRow(world, row, tools) {
  const one = async (tool) => {
    try {
      return await row.run(world, tool);
    } catch (error) {
      return { verdict: 'failed', seen: error.message.slice(0, 200), facts: { stack: error.stack } };
    }
  };
  if (!row.alone) return Promise.all(tools.map(one));
  const findings = [];
  for (const tool of tools) findings.push(await one(tool));
  return findings;
}

async function main() {
  const { rows, tools, json, write, help } = readArguments();
  if (help) return void process.stdout.write(HELP);
  installPeers();
  const world = await openWorld();
  const interrupted = (signal) => void world.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const began = performance.now();
  const results = [];
  try {
    for (const row of rows) {
      const rowBegan = performance.now();
      const findings = await runRow(world, row, tools);
      await closeProjects();
      results.push({ row, findings });
      const ms = Math.round(performance.now() - rowBegan);
      writeSync(2, `${toText({ row, findings }, tools)}  (${(ms / 1000).toFixed(1)} s)\n`);
    }
  } finally {
    await world.close();
  }
  const run = { tools, results, postgres: world.version, seconds: (performance.now() - began) / 1000 };
  if (json) process.stdout.write(`${JSON.stringify(toJson(run), null, 2)}\n`);
  else if (!write) process.stdout.write(toMarkdown(run));
  if (write) writeDocument(run);
  if (results.some(({ findings }) => findings.some(({ verdict }) => verdict === 'failed'))) process.exitCode = 1;
}

const toJson = ({ tools, results, postgres }) => ({
  postgres,
  node: process.version,
  tools: tools.map(({ name, version }) => ({ name, version })),
  faults: results.map(({ row, findings }) => ({
    fault: row.id,
    title: row.title,
    what: row.what,
    findings: Object.fromEntries(findings.map((finding, at) => [tools[at].name, finding])),
  })),
});

await main();
