/**
 * Many uploads at once, each with a socket of its own, from a process of its own: started by `measures/uploads.mjs`.
 *
 * The blobs share one buffer of random bytes and differ in their last ones, so that the client neither reads nor hashes
 * while the server works. Prints one line of JSON.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import http from 'node:http';
import { beginUpload, requireStatus } from './http.mjs';

const TAIL_BYTES = 64;
const FAILURES_SHOWN = 3;

const { url, repository, file, sizeBytes, count } = JSON.parse(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: count });
const common = readStart(file, sizeBytes - TAIL_BYTES);
const blobs = describeBlobs();

const start = performance.now();
const outcomes = await Promise.allSettled(blobs.map(upload));
const wallMs = performance.now() - start;
const failures = [...outcomes, ...(await Promise.allSettled(blobs.map(requireStored)))]
  .filter(({ status }) => status === 'rejected')
  .map(({ reason }) => reason.message);
agent.destroy();
console.log(JSON.stringify({ wallMs, failed: failures.length, failures: failures.slice(0, FAILURES_SHOWN) }));

function readStart(name, length) {
  const bytes = Buffer.allocUnsafe(length);
  const source = openSync(name, 'r');
  readSync(source, bytes, 0, length, 0);
  closeSync(source);
  return bytes;
}

function describeBlobs() {
  const hash = createHash('sha256').update(common);
  return Array.from({ length: count }, () => {
    const tail = randomBytes(TAIL_BYTES);
    return { tail, digest: `sha256:${hash.copy().update(tail).digest('hex')}` };
  });
}

async function upload({ tail, digest }) {
  const location = await beginUpload(url, repository, digest, { agent });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': sizeBytes };
  const status = await new Promise((resolve, reject) => {
    const outgoing = http.request(location, { method: 'PUT', headers, agent }, (incoming) => {
      incoming.resume();
      incoming.once('end', () => resolve(incoming.statusCode));
      incoming.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.write(common);
    outgoing.end(tail);
  });
  if (status !== 201) throw new Error(`PUT: expected 201, found ${status}`);
}

async function requireStored({ digest }) {
  const { headers } = await requireStatus(200, `${url}/v2/${repository}/blobs/${digest}`, { method: 'HEAD', agent });
  if (Number(headers['content-length']) !== sizeBytes) throw new Error(`HEAD: ${headers['content-length']} bytes`);
}
