/**
 * Clients that push, move tags and delete until their server dies; each writes down what it was told.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Agent } from 'node:http';
import { send, type Answer, type Sending } from '../../support/http.ts';
import type { Write } from './register.ts';
import { contentOf, type Content, type Digest, type ManifestContent, type World } from './world.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const SHARED = 'crash/shared';
const SHARED_TAG = 'moving';

export interface Workload {
  readonly world: World;
  readonly url: string;
  readonly agent: Agent;
  /** A number from 0 below 1. */
  readonly random: () => number;
  /** True once the server is being killed: a broken connection is then no surprise. */
  readonly dying: () => boolean;
}

type Step = (work: Workload, repository: string) => Promise<void>;

/** Runs one client in its repository until a connection breaks. Throws what no server should answer. */
export async function runClient(work: Workload, repository: string): Promise<void> {
  while (!work.dying()) {
    try {
      await pick(work, STEPS)(work, repository);
    } catch (thrown) {
      if (thrown instanceof UnexpectedAnswer || !work.dying()) throw thrown;
      return;
    }
  }
}

class UnexpectedAnswer extends Error {}

async function ask(work: Workload, method: string, target: string, expected: readonly number[], sending: Sending = {}) {
  const answer = await send(method, new URL(target, work.url).href, { agent: work.agent, ...sending });
  if (expected.includes(answer.status)) return answer;
  throw new UnexpectedAnswer(`${method} ${target}: ${answer.status} ${answer.body.toString()}`);
}

function pick<T>({ random }: Workload, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

const NOISE = randomBytes(256 * 1024);

/** Never seen before: the time it takes to make content is time in which the server is not hit. */
function noise({ random }: Workload, most: number): Content {
  const size = 1 + Math.floor(random() * most);
  return contentOf(Buffer.concat([randomBytes(16), NOISE.subarray(0, size)]));
}

/** Marks the writes by what the answer says: done, or nothing done. */
function conclude({ world }: Workload, answer: Answer, done: readonly number[], writes: readonly Write[]): void {
  world.acknowledged += 1;
  for (const write of writes) {
    if (done.includes(answer.status)) write.acknowledge();
    else write.refuse();
  }
}

async function pushBlob(work: Workload, repository: string, content = noise(work, 60_000)): Promise<Digest> {
  const { digest, bytes } = content;
  const write = work.world.blob(repository, digest).begin('present');
  const uploads = `/v2/${repository}/blobs/uploads/`;
  if (work.random() < 0.3) {
    const answer = await ask(work, 'POST', `${uploads}?digest=${digest}`, [201], { body: bytes });
    conclude(work, answer, [201], [write]);
    return digest;
  }
  const location = String((await ask(work, 'POST', uploads, [202])).headers.location);
  const session = { repository, path: location, bytes, acknowledged: 0 };
  work.world.sessions.set(location, session);
  const half = Math.floor(bytes.length / 2);
  if (half > 0 && work.random() < 0.5) {
    await ask(work, 'PATCH', location, [202], { body: bytes.subarray(0, half) });
    session.acknowledged = half;
  }
  work.world.sessions.delete(location);
  const rest = bytes.subarray(session.acknowledged);
  conclude(work, await ask(work, 'PUT', `${location}?digest=${digest}`, [201], { body: rest }), [201], [write]);
  return digest;
}

/** A session that stays open over the crash; the check after it goes on with it. */
const leaveSessionOpen: Step = async (work, repository) => {
  if (work.world.sessions.size > 10) return;
  const { bytes } = noise(work, NOISE.length);
  const location = String((await ask(work, 'POST', `/v2/${repository}/blobs/uploads/`, [202])).headers.location);
  const session = { repository, path: location, bytes, acknowledged: 0 };
  work.world.sessions.set(location, session);
  const size = Math.ceil(bytes.length / 3);
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    const headers = { 'content-range': `${at}-${at + chunk.length - 1}` };
    await ask(work, 'PATCH', location, [202], { body: chunk, headers });
    session.acknowledged = at + chunk.length;
  }
};

function manifestOf(blobs: readonly Content[], subject?: ManifestContent): ManifestContent {
  const describe = ({ digest, bytes }: Content, mediaType: string) => ({ mediaType, digest, size: bytes.length });
  const [config, ...layers] = blobs as readonly [Content, ...Content[]];
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: describe(config, 'application/vnd.example.config'),
    layers: layers.map((layer) => describe(layer, 'application/vnd.example.layer')),
    ...(subject !== undefined && { subject: describe(subject, MANIFEST) }),
  };
  return {
    ...contentOf(Buffer.from(JSON.stringify(document))),
    blobs: blobs.map(({ digest }) => digest),
    ...(subject !== undefined && { subject: subject.digest }),
  };
}

async function putManifest(work: Workload, repository: string, manifest: ManifestContent, tag?: string) {
  work.world.contents.set(manifest.digest, manifest);
  const writes: Write[] = [work.world.manifest(repository, manifest.digest).begin('present')];
  if (tag !== undefined) writes.push(work.world.tag(repository, tag).begin(manifest.digest));
  const answer = await ask(work, 'PUT', `/v2/${repository}/manifests/${tag ?? manifest.digest}`, [201], {
    headers: { 'content-type': MANIFEST },
    body: manifest.bytes,
  });
  conclude(work, answer, [201], writes);
}

/** Several releases in a row, as a pipeline pushes them: the layers differ, and each takes a tag over. */
const pushImages: Step = async (work, repository) => {
  const config = noise(work, 2_000);
  const layer = noise(work, 40_000);
  for (const blob of [config, layer]) await pushBlob(work, repository, blob);
  for (const blobs of [[config], [config, layer], [layer]]) {
    await putManifest(work, repository, manifestOf(blobs), `t${Math.floor(work.random() * 4)}`);
  }
};

const pushReferrer: Step = async (work, repository) => {
  const subject = pickManifest(work, repository);
  if (subject === undefined) return;
  const config = noise(work, 500);
  await pushBlob(work, repository, config);
  await putManifest(work, repository, manifestOf([config], subject));
};

/** One of the repository's manifests that is there for certain. */
function pickManifest(work: Workload, repository: string): ManifestContent | undefined {
  const known = [...work.world.repository(repository).manifests].filter(([, register]) =>
    isCertain(register.possible()),
  );
  const [digest] = known.length === 0 ? [] : pick(work, known);
  return digest === undefined ? undefined : work.world.contents.get(digest);
}

const isCertain = (possible: ReadonlySet<string>): boolean => possible.size === 1 && possible.has('present');

/** The repository is everybody's, and so is its tag: the writes overlap. */
const moveSharedTag: Step = async (work) => {
  const config = contentOf(Buffer.from(`shared config ${Math.floor(work.random() * 5)}`));
  await pushBlob(work, SHARED, config);
  await putManifest(work, SHARED, manifestOf([config]), SHARED_TAG);
};

const deleteTag: Step = async (work, repository) => {
  const tag = `t${Math.floor(work.random() * 4)}`;
  const write = work.world.tag(repository, tag).begin('absent');
  conclude(work, await ask(work, 'DELETE', `/v2/${repository}/manifests/${tag}`, [202, 404]), [202, 404], [write]);
};

/** Takes its tags along. */
const deleteManifest: Step = async (work, repository) => {
  const manifest = pickManifest(work, repository);
  if (manifest === undefined) return;
  const tags = [...work.world.repository(repository).tags.values()].filter((tag) =>
    tag.possible().has(manifest.digest),
  );
  const writes = [work.world.manifest(repository, manifest.digest), ...tags].map((each) => each.begin('absent'));
  conclude(work, await ask(work, 'DELETE', `/v2/${repository}/manifests/${manifest.digest}`, [202]), [202], writes);
};

/** A blob that no manifest refers to. */
const pushAndDeleteBlob: Step = async (work, repository) => {
  const digest = await pushBlob(work, repository);
  const write = work.world.blob(repository, digest).begin('absent');
  conclude(work, await ask(work, 'DELETE', `/v2/${repository}/blobs/${digest}`, [202]), [202], [write]);
};

const mountBlob: Step = async (work, repository) => {
  const manifest = pickManifest(work, repository);
  const [digest] = manifest?.blobs ?? [];
  if (digest === undefined) return;
  const target = `${repository}-mounted`;
  const write = work.world.blob(target, digest).begin('present');
  const answer = await ask(work, 'POST', `/v2/${target}/blobs/uploads/?mount=${digest}&from=${repository}`, [201]);
  conclude(work, answer, [201], [write]);
};

const STEPS: readonly Step[] = [
  pushImages,
  pushImages,
  pushReferrer,
  moveSharedTag,
  moveSharedTag,
  deleteTag,
  deleteManifest,
  deleteManifest,
  pushAndDeleteBlob,
  mountBlob,
  leaveSessionOpen,
];
