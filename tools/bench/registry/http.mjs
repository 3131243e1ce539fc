/**
 * The few requests the benchmark makes itself: to prepare a server, to begin an upload, to probe.
 */
import http from 'node:http';

const TIMEOUT_MS = 30_000;

/**
 * @param {{ method?: string, headers?: http.OutgoingHttpHeaders, body?: Uint8Array | string, agent?: http.Agent,
 *   signal?: AbortSignal }} [options]
 * @returns {Promise<{ status: number, headers: http.IncomingHttpHeaders, body: Buffer }>}
 */
export function request(url, { method = 'GET', headers, body, agent, signal } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent, signal, timeout: TIMEOUT_MS }, (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.once('error', reject);
    outgoing.once('timeout', () =>
      outgoing.destroy(new Error(`${method} ${url}: no answer in ${TIMEOUT_MS / 1000} s`)),
    );
    outgoing.end(body);
  });
}

/** @throws {Error} when the answer has another status, with the begin of its body */
export async function requireStatus(expected, url, options = {}) {
  const answer = await request(url, options);
  if (answer.status === expected) return answer;
  const found = `${answer.status} ${answer.body.toString('utf8', 0, 500)}`;
  throw new Error(`${options.method ?? 'GET'} ${url}: expected ${expected}, found ${found}`);
}

/** Begins an upload. @returns {Promise<string>} where the blob goes with one PUT */
export async function beginUpload(url, repository, digest, options = {}) {
  const start = `${url}/v2/${repository}/blobs/uploads/`;
  const headers = { 'content-length': 0 };
  const answer = await requireStatus(202, start, { ...options, method: 'POST', headers });
  const location = new URL(answer.headers.location, start);
  location.searchParams.set('digest', digest);
  return location.href;
}

/** Pushes a small blob as a whole. */
export async function pushBlob(url, repository, { bytes, digest }, options = {}) {
  const location = await beginUpload(url, repository, digest, options);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes.length };
  await requireStatus(201, location, { ...options, method: 'PUT', headers, body: bytes });
}
