/**
 * Random sequences of operations, after each of which the store shows what the model says, and nothing else.
 *
 * @module
 */
import { digestOf, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewManifest, Store } from '../../src/storage/contracts.ts';
import { BLOBS, MANIFESTS, operations, REPOSITORIES, TAGS, type Operation } from './operations.ts';
import { answerOf, outcomeOf } from './outcome.ts';
import { manifestView, viewManifest, pushBlob, sampleManifest, toChunk, viewBlob, viewOf } from './samples.ts';
import { UPLOAD_EXPIRY_MS, type StoreAbilities, type StoreFixture } from './store-fixture.ts';
import {
  applyToModel,
  createStoreModel,
  digestToComplete,
  isOpen,
  referrersOf,
  type StoreModel,
} from './store-model.ts';

/** What sessions may have become: all that three letters make. */
const COMPLETED = ['x', 'y', 'xy', 'xx', 'yx', 'xyxy'].flatMap((text) => [
  digestOf(Buffer.from(text)),
  digestOf(Buffer.from(text), 'sha512'),
]);
const DIGESTS: readonly Digest[] = [...new Set([...Object.values(BLOBS).map(({ digest }) => digest), ...COMPLETED])];
const ALL_MANIFESTS: readonly NewManifest[] = Object.values(MANIFESTS);
const SUBJECTS = [...ALL_MANIFESTS.map(({ digest }) => digest), sampleManifest('nobody').digest];

export function describeModel(open: () => Promise<StoreFixture>, abilities: StoreAbilities): void {
  const { uploadExpiryMs = UPLOAD_EXPIRY_MS, numRuns = 30, restarts = false } = abilities;
  const property = fc.asyncProperty(operations(uploadExpiryMs, restarts), async (sequence) => {
    const fixture = await open();
    try {
      await compareWithModel(fixture, sequence, uploadExpiryMs);
    } finally {
      await fixture.close();
    }
  });
  describe('after any sequence of operations', () => {
    it('shows what the model says', { timeout: 120_000 }, async () => {
      expect(await fc.check(property, { numRuns }).then(reportOf)).toBe('');
    });
  });
}

/** Empty when every run went well. */
function reportOf(details: fc.RunDetails<[Operation[]]>): string {
  return details.failed ? (fc.defaultReportMessage(details) ?? 'failed') : '';
}

/** The store that is open, and the ids that it gave to the model's sessions. */
interface Subject {
  readonly fixture: StoreFixture;
  store: Store;
  readonly ids: string[];
}

async function compareWithModel(
  fixture: StoreFixture,
  sequence: readonly Operation[],
  expiryMs: number,
): Promise<void> {
  const model = createStoreModel(expiryMs);
  const subject: Subject = { fixture, store: fixture.store, ids: [] };
  for (const [at, operation] of sequence.entries()) {
    const step = `step ${at + 1}, ${operation.type}`;
    // The store first: what it is told may depend on the model's state before.
    const answer = await applyToStore(subject, operation, model);
    expect({ step, answer }).toEqual({ step, answer: applyToModel(model, operation) });
    expect({ step, ...(await stateOfStore(subject)) }).toEqual({ step, ...stateOfModel(model) });
  }
}

async function applyToStore(subject: Subject, operation: Operation, model: StoreModel): Promise<unknown> {
  const { store, fixture } = subject;
  switch (operation.type) {
    case 'push':
      await pushBlob(store, operation.repository, BLOBS[operation.blob]);
      return 'done';
    case 'mount':
      return store.blobs.mount(operation.repository, BLOBS[operation.blob].digest, operation.source);
    case 'delete-blob':
      return store.blobs.delete(operation.repository, BLOBS[operation.blob].digest);
    case 'put': {
      const { repository, tags, condition } = operation;
      const manifest = MANIFESTS[operation.manifest];
      return outcomeOf(store.manifests.put(repository, manifest, { tags, ...(condition && { condition }) }));
    }
    case 'delete-manifest':
      return store.manifests.delete(operation.repository, MANIFESTS[operation.manifest].digest);
    case 'untag':
      return answerOf(store.manifests.untag(operation.repository, operation.tag, operation.condition));
    case 'begin':
      subject.ids.push((await store.uploads.create(operation.repository)).id);
      return 'done';
    case 'append':
    case 'complete':
    case 'cancel':
      return applyToSession(subject, operation, model);
    case 'wait':
      fixture.advance(operation.ms);
      return 'done';
    case 'remove-expired':
      await store.uploads.removeExpired();
      return 'done';
    case 'restart':
      subject.store = (await fixture.reopen?.()) ?? store;
      return 'done';
  }
}

async function sizeOrKind(call: Promise<{ readonly sizeBytes: number }>): Promise<unknown> {
  return answerOf(call.then(({ sizeBytes }) => sizeBytes));
}

async function applyToSession(
  { store, ids }: Subject,
  operation: Extract<Operation, { type: 'append' | 'complete' | 'cancel' }>,
  model: StoreModel,
): Promise<unknown> {
  const { repository } = operation;
  const index = operation.session % Math.max(ids.length, 1);
  const id = ids[index] ?? 'none';
  if (operation.type === 'cancel') return store.uploads.cancel(repository, id);
  if (operation.type === 'complete') {
    return sizeOrKind(store.uploads.complete(repository, id, digestToComplete(model, operation)));
  }
  const { text, announced, shift } = operation;
  const chunk = toChunk(Buffer.from(text));
  const offset = (model.sessions[index]?.text.length ?? 0) + shift;
  const announcement = announced !== undefined && { sizeBytes: announced };
  const outcome = await sizeOrKind(store.uploads.append(repository, id, { ...chunk, offset, ...announcement }));
  if (outcome !== 'SIZE_INVALID') return outcome;
  return ['taken back', await sizeOrKind(store.uploads.append(repository, id, toChunk(Buffer.from(text))))];
}

const EVERYTHING = { limit: 1_000 };
const ALL_REFERRERS = { limit: 1_000, limitBytes: 1_000_000 };

/** All that a client can see, in the shape of `stateOfModel`. */
async function stateOfStore({ store, ids }: Subject): Promise<object> {
  return {
    repositories: (await store.catalog.listRepositories(EVERYTHING)).items,
    contents: await Promise.all(REPOSITORIES.map(async (repository) => contentOfStore(store, repository))),
    sessions: await Promise.all(
      ids.map(async (id) =>
        Promise.all(REPOSITORIES.map(async (repository) => (await store.uploads.status(repository, id))?.sizeBytes)),
      ),
    ),
  };
}

function stateOfModel(model: StoreModel): object {
  return {
    repositories: REPOSITORIES.filter((repository) => model.repositories.has(repository)),
    contents: REPOSITORIES.map((repository) => contentOfModel(model, repository)),
    sessions: model.sessions.map((session) =>
      REPOSITORIES.map((repository) =>
        session.repository === repository && isOpen(model, session) ? session.text.length : undefined,
      ),
    ),
  };
}

async function contentOfStore(store: Store, repository: RepositoryName): Promise<unknown> {
  const { manifests, catalog } = store;
  return {
    exists: await catalog.hasRepository(repository),
    blobs: await Promise.all(DIGESTS.map(async (digest) => viewBlob(store, repository, digest))),
    manifests: await Promise.all(ALL_MANIFESTS.map(async ({ digest }) => viewManifest(store, repository, digest))),
    has: await Promise.all(ALL_MANIFESTS.map(async ({ digest }) => manifests.has(repository, digest))),
    tags: await Promise.all(TAGS.map(async (tag) => manifests.resolve(repository, tag))),
    listed: (await catalog.listTags(repository, EVERYTHING)).items,
    referrers: await Promise.all(
      SUBJECTS.map(async (digest) => (await catalog.listReferrers(repository, digest, ALL_REFERRERS)).items),
    ),
  };
}

function contentOfModel({ repositories }: StoreModel, repository: RepositoryName): unknown {
  const content = repositories.get(repository);
  const textOf = (digest: Digest): string | undefined => content?.blobs.get(digest);
  return {
    exists: content !== undefined,
    blobs: DIGESTS.map((digest) => {
      const text = textOf(digest);
      return text === undefined ? undefined : viewOf({ digest, bytes: Buffer.from(text) });
    }),
    manifests: ALL_MANIFESTS.map((manifest) =>
      content?.manifests.has(manifest.digest) === true ? manifestView(manifest) : undefined,
    ),
    has: ALL_MANIFESTS.map(({ digest }) => content?.manifests.has(digest) ?? false),
    tags: TAGS.map((tag) => content?.tags.get(tag)),
    listed: TAGS.filter((tag) => content?.tags.has(tag)),
    referrers: SUBJECTS.map((subject) => referrersOf(content, subject)),
  };
}
