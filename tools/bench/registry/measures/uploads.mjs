/**
 * Many uploads at once, and what someone who reads a manifest meanwhile notices of them.
 *
 * The uploads come from one Node process with a socket each; the probe is this process, which does nothing else. It
 * sends at its pace whether or not the last answer is there, so that a server that stands still is not asked less.
 */
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ACCEPT, REPOSITORY, seed, TAG } from '../content.mjs';
import { percentile } from '../figures.mjs';
import { request } from '../http.mjs';
import { cpuMs, currentBytes, peakBytes, resetPeak } from '../process-figures.mjs';
import { runProgram } from '../programs.mjs';

const CLIENT = fileURLToPath(new URL('../upload-client.mjs', import.meta.url));
const COUNT = 100;
const PROBE_EVERY_MS = 20;
const TIMEOUT_MS = 180_000;

export const UPLOADS = {
  title: 'uploads at once, with a manifest GET every 20 ms',
  columns: [
    { title: 'failed', key: 'failed', digits: 0, greatest: true },
    { title: 'wall s', key: 'wallSeconds', digits: 1, spread: true, ratio: true },
    { title: 'server CPU s', key: 'cpuSeconds', digits: 1 },
    { title: 'GET p50 ms', key: 'p50Ms', digits: 1 },
    { title: 'GET p99 ms', key: 'p99Ms', digits: 1 },
    { title: 'GET max ms', key: 'maxMs', digits: 1 },
    { title: 'peak MB', key: 'peakMb', digits: 0 },
    { title: 'MB after', key: 'afterMb', digits: 0 },
  ],
};

/** @param {import('../measures.mjs').Scale} scale */
export const uploadMeasures = ({ uploadBytes, restMs }) => [
  {
    name: 'uploads',
    title: `${COUNT} × ${uploadBytes / 1e6} MB`,
    table: UPLOADS,
    sample: sampler(uploadBytes, restMs),
  },
];

const sampler = (sizeBytes, restMs) =>
  async function sample(server, { content, folder, signal }) {
    await seed(server, { signal });
    const { file } = content.blob(sizeBytes);
    await runProgram('sync', ['-f', folder], { timeoutMs: TIMEOUT_MS, signal });
    resetPeak(server.pid);
    const cpuBefore = cpuMs(server.pid);
    const probe = startProbe(`${server.url}/v2/${REPOSITORY}/manifests/${TAG}`);
    const uploads = await upload({ url: server.url, file, sizeBytes }, signal).finally(() => probe.stop());
    const probes = await probe.result();
    const cpuSeconds = (cpuMs(server.pid) - cpuBefore) / 1000;
    const peakMb = peakBytes(server.pid) / 1e6;
    await delay(restMs, undefined, { signal });
    return {
      failed: uploads.failed + probes.failed,
      wallSeconds: uploads.wallMs / 1000,
      cpuSeconds,
      p50Ms: percentile(probes.latenciesMs, 50),
      p99Ms: percentile(probes.latenciesMs, 99),
      maxMs: Math.max(...probes.latenciesMs),
      peakMb,
      afterMb: currentBytes(server.pid) / 1e6,
    };
  };

async function upload({ url, file, sizeBytes }, signal) {
  const order = JSON.stringify({ url, file, sizeBytes, count: COUNT, repository: REPOSITORY });
  const output = await runProgram(process.execPath, [CLIENT, order], { timeoutMs: TIMEOUT_MS, signal });
  const result = JSON.parse(output);
  for (const failure of result.failures) console.error(`uploads: ${failure}`);
  return result;
}

function startProbe(url) {
  const agent = new http.Agent({ keepAlive: true });
  const pending = new Set();
  const latenciesMs = [];
  let failed = 0;
  const ask = async () => {
    const start = performance.now();
    const { status } = await request(url, { agent, headers: ACCEPT }).catch(() => ({ status: 0 }));
    latenciesMs.push(performance.now() - start);
    if (status !== 200) failed++;
  };
  const timer = setInterval(() => {
    const asked = ask().finally(() => pending.delete(asked));
    pending.add(asked);
  }, PROBE_EVERY_MS);
  return {
    stop: () => clearInterval(timer),
    async result() {
      await Promise.all(pending);
      agent.destroy();
      return { latenciesMs, failed };
    },
  };
}
