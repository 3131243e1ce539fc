/**
 * Requests per second and their latency, by wrk: manifests read by tag and by digest, and distinct manifests pushed.
 *
 * wrk keeps its connections open and sends on each as soon as the last answer is there. A push has a body and a tag
 * that no other push had, so that nothing is stored already.
 */
import path from 'node:path';
import { ACCEPT, manifestParts, REPOSITORY, seed, TAG } from '../content.mjs';
import { cpuMs, peakBytes, resetPeak } from '../process-figures.mjs';
import { missingProgram, runProgram } from '../programs.mjs';

const SCRIPT = path.join(import.meta.dirname, '../load.lua');
const WARM_UP_SECONDS = 1;
const GRACE_MS = 30_000;

export const REQUESTS = {
  title: 'requests',
  columns: [
    { title: 'per second', key: 'perSecond', digits: 0, spread: true, ratio: true },
    { title: 'p50 ms', key: 'p50Ms', digits: 1 },
    { title: 'p99 ms', key: 'p99Ms', digits: 1 },
    { title: 'server CPU µs each', key: 'cpuUs', digits: 0 },
    { title: 'peak MB', key: 'peakMb', digits: 0 },
  ],
};

/** @param {import('../measures.mjs').Scale} scale */
export function requestMeasures(scale) {
  const missing = missingProgram('wrk');
  const measure = (name, title, load) => ({ name, title, missing, table: REQUESTS, sample: sampler(load, scale) });
  return [
    measure('get-tag', 'GET manifest by tag, 32 connections', { connections: 32, reference: () => TAG }),
    measure('get-digest', 'GET manifest by digest, 32 connections', { connections: 32, reference: (digest) => digest }),
    measure('put-8', 'PUT manifest, 8 connections', { connections: 8 }),
    measure('put-32', 'PUT manifest, 32 connections', { connections: 32 }),
  ];
}

const sampler = (load, { wrkSeconds }) =>
  async function sample(server, { signal }) {
    const digest = await seed(server, { signal });
    const run = (series, seconds) => runWrk(server, { ...load, series, seconds, digest, signal });
    resetPeak(server.pid);
    await run('w', WARM_UP_SECONDS);
    const cpuBefore = cpuMs(server.pid);
    const { requests, durationUs, p50Us, p99Us } = await run('m', wrkSeconds);
    return {
      perSecond: (requests / durationUs) * 1e6,
      p50Ms: p50Us / 1000,
      p99Ms: p99Us / 1000,
      cpuUs: ((cpuMs(server.pid) - cpuBefore) * 1000) / requests,
      peakMb: peakBytes(server.pid) / 1e6,
    };
  };

async function runWrk({ url }, { connections, reference, series, seconds, digest, signal }) {
  const { mediaType, numberDigits, parts } = manifestParts;
  const target = reference === undefined ? url : `${url}/v2/${REPOSITORY}/manifests/${reference(digest)}`;
  const pushed = reference === undefined ? ['--', series, REPOSITORY, mediaType, String(numberDigits), ...parts] : [];
  const load = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency'];
  const headers = ['-H', `Accept: ${ACCEPT.accept}`];
  const timeoutMs = seconds * 1000 + GRACE_MS;
  const output = await runProgram('wrk', [...load, ...headers, '-s', SCRIPT, target, ...pushed], { timeoutMs, signal });
  const result = JSON.parse(output.trim().split('\n').at(-1));
  if (result.refused > 0 || result.broken > 0 || result.requests === 0) {
    throw new Error(`${result.refused} of ${result.requests} requests refused, ${result.broken} broken`);
  }
  return result;
}
