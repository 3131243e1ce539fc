/**
 * Large blobs, by curl: pushed with POST and one PUT, pulled to /dev/null. The file system is flushed before each push,
 * so that nobody waits for what another one wrote.
 */
import { ACCEPT, REPOSITORY } from '../content.mjs';
import { median } from '../../figures.mjs';
import { beginUpload } from '../http.mjs';
import { cpuMs, peakBytes, resetPeak } from '../process-figures.mjs';
import { missingProgram, runProgram } from '../programs.mjs';

const TIMEOUT_MS = 180_000;

export const BLOBS = {
  title: 'one blob at a time',
  columns: [
    { title: 'push MB/s', key: 'pushMbps', digits: 0, spread: true, ratio: true },
    { title: 'peak MB', key: 'pushPeakMb', digits: 0 },
    { title: 'server CPU s/GB', key: 'pushCpu', digits: 2 },
    { title: 'pull MB/s', key: 'pullMbps', digits: 0, spread: true, ratio: true },
    { title: 'peak MB', key: 'pullPeakMb', digits: 0 },
    { title: 'server CPU s/GB', key: 'pullCpu', digits: 2 },
  ],
};

/** @param {import('../measures.mjs').Scale} scale */
export function blobMeasures({ smallBytes, smallCount, bigBytes }) {
  const missing = missingProgram('curl');
  const measure = (name, sizeBytes, count) => ({
    name,
    title: `${count === 1 ? '' : `${count} × `}${formatSize(sizeBytes)}`,
    missing,
    table: BLOBS,
    sample: sampler(sizeBytes, count),
  });
  return [measure('blob-small', smallBytes, smallCount), measure('blob-big', bigBytes, 1)];
}

const formatSize = (bytes) => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 30} GiB` : `${bytes / 1e6} MB`);

/** Of several blobs, the median one; peak and CPU are over all of them. */
const sampler = (sizeBytes, count) =>
  async function sample(server, { content, folder, signal }) {
    const blobs = Array.from({ length: count }, (_, index) => content.blob(sizeBytes, index));
    await runProgram('sync', ['-f', folder], { timeoutMs: TIMEOUT_MS, signal });
    const pushed = await watch(server, blobs, (blob) => push(server, blob, signal));
    const pulled = await watch(server, blobs, (blob) => pull(server, blob, signal));
    return {
      pushMbps: pushed.mbps,
      pushPeakMb: pushed.peakMb,
      pushCpu: pushed.cpu,
      pullMbps: pulled.mbps,
      pullPeakMb: pulled.peakMb,
      pullCpu: pulled.cpu,
    };
  };

async function watch({ pid }, blobs, transfer) {
  resetPeak(pid);
  const cpuBefore = cpuMs(pid);
  const rates = [];
  for (const blob of blobs) rates.push(blob.sizeBytes / 1e6 / (await transfer(blob)));
  const gigabytes = (blobs.length * blobs[0].sizeBytes) / 1e9;
  const cpu = (cpuMs(pid) - cpuBefore) / 1000 / gigabytes;
  return { mbps: median(rates), peakMb: peakBytes(pid) / 1e6, cpu };
}

/** @returns {Promise<number>} seconds, from the POST to the answer of the PUT */
async function push({ url }, { file, digest, sizeBytes }, signal) {
  const start = performance.now();
  const location = await beginUpload(url, REPOSITORY, digest, { signal });
  const beginSeconds = (performance.now() - start) / 1000;
  const upload = ['--upload-file', file, '-H', 'Content-Type: application/octet-stream', '-H', 'Expect:'];
  const { status, sent, seconds } = await curl([...upload, location], signal);
  if (status !== 201 || sent !== sizeBytes)
    throw new Error(`push: expected 201 for ${sizeBytes} bytes, found ${status}`);
  return beginSeconds + seconds;
}

async function pull({ url }, { digest, sizeBytes }, signal) {
  const source = `${url}/v2/${REPOSITORY}/blobs/${digest}`;
  const { status, received, seconds } = await curl(['-H', `Accept: ${ACCEPT.accept}`, source], signal);
  if (status === 200 && received === sizeBytes) return seconds;
  throw new Error(`pull: expected 200 and ${sizeBytes} bytes, found ${status} and ${received}`);
}

async function curl(args, signal) {
  const format = '%{http_code} %{size_upload} %{size_download} %{time_total}';
  const common = ['-q', '--silent', '--show-error', '--noproxy', '*', '--output', '/dev/null', '--write-out', format];
  const output = await runProgram('curl', [...common, ...args], { timeoutMs: TIMEOUT_MS, signal });
  const [status, sent, received, seconds] = output.split(' ').map(Number);
  return { status, sent, received, seconds };
}
