import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tagsOf } from '@squizzle/core/testing';
import { parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  aimed,
  answering,
  startHostileRegistry,
  withHeaders,
  type HostileRegistry,
  type Script,
} from '../../test/hostile/hostile-registry.ts';
import { createRegistryConnection } from '../connection/create-connection.ts';
import { createRepositoryStore } from '../registry/repository-store.ts';
import { PROBES, type ProbeResult } from './probe-result.ts';
import { probeRegistry, type ProbeOptions } from './probe-registry.ts';

const homeFolder = join(tmpdir(), 'squizzle-no-home');
const REPOSITORY = parseRepositoryName('acme/db') as RepositoryName;

let registry: HostileRegistry;
beforeAll(async () => {
  registry = await startHostileRegistry();
});
afterEach(() => registry.follow(undefined));
afterAll(() => registry[Symbol.asyncDispose]());

function connect(at: string = registry.url) {
  const limits = { attempts: 1, connectTotalMs: 200 };
  return createRegistryConnection({ registry: at, homeFolder, limits });
}

async function diagnose(options: Partial<ProbeOptions> = {}, at?: string): Promise<readonly ProbeResult[]> {
  const connection = connect(at);
  const results = [];
  for await (const result of probeRegistry(connection, { repository: REPOSITORY, ...options })) results.push(result);
  await connection.close();
  return results;
}

const outcomesOf = (results: readonly ProbeResult[]): Readonly<Record<string, string>> =>
  Object.fromEntries(results.map(({ probe, outcome }) => [probe, outcome]));

async function tagsLeft(): Promise<readonly string[]> {
  const connection = connect();
  const tags = await tagsOf(createRepositoryStore(connection.repository(REPOSITORY)));
  await connection.close();
  return tags;
}

const ALL_WELL = {
  ...Object.fromEntries(PROBES.map((probe) => [probe, 'ok'])),
  'rate-limit': 'skipped',
};

it('finds that a good registry can do everything, and leaves nothing in it', async () => {
  const results = await diagnose();
  expect(results.map(({ probe }) => probe)).toEqual(PROBES);
  expect(outcomesOf(results)).toEqual(ALL_WELL);
  expect(results.every(({ hint }) => hint === null)).toBe(true);
  expect(await tagsLeft()).toEqual([]);
});

it('writes nothing when it may only read', async () => {
  registry.forget();
  const results = await diagnose({ readOnly: true });
  expect(outcomesOf(results)).toMatchObject({ pull: 'ok', push: 'skipped', delete: 'skipped' });
  expect(registry.seen.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
});

const refusing = (status: number, code: string) => answering(status, {}, JSON.stringify({ errors: [{ code }] }));

it.each<{ why: string; script: Script; finds: Readonly<Record<string, string>>; says: string }>([
  {
    why: 'deletion is switched off',
    script: aimed({ method: 'DELETE' }, refusing(405, 'UNSUPPORTED')),
    finds: { push: 'ok', delete: 'unsupported' },
    says: 'the scratch image is still there as squizzle-doctor-',
  },
  {
    why: 'there is no referrers API',
    script: aimed({ target: /\/referrers\// }, refusing(404, 'NOT_FOUND')),
    finds: { referrers: 'unsupported', delete: 'ok' },
    says: 'kept in a tag sha256-',
  },
  {
    why: 'nothing is mounted',
    script: aimed({ method: 'POST', target: /mount=/ }, refusing(400, 'UNSUPPORTED')),
    finds: { mount: 'unsupported', push: 'ok' },
    says: 'are sent once more',
  },
  {
    why: 'the right to push is missing',
    script: aimed({ method: 'POST' }, refusing(403, 'DENIED')),
    finds: { pull: 'ok', push: 'failed', chunks: 'skipped', delete: 'skipped' },
    says: 'nothing could be pushed',
  },
  {
    why: 'the clock differs',
    script: aimed({ target: /^\/v2\/$/ }, withHeaders({ date: 'Thu, 01 Jan 2026 00:00:00 GMT' })),
    finds: { clock: 'failed', push: 'ok' },
    says: 'tokens seem expired',
  },
  {
    why: 'few requests are left',
    script: aimed(
      { method: 'HEAD', target: /manifests\/latest/ },
      answering(404, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '3;w=21600' }),
    ),
    finds: { 'rate-limit': 'failed' },
    says: '3 of 100 requests are left, of every 21600 s',
  },
  {
    why: 'it is no registry',
    script: answering(404, {}, 'not here'),
    finds: { reach: 'failed', pull: 'skipped', push: 'skipped', 'rate-limit': 'skipped' },
    says: 'not as a registry does',
  },
])('finds that $why', async ({ script, finds, says }) => {
  registry.follow(script);
  const results = await diagnose();
  expect(outcomesOf(results)).toMatchObject(finds);
  expect(results.map(({ summary }) => summary).join('\n')).toContain(says);
});

it('finds that no tag can be moved, and deletes the image all the same', async () => {
  const before = await tagsLeft();
  let puts = 0;
  registry.follow((request, response, at) => {
    const isTag = request.method === 'PUT' && /manifests\/squizzle-doctor/.test(request.url ?? '');
    return isTag && ++puts > 1 ? refusing(400, 'TAG_INVALID')(request, response, at) : false;
  });
  const results = await diagnose();
  expect(outcomesOf(results)).toEqual({ ...ALL_WELL, 'moving-tags': 'failed' });
  expect(results.find(({ probe }) => probe === 'moving-tags')?.hint).toContain('except latest');
  expect(await tagsLeft()).toEqual(before);
});

it('says why nobody answers, and skips the rest', async () => {
  const results = await diagnose({}, 'http://127.0.0.1:1');
  expect(results[0]).toMatchObject({ probe: 'reach', outcome: 'failed', code: 'UNREACHABLE' });
  expect(new Set(results.slice(1).map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
});

it('cleans up when it is stopped midway', async () => {
  const before = await tagsLeft();
  const controller = new AbortController();
  const stopped = async (): Promise<void> => {
    const connection = connect();
    for await (const { probe } of probeRegistry(connection, { repository: REPOSITORY, signal: controller.signal })) {
      if (probe === 'chunks') controller.abort(new RangeError('stopped'));
    }
  };
  await expect(stopped()).rejects.toThrow('stopped');
  expect(await tagsLeft()).toEqual(before);
});
