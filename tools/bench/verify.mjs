/**
 * How long the verification of signatures takes: one artifact with two bundles, beside the library's own verifier on the
 * same bundles, and bundles that were made to cost much. `node tools/bench/verify.mjs`; the packages must be built.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../gates.mjs';
import { median, MINIMUM_RUNS } from './figures.mjs';
import { makeBundles } from './verify/bundles.mjs';
import { createPeer } from './verify/peer.mjs';

const HELP = `node tools/bench/verify.mjs [options]

  --runs <n>     samples of each measure (default: 15, at least ${MINIMUM_RUNS})
  --json <file>  all samples, as JSON
  --check        exit 1 when a bar is missed
`;

const OPTIONS = {
  runs: { type: 'string', default: '15' },
  json: { type: 'string' },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

/** Milliseconds. */
const BARS = { artifact: 150, crafted: 100 };

try {
  process.exitCode = await main(parseArgs({ options: OPTIONS }).values);
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}

async function main({ help, runs: asked, json, check }) {
  if (help) {
    console.log(HELP);
    return 0;
  }
  const runs = Number(asked);
  if (!Number.isInteger(runs) || runs < MINIMUM_RUNS) throw new Error(`--runs ${asked}: at least ${MINIMUM_RUNS}`);
  const dist = path.join(root, 'packages/security/dist/index.js');
  if (!existsSync(dist)) throw new Error('packages/security is not built: run npx nx build security');
  const { parseTrustedRoot, verifyBundle } = await import(dist);
  const { made, crafted } = await makeBundles();

  const start = performance.now();
  const trustedRoot = parseTrustedRoot(Buffer.from(made.rootJson), 'bench');
  const options = { root: trustedRoot, thresholds: made.thresholds, now: new Date() };
  const signer = { kind: 'keyless', issuer: made.issuer, san: { exact: made.san } };
  const verify = (text) => verifyBundle(text, made.subject, signer, options);
  const both = () => [made.json['keyless-rekor1'], made.json['keyless-rekor2']].map(verify);
  both();
  const firstMs = performance.now() - start;

  const artifact = sample(runs, both);
  const single = measureSingles(runs, made, verify);
  const costs = crafted.map(({ name, code, json: text }) => ({
    name,
    code,
    samples: sample(runs, () => refusal(verify, text, code)),
  }));
  const report = { node: process.versions.node, runs, firstMs, artifact, single, crafted: costs };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(formatReport(report));
  return check && !isKept(report) ? 1 : 0;
}

function measureSingles(runs, made, verify) {
  const peer = createPeer(made.rootJson);
  return ['keyless-rekor1', 'keyless-rekor2'].map((name) => {
    const text = made.json[name];
    const refused = peer.refusalOf(text);
    // In turns, so that both have the same machine.
    const samples = { ours: [], peer: [] };
    for (let run = 0; run < runs; run++) {
      samples.ours.push(timeOf(() => verify(text)));
      if (refused === null) samples.peer.push(timeOf(() => peer.verify(text)));
    }
    return { name, refused, samples };
  });
}

function refusal(verify, text, code) {
  try {
    verify(text);
  } catch (error) {
    if (error.code === code) return;
    throw error;
  }
  throw new Error(`a crafted bundle was accepted that must be refused with ${code}`);
}

function sample(runs, work) {
  work();
  return Array.from({ length: runs }, () => timeOf(work));
}

function timeOf(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function isKept({ artifact, crafted }) {
  return median(artifact) <= BARS.artifact && crafted.every(({ samples }) => median(samples) <= BARS.crafted);
}

function formatReport({ node, runs, firstMs, artifact, single, crafted }) {
  const line = (what, value, bar, rest = '') =>
    `${what.padEnd(52)} ${value.toFixed(1).padStart(7)} ms${bar === null ? '' : `  ${value <= bar ? 'ok' : 'MISSED'} (bar ${bar})`}${rest}`;
  const compared = single.map(({ name, refused, samples }) => {
    const ours = median(samples.ours);
    const peerMs = refused === null ? median(samples.peer) : NaN;
    const rest =
      refused === null
        ? `  ${(ours / peerMs).toFixed(2)} × @sigstore/verify (${peerMs.toFixed(1)} ms)`
        : `  @sigstore/verify refuses it: ${refused}`;
    return line(`one bundle, ${name}`, ours, null, rest);
  });
  return [
    `Node ${node}, medians of ${runs}`,
    line('one artifact, two bundles, the first in a process', firstMs, null),
    line('one artifact, two bundles', median(artifact), BARS.artifact),
    ...compared,
    ...crafted.map(({ name, code, samples }) => line(`${code}: ${name}`, median(samples), BARS.crafted)),
  ].join('\n');
}
