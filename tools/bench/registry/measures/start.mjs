/**
 * From nothing to the first answer, beside a Node that does nothing; and what an idle server takes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { currentBytes } from '../process-figures.mjs';
import { runProgram } from '../programs.mjs';

const IDLE_AFTER_MS = 2_000;
const TIMEOUT_MS = 15_000;
/** Not started as a server, and compared by time alone. */
const BARE_NODE = 'node -e 0';

export const START = {
  title: 'start on an empty folder',
  columns: [
    { title: 'ready ms', key: 'readyMs', digits: 0, spread: true, ratio: true },
    { title: 'idle MB', key: 'idleMb', digits: 1 },
  ],
};

/** @param {import('../measures.mjs').Scale} scale */
export const startMeasures = ({ starts }) => [
  {
    name: 'start',
    title: 'start',
    table: START,
    rounds: starts,
    sample,
    beside: { name: BARE_NODE, version: process.versions.node, sample: sampleBareNode },
  },
];

async function sample({ pid, startMs }, { signal }) {
  await delay(Math.max(0, IDLE_AFTER_MS - startMs), undefined, { signal });
  return { readyMs: startMs, idleMb: currentBytes(pid) / 1e6 };
}

async function sampleBareNode({ signal }) {
  const start = performance.now();
  await runProgram(process.execPath, ['-e', '0'], { timeoutMs: TIMEOUT_MS, signal });
  return { readyMs: performance.now() - start };
}
