/**
 * What is measured: a push, a pull, a push of what is there already, a list of tags. Each sample is one program's run.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { measure } from '../measure.mjs';
import { requireStatus } from '../registry/http.mjs';
import { TAG } from './contenders.mjs';

const MB = 1_000_000;
const TAGS = 10_000;
const WRITERS = 16;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const SIZES = [
  { title: '10 MB', name: '10mb', layers: [10 * MB] },
  { title: '100 MB', name: '100mb', layers: [100 * MB] },
  { title: '1 GiB', name: '1gib', layers: [2 ** 30] },
  { title: '20 × 5 MB', name: '20x5mb', layers: Array.from({ length: 20 }, () => 5 * MB) },
];

/**
 * @typedef {object} Measure
 * @property {string} name
 * @property {string} title
 * @property {(contender: import('./contenders.mjs').Contender, bench: object) => Promise<object>} sample with a server of its own
 */

/** @returns {Measure[]} */
export const listMeasures = () => [
  ...SIZES.map((size) => ({ ...size, name: `push-${size.name}`, title: `push ${size.title}`, sample: samplePush })),
  ...SIZES.map((size) => ({ ...size, name: `pull-${size.name}`, title: `pull ${size.title}`, sample: samplePull })),
  { name: 'again-20x5mb', title: 'push 20 × 5 MB again', layers: SIZES[3].layers, sample: sampleAgain },
  { name: 'tags', title: `list ${TAGS.toLocaleString('en')} tags`, prepare: seedTags, sample: sampleTags },
];

const referenceAt = ({ url }) => `${new URL(url).host}/bench/app:${TAG}`;

async function samplePush(contender, server, { layers }, bench) {
  const layout = bench.images.layout(layers);
  flush();
  return measure(contender.push(layout, referenceAt(server)), bench);
}

async function samplePull(contender, server, { layers }, bench) {
  await measure(contender.push(bench.images.layout(layers), referenceAt(server)), bench);
  const target = path.join(bench.folder, 'pulled');
  flush();
  try {
    return await measure(contender.pull(target, referenceAt(server)), bench);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function sampleAgain(contender, server, { layers }, bench) {
  const push = contender.push(bench.images.layout(layers), referenceAt(server));
  await measure(push, bench);
  const before = countRequests(server);
  const sample = await measure(push, bench);
  return { ...sample, requests: countRequests(server) - before };
}

async function sampleTags(contender, server, _measure, bench) {
  return measure(contender.listTags(`${new URL(server.url).host}/bench/tags`), bench);
}

/** One image under many tags: seconds of work, so it is done once, and the server is shared by all samples. */
async function seedTags({ url }, bench) {
  const layout = bench.images.layout([1000]);
  const reference = `${new URL(url).host}/bench/tags:${TAG}`;
  execFileSync('skopeo', [
    '--insecure-policy',
    'copy',
    '--quiet',
    '--dest-tls-verify=false',
    `oci:${layout}:${TAG}`,
    `docker://${reference}`,
  ]);
  const { body } = await requireStatus(200, `${url}/v2/bench/tags/manifests/${TAG}`, { headers: { accept: MANIFEST } });
  const waiting = Array.from({ length: TAGS - 1 }, (_, index) => `v0.0.${index}`);
  const work = async () => {
    for (let tag = waiting.pop(); tag !== undefined; tag = waiting.pop()) {
      bench.signal.throwIfAborted();
      const headers = { 'content-type': MANIFEST, 'content-length': body.length };
      await requireStatus(201, `${url}/v2/bench/tags/manifests/${tag}`, { method: 'PUT', headers, body });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, work));
}

const countRequests = ({ log }) =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => / \/v2\//.test(line)).length;

/** What earlier samples wrote must not be written while this one is measured. */
const flush = () => execFileSync('sync');
