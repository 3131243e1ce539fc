/**
 * What a store is, in maps: the simplest thing that does what `contracts.ts` says, for comparison.
 *
 * Each operation answers as the store would; a refusal answers with its kind.
 *
 * @module
 */
import {
  digestAlgorithm,
  digestOf,
  type Descriptor,
  type Digest,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';
import type { NewManifest, TagCondition } from '../../src/storage/contracts.ts';
import { BLOBS, MANIFESTS, type Operation } from './operations.ts';

interface ModelRepository {
  readonly blobs: Map<Digest, string>;
  readonly manifests: Map<Digest, NewManifest>;
  readonly tags: Map<Tag, Digest>;
}

interface ModelSession {
  readonly repository: RepositoryName;
  text: string;
  writtenAt: number;
  ended: boolean;
}

export interface StoreModel {
  readonly repositories: Map<RepositoryName, ModelRepository>;
  /** All that ever were, in the order they began. */
  readonly sessions: ModelSession[];
  clockMs: number;
  readonly uploadExpiryMs: number;
}

export function createStoreModel(uploadExpiryMs: number): StoreModel {
  return { repositories: new Map(), sessions: [], clockMs: 0, uploadExpiryMs };
}

export function isOpen({ clockMs, uploadExpiryMs }: StoreModel, session: ModelSession): boolean {
  return !session.ended && clockMs - session.writtenAt <= uploadExpiryMs;
}

export function applyToModel(model: StoreModel, operation: Operation): unknown {
  const { repositories } = model;
  switch (operation.type) {
    case 'push': {
      const { digest, bytes } = BLOBS[operation.blob];
      ensure(model, operation.repository).blobs.set(digest, Buffer.from(bytes).toString());
      return 'done';
    }
    case 'mount': {
      const { digest } = BLOBS[operation.blob];
      const text = repositories.get(operation.source)?.blobs.get(digest);
      if (text === undefined) return false;
      ensure(model, operation.repository).blobs.set(digest, text);
      return true;
    }
    case 'delete-blob':
      return repositories.get(operation.repository)?.blobs.delete(BLOBS[operation.blob].digest) ?? false;
    case 'put':
      return put(model, operation);
    case 'delete-manifest':
      return deleteManifest(model, operation.repository, MANIFESTS[operation.manifest].digest);
    case 'untag':
      return untag(model, operation);
    case 'begin':
      model.sessions.push({ repository: operation.repository, text: '', writtenAt: model.clockMs, ended: false });
      return 'done';
    case 'append':
      return append(model, operation);
    case 'complete':
      return complete(model, operation);
    case 'cancel': {
      const session = openSession(model, operation.session, operation.repository);
      if (session !== undefined) session.ended = true;
      return session !== undefined;
    }
    case 'wait':
      model.clockMs += operation.ms;
      return 'done';
    case 'remove-expired':
    case 'restart':
      return 'done';
  }
}

function ensure({ repositories }: StoreModel, name: RepositoryName): ModelRepository {
  const repository = repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
  repositories.set(name, repository);
  return repository;
}

function openSession(model: StoreModel, index: number, repository: RepositoryName): ModelSession | undefined {
  const session = model.sessions[index % Math.max(model.sessions.length, 1)];
  return session !== undefined && session.repository === repository && isOpen(model, session) ? session : undefined;
}

function put(model: StoreModel, operation: Extract<Operation, { type: 'put' }>): string {
  const { repository, tags, condition } = operation;
  const manifest = MANIFESTS[operation.manifest];
  const before = model.repositories.get(repository)?.tags;
  if (!tags.every((tag) => holds(condition, before?.get(tag)))) return 'PRECONDITION_FAILED';
  const target = ensure(model, repository);
  target.manifests.set(manifest.digest, manifest);
  for (const tag of tags) target.tags.set(tag, manifest.digest);
  return 'done';
}

function holds(condition: TagCondition | undefined, named: Digest | undefined): boolean {
  if (condition === undefined) return true;
  if (condition.type === 'one-of') return named !== undefined && condition.digests.includes(named);
  return (condition.type === 'present') === (named !== undefined);
}

function untag(model: StoreModel, operation: Extract<Operation, { type: 'untag' }>): boolean | string {
  const tags = model.repositories.get(operation.repository)?.tags;
  if (!holds(operation.condition, tags?.get(operation.tag))) return 'PRECONDITION_FAILED';
  return tags?.delete(operation.tag) ?? false;
}

function deleteManifest({ repositories }: StoreModel, name: RepositoryName, digest: Digest): boolean {
  const repository = repositories.get(name);
  if (repository?.manifests.delete(digest) !== true) return false;
  for (const [tag, named] of repository.tags) if (named === digest) repository.tags.delete(tag);
  return true;
}

function append(model: StoreModel, operation: Extract<Operation, { type: 'append' }>): unknown {
  const session = openSession(model, operation.session, operation.repository);
  if (session === undefined) return 'UPLOAD_UNKNOWN';
  if (operation.shift !== 0) return 'CHUNK_OUT_OF_ORDER';
  session.text += operation.text;
  session.writtenAt = model.clockMs;
  const isWrong = operation.announced !== undefined && operation.announced !== operation.text.length;
  return isWrong ? ['taken back', session.text.length] : session.text.length;
}

function complete(model: StoreModel, operation: Extract<Operation, { type: 'complete' }>): string | number {
  const session = openSession(model, operation.session, operation.repository);
  if (session === undefined) return 'UPLOAD_UNKNOWN';
  session.ended = true;
  const digest = digestToComplete(model, operation);
  if (digest !== digestOf(Buffer.from(session.text), digestAlgorithm(digest))) return 'DIGEST_INVALID';
  ensure(model, session.repository).blobs.set(digest, session.text);
  return session.text.length;
}

/** What the client says the bytes are: the truth in either algorithm, or something else. */
export function digestToComplete(model: StoreModel, operation: Extract<Operation, { type: 'complete' }>): Digest {
  const session = model.sessions[operation.session % Math.max(model.sessions.length, 1)];
  const text = operation.as === 'wrong' ? 'wrong' : (session?.text ?? '');
  return digestOf(Buffer.from(text), operation.as === 'wrong' ? 'sha256' : operation.as);
}

export function referrersOf(repository: ModelRepository | undefined, subject: Digest): Descriptor[] {
  const found = [...(repository?.manifests.values() ?? [])].flatMap(({ referrer }) => referrer ?? []);
  return found
    .filter((referrer) => referrer.subject === subject)
    .map(({ descriptor }) => descriptor)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
