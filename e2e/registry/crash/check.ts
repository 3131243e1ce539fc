/**
 * Compares a restarted server with the registers, and settles them on what was found.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Agent } from 'node:http';
import { send, type Answer } from '../../support/http.ts';
import { contentOf, type Digest, type Repository, type Session, type World } from './world.ts';

export interface Server {
  readonly url: string;
  readonly agent: Agent;
}

/** Every difference as a sentence; settles what was uncertain. */
export async function differences(world: World, server: Server): Promise<readonly string[]> {
  const found: string[] = [];
  for (const repository of world.repositories.values()) {
    found.push(...(await checkBlobs(repository, server)));
    found.push(...(await checkManifests(world, repository, server)));
    found.push(...(await checkTags(repository, server)));
    found.push(...(await checkReferrers(world, repository, server)));
  }
  for (const session of world.sessions.values()) found.push(...(await finishSession(world, session, server)));
  world.sessions.clear();
  return found;
}

function ask({ url, agent }: Server, method: string, target: string, sending = {}): Promise<Answer> {
  return send(method, new URL(target, url).href, { agent, ...sending });
}

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function checkContent(server: Server, target: string, digest: Digest): Promise<string> {
  const { status, body } = await ask(server, 'GET', target);
  if (status === 404) return 'absent';
  if (status !== 200) return `status ${status}`;
  return sha256(body) === digest ? 'present' : `bytes of ${sha256(body)}`;
}

async function checkBlobs({ name, blobs }: Repository, server: Server): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [digest, register] of blobs) {
    const state = await checkContent(server, `/v2/${name}/blobs/${digest}`, digest);
    const possible: ReadonlySet<string> = register.possible();
    if (!possible.has(state)) found.push(`${name}: blob ${digest} is ${state}, expected ${[...possible].join(' or ')}`);
    if (state === 'absent') blobs.delete(digest);
    else register.settle('present');
  }
  return found;
}

async function checkManifests(world: World, { name, manifests }: Repository, server: Server) {
  const found: string[] = [];
  for (const [digest, register] of manifests) {
    const state = await checkContent(server, `/v2/${name}/manifests/${digest}`, digest);
    const possible: ReadonlySet<string> = register.possible();
    if (!possible.has(state)) {
      found.push(`${name}: manifest ${digest} is ${state}, expected ${[...possible].join(' or ')}`);
    }
    if (state === 'absent') {
      manifests.delete(digest);
      continue;
    }
    register.settle('present');
    for (const blob of world.contents.get(digest)?.blobs ?? []) {
      const { status } = await ask(server, 'HEAD', `/v2/${name}/blobs/${blob}`);
      if (status !== 200) found.push(`${name}: manifest ${digest} is there, its blob ${blob} answers ${status}`);
    }
  }
  return found;
}

async function checkTags({ name, tags, manifests }: Repository, server: Server): Promise<readonly string[]> {
  const found: string[] = [];
  const present: string[] = [];
  for (const [tag, register] of tags) {
    const { status, headers } = await ask(server, 'GET', `/v2/${name}/manifests/${tag}`);
    const digest = status === 200 ? (headers['docker-content-digest'] as Digest) : 'absent';
    if (status !== 200 && status !== 404) found.push(`${name}: tag ${tag} answers ${status}`);
    if (!register.possible().has(digest)) {
      found.push(`${name}: tag ${tag} is ${digest}, expected ${[...register.possible()].join(' or ')}`);
    }
    if (digest !== 'absent') present.push(tag);
    if (digest !== 'absent' && !manifests.has(digest)) found.push(`${name}: tag ${tag} names the unknown ${digest}`);
    register.settle(digest);
  }
  if (tags.size === 0) return found;
  const { body } = await ask(server, 'GET', `/v2/${name}/tags/list`);
  const { tags: listed = [] } = JSON.parse(body.toString()) as { tags?: string[] };
  if (listed.join() !== present.sort().join()) found.push(`${name}: lists ${listed.join()}, has ${present.join()}`);
  return found;
}

async function checkReferrers(world: World, { name, manifests }: Repository, server: Server) {
  const expected = new Map<Digest, Digest[]>();
  for (const digest of manifests.keys()) {
    const subject = world.contents.get(digest)?.subject;
    if (subject !== undefined) expected.set(subject, [...(expected.get(subject) ?? []), digest]);
  }
  const found: string[] = [];
  for (const [subject, referrers] of expected) {
    const { body } = await ask(server, 'GET', `/v2/${name}/referrers/${subject}`);
    const index = JSON.parse(body.toString()) as { manifests: { digest: Digest }[] };
    const listed = index.manifests.map(({ digest }) => digest);
    if (listed.join() !== referrers.sort().join()) found.push(`${name}: referrers of ${subject}: ${listed.join()}`);
  }
  return found;
}

/** A session goes on where it was, and ends in the right blob. */
async function finishSession(world: World, session: Session, server: Server): Promise<readonly string[]> {
  const { path, bytes, acknowledged, repository } = session;
  const status = await ask(server, 'GET', path);
  if (status.status !== 204) return [`${path}: the session answers ${status.status} after the restart`];
  const last = Number(String(status.headers.range).slice('0-'.length));
  // The server writes `0-0` both for nothing and for one byte.
  const received = last === 0 ? acknowledged : last + 1;
  if (received < acknowledged) return [`${path}: has ${received} bytes, acknowledged ${acknowledged}`];
  const { digest } = contentOf(bytes);
  const rest = bytes.subarray(received);
  const done = await ask(server, 'PUT', `${path}?digest=${digest}`, { body: rest });
  if (done.status !== 201) return [`${path}: going on at ${received} of ${bytes.length}: ${done.status}`];
  world.blob(repository, digest).settle('present');
  return [];
}
