/**
 * Faults of a registry and of the network.
 *
 * @module
 */
import { sampleBlob } from '@squizzle/core/testing';
import { expect } from 'vitest';
import {
  aimed,
  answering,
  cutAfter,
  cutUploadAfter,
  hangingUp,
  silent,
  withoutAnswer,
  type Script,
} from './hostile-registry.ts';
import {
  BLOB,
  countOf,
  GET_BLOB,
  list,
  pull,
  pullManifest,
  resolve,
  SCENE_LIMITS,
  type Row,
  type Scene,
} from './scene.ts';

const TENTHS = Array.from({ length: 10 }, (_, tenth) => tenth);
/** In three pieces. */
const CHUNK_BYTES = 400_000;
const UPLOADED = sampleBlob(1_000_000, 5);
const CHUNKED = { ...SCENE_LIMITS, monolithicBytes: 1000, chunkBytes: CHUNK_BYTES };
const resolves = async (scene: Scene): Promise<void> => {
  expect(await resolve(scene)).toBeDefined();
};
const pullsWhole = async (scene: Scene): Promise<void> => {
  expect(await pull(scene)).toBe(BLOB.bytes.byteLength);
};
const pushesWhole = async ({ store }: Scene): Promise<void> => {
  await store.push(UPLOADED.descriptor, [UPLOADED.bytes]);
  expect(await store.has(UPLOADED.descriptor)).toBe(true);
};
const asksThreeTimes = ({ registry }: Scene): void => {
  expect(countOf(registry, 'HEAD', /manifests/)).toBe(3);
};
/** Beneath what an HTTP server would let pass. */
const announcing =
  (lengths: readonly string[]): Script =>
  ({ socket }) => {
    const headers = lengths.map((length) => `Content-Length: ${length}\r\n`).join('');
    socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n{}`);
    return true;
  };
/** Of what is asked for, the first. */
const oneByte: Script = ({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  const size = BLOB.bytes.byteLength;
  const range = { 'content-range': `bytes ${from}-${size - 1}/${size}` };
  response.writeHead(from === 0 ? 200 : 206, { 'content-length': size - from, ...(from > 0 && range) });
  response.write(BLOB.bytes.subarray(from, from + 1));
  setImmediate(() => response.socket?.destroy());
  return true;
};
const lengthRow = (lengths: readonly string[], what: string): Row => ({
  rule: 'faults',
  does: `announces ${what}`,
  outcome: '`RESPONSE_INVALID` at once',
  script: () => aimed({ target: /tags\/list/ }, announcing(lengths)),
  act: list,
  code: 'RESPONSE_INVALID',
  check: ({ registry }) => expect(countOf(registry, 'GET', /tags/)).toBe(1),
});
const soon = (): string => new Date(Date.now() + 1000).toUTCString();

export const FAULT_ROWS: readonly Row[] = [
  ...[408, 425, 429, 499, 500, 502, 503, 504, 520, 524].map((status): Row => ({
    rule: 'faults',
    does: `answers ${status} twice`,
    outcome: 'asked again, and it works',
    script: () => aimed({ target: /manifests/, times: 2 }, answering(status)),
    act: resolves,
    check: asksThreeTimes,
  })),
  {
    rule: 'faults',
    does: 'answers 500 for ever',
    outcome: '`REGISTRY_FAILED` after 6 tries',
    script: () => aimed({ target: /manifests/ }, answering(500)),
    act: resolve,
    code: 'REGISTRY_FAILED',
    check: ({ registry }) => expect(countOf(registry, 'HEAD', /manifests/)).toBe(6),
  },
  {
    rule: 'faults',
    does: 'answers 429 with `Retry-After: 1`',
    outcome: 'waited for, then it works',
    script: () => aimed({ target: /manifests/, times: 1 }, answering(429, { 'retry-after': '1' })),
    act: resolves,
  },
  {
    rule: 'faults',
    does: 'answers 429 with a date to come back at',
    outcome: 'waited for, then it works',
    script: () =>
      aimed({ target: /manifests/, times: 1 }, (request, response, at) =>
        answering(429, { 'retry-after': soon() })(request, response, at),
      ),
    act: resolves,
  },
  {
    rule: 'faults',
    does: 'answers 429 with `Retry-After: 3600`',
    outcome: '`RATE_LIMITED` with the time, at once',
    script: () => aimed({ target: /manifests/ }, answering(429, { 'retry-after': '3600' })),
    act: resolve,
    code: 'RATE_LIMITED',
    check: ({ registry }) => expect(countOf(registry, 'HEAD', /manifests/)).toBe(1),
  },
  {
    rule: 'faults',
    does: 'answers 400, which is no passing fault',
    outcome: '`RESPONSE_INVALID` at once',
    script: () => aimed({ target: /tags\/list/ }, answering(400)),
    act: list,
    code: 'RESPONSE_INVALID',
    check: ({ registry }) => expect(countOf(registry, 'GET', /tags/)).toBe(1),
  },
  {
    rule: 'faults',
    does: 'cuts the connection instead of answering, twice',
    outcome: 'asked again, and it works',
    script: () => aimed({ target: /manifests/, times: 2 }, hangingUp),
    act: resolves,
  },
  ...TENTHS.map((tenth): Row => ({
    rule: 'faults',
    does: `cuts a download after ${tenth} tenths`,
    outcome: 'goes on from there, and it works',
    script: () => aimed({ ...GET_BLOB, times: 1 }, cutAfter((BLOB.bytes.byteLength * tenth) / 10)),
    act: pullsWhole,
  })),
  ...[0, 1, 2, 3].map((quarter): Row => ({
    rule: 'faults',
    does: `cuts an upload after ${quarter} quarters`,
    outcome: 'goes on from there, and it works',
    client: { limits: CHUNKED },
    script: () => aimed({ method: 'PATCH', times: 1 }, cutUploadAfter((CHUNK_BYTES * quarter) / 4)),
    act: pushesWhole,
  })),
  {
    rule: 'faults',
    does: 'takes a piece of an upload and cuts the connection before it says so',
    outcome: 'asks how far it came, and it works',
    client: { limits: CHUNKED },
    script: () => aimed({ method: 'PATCH', times: 1 }, withoutAnswer),
    act: pushesWhole,
  },
  {
    rule: 'faults',
    does: 'finds an upload too large (413)',
    outcome: 'sent in pieces, and it works',
    script: () => aimed({ method: 'PUT', target: /uploads/, times: 1 }, answering(413)),
    act: pushesWhole,
  },
  {
    rule: 'faults',
    does: 'cuts a download and never sends the rest',
    outcome: '`TRUNCATED` after 6 tries without a byte',
    script: () => {
      const begin = aimed({ ...GET_BLOB, times: 1 }, cutAfter(1000));
      const never = aimed(GET_BLOB, hangingUp);
      return (request, response, at) => {
        if (request.headers.range === undefined) return begin(request, response, at);
        return never(request, response, at);
      };
    },
    act: pull,
    code: 'TRUNCATED',
  },
  lengthRow(['2', '3'], 'two lengths that contradict each other'),
  lengthRow(['99999999999999999999999'], 'a length that is no number of bytes'),
  {
    rule: 'faults',
    does: 'sends one byte of a blob in each answer',
    outcome: '`TRUNCATED` after 6 tries: a byte is no progress',
    script: () => aimed(GET_BLOB, oneByte),
    act: pull,
    code: 'TRUNCATED',
    check: ({ registry }) => expect(countOf(registry, 'GET', GET_BLOB.target)).toBe(6),
  },
  {
    rule: 'faults',
    does: 'sends a blob from its start for every part that is asked for, and breaks off a little later each time',
    outcome: '`TRUNCATED` after 6 tries: what comes again is no progress',
    script: () => {
      let bytes = 40_000;
      return aimed(GET_BLOB, (request, response, at) => {
        delete request.headers.range;
        return cutAfter((bytes += 1000))(request, response, at);
      });
    },
    act: pull,
    code: 'TRUNCATED',
    check: ({ registry }) => expect(countOf(registry, 'GET', GET_BLOB.target)).toBe(6),
  },
  {
    rule: 'faults',
    does: 'cuts a manifest midway, twice',
    outcome: 'asked again, and it works',
    script: () => aimed({ method: 'GET', target: /manifests/, times: 2 }, cutAfter(50)),
    act: async (scene) => expect(await pullManifest(scene)).toBe(scene.image.size),
    check: ({ registry }) => expect(countOf(registry, 'GET', /manifests/)).toBe(3),
  },
  {
    rule: 'faults',
    does: 'cuts a list of tags midway, twice',
    outcome: 'asked again, and it works',
    script: () => aimed({ target: /tags\/list/, times: 2 }, cutAfter(10)),
    act: async (scene) => expect(await list(scene)).toEqual(['v1']),
    check: ({ registry }) => expect(countOf(registry, 'GET', /tags/)).toBe(3),
  },
  {
    rule: 'faults',
    does: 'cuts the connection for ever',
    outcome: '`UNREACHABLE`',
    script: () => hangingUp,
    act: resolve,
    code: 'UNREACHABLE',
  },
  {
    rule: 'faults',
    does: 'never answers',
    outcome: '`UNREACHABLE` when the time for headers is over',
    script: () => silent,
    act: resolve,
    code: 'UNREACHABLE',
  },
  {
    rule: 'faults',
    does: 'sends a byte now and then never another',
    outcome: '`TRUNCATED` when the time between bytes is over',
    script: () =>
      aimed(GET_BLOB, (_request, response) => {
        response.writeHead(200, { 'content-length': BLOB.bytes.byteLength });
        response.write(BLOB.bytes.subarray(0, 1));
        return true;
      }),
    act: pull,
    code: 'TRUNCATED',
  },
  {
    rule: 'faults',
    does: 'is no registry: a web page for everything',
    outcome: '`RESPONSE_INVALID`',
    script: () => answering(200, { 'content-type': 'text/html' }, '<html>log in</html>'),
    act: list,
    code: 'RESPONSE_INVALID',
  },
];
