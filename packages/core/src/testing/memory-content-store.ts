/**
 * A content store in memory, for tests: it keeps every promise of the contracts and forgets when dropped.
 *
 * @module
 */
import {
  contentsOf,
  isManifestMediaType,
  parseManifest,
  parseTag,
  verifiedContent,
  verifyContent,
  type Bytes,
  type Descriptor,
  type Digest,
  type Manifest,
  type Tag,
} from '@squizzle/oci-spec';
import type { ContentStore, DeletableStore, ImmutableTagStore, ReferrerStore } from '../contracts/content-store.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { referrerEntry, subjectOf } from '../storage/referrer-entry.ts';

export type MemoryContentStore = ContentStore & ImmutableTagStore & DeletableStore & ReferrerStore;

interface Memory {
  readonly blobs: Map<Digest, Uint8Array>;
  readonly manifests: Map<Digest, Descriptor>;
  readonly tags: Map<Tag, Descriptor>;
}

const CHUNK_BYTES = 64 * 1024;

/** An empty store. `name` tells several apart in messages. */
export function createMemoryContentStore(name = 'test'): MemoryContentStore {
  const memory: Memory = { blobs: new Map(), manifests: new Map(), tags: new Map() };
  return {
    description: `memory ${name}`,
    ...contentMethods(memory),
    ...tagMethods(memory),
    ...removalMethods(memory),
    ...referrerMethods(memory),
  };
}

function hasContent({ blobs }: Memory, { digest, size }: Descriptor): boolean {
  return blobs.get(digest)?.byteLength === size;
}

function contentMethods(memory: Memory): Pick<MemoryContentStore, 'has' | 'push' | 'fetch'> {
  const { blobs, manifests } = memory;
  return {
    async has(descriptor, { signal } = {}) {
      signal?.throwIfAborted();
      return hasContent(memory, descriptor);
    },
    async push(descriptor, content, { signal } = {}) {
      signal?.throwIfAborted();
      const isThere = hasContent(memory, descriptor);
      if (!isThere) {
        const collected = collect(descriptor, content);
        blobs.set(descriptor.digest, await (signal === undefined ? collected : orAborted(collected, signal)));
      }
      if (isManifestMediaType(descriptor.mediaType)) manifests.set(descriptor.digest, descriptor);
      return isThere ? 'present' : 'copied';
    },
    fetch: (descriptor, { signal } = {}) =>
      verifiedContent(function* () {
        signal?.throwIfAborted();
        const bytes = blobs.get(descriptor.digest);
        if (bytes === undefined) throw contentNotFound(descriptor);
        for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) {
          yield bytes.slice(at, at + CHUNK_BYTES);
          signal?.throwIfAborted();
        }
      }, descriptor),
  };
}

function referrerMethods(memory: Memory): ReferrerStore {
  return {
    async *referrers(subject, { artifactType, signal } = {}) {
      signal?.throwIfAborted();
      const found = referrersIn(memory, subject.digest).filter(
        (referrer) => artifactType === undefined || referrer.artifactType === artifactType,
      );
      yield* found.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    },
  };
}

function referrersIn(memory: Memory, subject: Digest): readonly Descriptor[] {
  return [...memory.manifests.values()].flatMap((descriptor) => {
    const manifest = manifestOf(memory, descriptor);
    return manifest !== undefined && subjectOf(manifest)?.digest === subject ? referrerEntry(descriptor, manifest) : [];
  });
}

function manifestOf({ blobs }: Memory, { digest, mediaType }: Descriptor): Manifest | undefined {
  const bytes = blobs.get(digest);
  return bytes === undefined || !isManifestMediaType(mediaType) ? undefined : parseManifest(bytes, mediaType);
}

function tagMethods(memory: Memory): Pick<MemoryContentStore, 'tag' | 'claimTag' | 'resolve' | 'tags' | 'untag'> {
  const { manifests, tags } = memory;
  return {
    async tag(descriptor, tag, { signal } = {}) {
      signal?.throwIfAborted();
      if (!hasContent(memory, descriptor)) throw contentNotFound(descriptor);
      tags.set(tag, descriptor);
    },
    async claimTag(descriptor, tag, { signal } = {}) {
      signal?.throwIfAborted();
      if (!hasContent(memory, descriptor)) throw contentNotFound(descriptor);
      const existing = tags.get(tag)?.digest;
      if (existing !== undefined && existing !== descriptor.digest) throw tagImmutable(tag, existing, descriptor);
      tags.set(tag, descriptor);
    },
    async resolve(reference, { signal } = {}) {
      signal?.throwIfAborted();
      const tag = parseTag(reference);
      return tag === undefined ? manifests.get(reference as Digest) : tags.get(tag);
    },
    async *tags({ signal } = {}) {
      signal?.throwIfAborted();
      yield* [...tags.keys()].toSorted();
    },
    async untag(tag, { signal } = {}) {
      signal?.throwIfAborted();
      tags.delete(tag);
    },
  };
}

function removalMethods(memory: Memory): Pick<MemoryContentStore, 'delete'> {
  return {
    async delete(descriptor, { signal } = {}) {
      signal?.throwIfAborted();
      removeManifest(memory, descriptor);
    },
  };
}

function removeManifest(memory: Memory, descriptor: Descriptor): void {
  const { blobs, manifests, tags } = memory;
  const before = reachable(memory, [descriptor]);
  manifests.delete(descriptor.digest);
  for (const [tag, { digest }] of tags) if (digest === descriptor.digest) tags.delete(tag);
  const kept = reachable(memory, [...manifests.values(), ...tags.values()]);
  for (const digest of before) if (!kept.has(digest)) blobs.delete(digest);
  if (kept.has(descriptor.digest)) return;
  const named = new Set([...tags.values()].map(({ digest }) => digest));
  for (const referrer of referrersIn(memory, descriptor.digest)) {
    if (!named.has(referrer.digest)) removeManifest(memory, referrer);
  }
}

/** The roots and whatever they name. */
function reachable(memory: Memory, roots: readonly Descriptor[]): ReadonlySet<Digest> {
  const found = new Set<Digest>();
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next.digest)) continue;
    found.add(next.digest);
    const manifest = manifestOf(memory, next);
    if (manifest !== undefined) waiting.push(...contentsOf(manifest));
  }
  return found;
}

async function collect(expected: Descriptor, content: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of verifyContent(content, expected)) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

/** The result, unless the signal is aborted first. */
async function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const listening = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: listening.signal });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    listening.abort();
    result.catch(() => undefined); // nobody waits for it after an abort
  }
}

function contentNotFound({ digest }: Descriptor): SquizzleError<'CONTENT_NOT_FOUND'> {
  return new SquizzleError('CONTENT_NOT_FOUND', `the memory store has no ${digest}; push it first`, { digest });
}

function tagImmutable(tag: Tag, existing: Digest, { digest: refused }: Descriptor): SquizzleError<'TAG_IMMUTABLE'> {
  const message = `${tag} is already published as ${existing}, not ${refused}; publish the change as a new version`;
  return new SquizzleError('TAG_IMMUTABLE', message, { tag, existing, refused });
}
