/** Many at once on one server: nothing is lost, mixed up or refused without reason. */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { startRegistry, type RegistryProcess } from '../../support/registry.ts';
import { countBlobFiles, violations } from '../crash/disk-invariants.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let server: RegistryProcess;
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

beforeAll(async () => {
  server = await startRegistry();
});
afterAll(async () => {
  agent.destroy();
  await server.stop();
});

const ask = (method: string, target: string, sending = {}) =>
  send(method, new URL(target, server.url).href, { agent, ...sending });

async function push(repository: string, bytes: Buffer): Promise<number> {
  const { headers } = await ask('POST', `/v2/${repository}/blobs/uploads/`);
  const location = String(headers.location);
  const half = bytes.length >> 1;
  expect((await ask('PATCH', location, { body: bytes.subarray(0, half) })).status).toBe(202);
  return (await ask('PUT', `${location}?digest=${digestOf(bytes)}`, { body: bytes.subarray(half) })).status;
}

async function pushManifest(repository: string, reference: string, note: string): Promise<string> {
  const config = Buffer.from('{}');
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(config), size: config.length },
    layers: [],
    annotations: { note },
  };
  const body = Buffer.from(JSON.stringify(document));
  const { status } = await ask('PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: { 'content-type': MANIFEST },
    body,
  });
  expect(status).toBe(201);
  return digestOf(body);
}

describe('many clients at once', () => {
  it('100 uploads of different content', async () => {
    const contents = Array.from({ length: 100 }, () => randomBytes(256 * 1024));
    expect(new Set(await Promise.all(contents.map((bytes) => push('many/uploads', bytes))))).toEqual(new Set([201]));
    for (const bytes of contents) {
      const { body } = await ask('GET', `/v2/many/uploads/blobs/${digestOf(bytes)}`);
      expect(body.equals(bytes)).toBe(true);
    }
  });

  it('one blob from 20 clients into 20 repositories is stored once', async () => {
    const bytes = randomBytes(1024 * 1024);
    const before = countBlobFiles(server.root);
    const repositories = Array.from({ length: 20 }, (_, index) => `many/same-${index}`);
    const statuses = await Promise.all(repositories.map((repository) => push(repository, bytes)));
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(countBlobFiles(server.root)).toBe(before + 1);
    for (const repository of repositories) {
      expect((await ask('HEAD', `/v2/${repository}/blobs/${digestOf(bytes)}`)).status).toBe(200);
    }
  });

  it('one tag moved by 20 clients: every read in between is one of theirs, and so is the last', async () => {
    expect(await push('many/tag', Buffer.from('{}'))).toBe(201);
    const known = new Set([await pushManifest('many/tag', 'moving', 'first')]);
    const moving = new AbortController();
    const seen: string[] = [];
    const reader = (async () => {
      while (!moving.signal.aborted) {
        const { status, body } = await ask('GET', '/v2/many/tag/manifests/moving');
        expect(status).toBe(200);
        seen.push(digestOf(body));
      }
    })();
    const moves = Array.from({ length: 20 }, (_, client) =>
      (async () => {
        for (let move = 0; move < 10; move++) {
          known.add(await pushManifest('many/tag', 'moving', `client ${client} move ${move}`));
        }
      })(),
    );
    await Promise.all(moves);
    moving.abort();
    await reader;
    expect(seen.filter((digest) => !known.has(digest))).toEqual([]);
    expect(known).toContain((await ask('HEAD', '/v2/many/tag/manifests/moving')).headers['docker-content-digest']);
  });

  it('a pull that has begun is not disturbed by the deletion of its blob', async () => {
    const bytes = randomBytes(32 * 1024 * 1024);
    expect(await push('many/delete', bytes)).toBe(201);
    const target = `/v2/many/delete/blobs/${digestOf(bytes)}`;
    const pulled = await new Promise<Buffer>((resolve, reject) => {
      const pull = async (incoming: IncomingMessage): Promise<void> => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming as AsyncIterable<Buffer>) {
          if (chunks.length === 0) expect((await ask('DELETE', target)).status).toBe(202);
          chunks.push(chunk);
        }
        resolve(Buffer.concat(chunks));
      };
      get(new URL(target, server.url), (incoming) => void pull(incoming).catch(reject)).once('error', reject);
    });
    expect(pulled.equals(bytes)).toBe(true);
    expect((await ask('HEAD', target)).status).toBe(404);
  });

  it('pushes and deletions of the same manifests leave no tag that names nothing', async () => {
    expect(await push('many/churn', Buffer.from('{}'))).toBe(201);
    const churn = Array.from({ length: 8 }, (_, client) =>
      (async () => {
        for (let round = 0; round < 15; round++) {
          const digest = await pushManifest('many/churn', `tag-${(client + round) % 4}`, `note ${round % 3}`);
          if (round % 2 === 0) await ask('DELETE', `/v2/many/churn/manifests/${digest}`);
        }
      })(),
    );
    await Promise.all(churn);
    expect(violations(server.root)).toEqual([]);
    const { tags } = JSON.parse((await ask('GET', '/v2/many/churn/tags/list')).body.toString()) as { tags: string[] };
    for (const tag of tags) expect((await ask('GET', `/v2/many/churn/manifests/${tag}`)).status).toBe(200);
  });
});
