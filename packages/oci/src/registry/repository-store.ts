/**
 * A repository of any OCI registry as a content store.
 *
 * Blobs and manifests are two things to a registry and one to a store: the media type decides.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 * @module
 */
import {
  SquizzleError,
  type CallOptions,
  type ContentStore,
  type DeletableStore,
  type ImmutableTagStore,
  type ReferrerStore,
} from '@squizzle/core';
import {
  isManifestMediaType,
  parseManifest,
  readVerified,
  verifiedContent,
  type Bytes,
  type Descriptor,
} from '@squizzle/oci-spec';
import { untilAborted } from '../layout/until-aborted.ts';
import { downloadBlob } from './blobs/download-blob.ts';
import { hasBlob } from './blobs/has-blob.ts';
import { createSharedUploads, type SharedUpload } from './blobs/shared-uploads.ts';
import { createClaimTag, type ClaimTag } from './claim/claim-tag.ts';
import { deleteManifest } from './deletion/delete-manifest.ts';
import { untag } from './deletion/untag.ts';
import { listTags } from './lists/tags.ts';
import { getManifest } from './manifests/get-manifest.ts';
import { headManifest } from './manifests/head-manifest.ts';
import { putManifest, type ManifestContent } from './manifests/put-manifest.ts';
import { createRecentManifests, type RecentManifests } from './manifests/recent-manifests.ts';
import { createReferrers, type Referrers } from './referrers/create-referrers.ts';
import type { RepositoryAccess } from './repository-access.ts';
import { describePlace } from './response-error.ts';

/** What a repository does as a store, whoever owns the connection. */
export type RepositoryStore = ContentStore & ImmutableTagStore & DeletableStore & ReferrerStore;

export interface RepositoryStoreOptions {
  /**
   * This program alone publishes to the repository: tags are claimed without waiting for others to show up. Default:
   * `false`. Where it is not true, two may both think that a version is theirs.
   */
  readonly soleWriter?: boolean | undefined;
}

/** The store of a repository of a connection that is somebody else's to close. */
export function createRepositoryStore(
  access: RepositoryAccess,
  { soleWriter }: RepositoryStoreOptions = {},
): RepositoryStore {
  const parts: StoreParts = {
    access,
    claimTag: createClaimTag(access, { soleWriter }),
    referrers: createReferrers(access),
    recent: createRecentManifests(),
    upload: createSharedUploads(access),
  };
  return {
    description: `registry ${describePlace(access)}`,
    wholeManifests: true,
    ...contentMethods(parts),
    ...tagMethods(parts),
    ...removalMethods(parts),
  };
}

interface StoreParts {
  readonly access: RepositoryAccess;
  readonly claimTag: ClaimTag;
  readonly referrers: Referrers;
  readonly recent: RecentManifests;
  readonly upload: SharedUpload;
}

type ContentMethods = Pick<RepositoryStore, 'has' | 'push' | 'fetch' | 'referrers'>;

function contentMethods(parts: StoreParts): ContentMethods {
  const { access, referrers, upload } = parts;
  return {
    async has(descriptor, { signal } = {}) {
      signal?.throwIfAborted();
      if (!isManifestMediaType(descriptor.mediaType)) return hasBlob(access, descriptor, { signal });
      return (await headManifest(access, descriptor.digest, { signal }))?.size === descriptor.size;
    },
    async push(descriptor, content, { signal } = {}) {
      signal?.throwIfAborted();
      if (!isManifestMediaType(descriptor.mediaType)) {
        return (await upload(descriptor, content, { signal })) === 'present' ? 'present' : 'copied';
      }
      await pushManifest(parts, descriptor, content, { signal });
      return 'copied';
    },
    fetch: (descriptor, options = {}) =>
      isManifestMediaType(descriptor.mediaType)
        ? verifiedContent(() => pullManifest(parts, descriptor, options), descriptor)
        : downloadBlob(access, descriptor, options),
    async *referrers(subject, { artifactType, signal } = {}) {
      signal?.throwIfAborted();
      yield* await referrers.list(subject.digest, { artifactType, signal });
    },
  };
}

/**
 * A push that fails when the manifest is there and its subject's list is not changed yet is mended by the same push.
 */
async function pushManifest(
  { access, referrers, recent }: StoreParts,
  descriptor: Descriptor,
  content: Bytes,
  { signal }: CallOptions,
): Promise<void> {
  const bytes = await readVerified(untilAborted(content, signal), descriptor, access.limits.manifestBytes);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  const answer = await putManifest(access, descriptor.digest, { descriptor, bytes }, { signal });
  recent.add({ descriptor, bytes });
  await referrers.attach(descriptor, manifest, answer?.subject, { signal });
}

async function* pullManifest(
  { access, recent }: StoreParts,
  descriptor: Descriptor,
  { signal }: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const pulled = await getManifest(access, descriptor.digest, { expected: descriptor, signal });
  if (pulled === undefined) throw contentNotFound(access, descriptor);
  recent.add(pulled);
  yield pulled.bytes;
}

type TagMethods = Pick<RepositoryStore, 'tag' | 'claimTag' | 'resolve' | 'tags' | 'untag'>;

function tagMethods(parts: StoreParts): TagMethods {
  const { access, claimTag, referrers } = parts;
  return {
    async tag(descriptor, tag, { signal } = {}) {
      signal?.throwIfAborted();
      await putManifest(access, tag, await readToTag(parts, descriptor, { signal }), { signal });
    },
    async claimTag(descriptor, tag, { signal } = {}) {
      signal?.throwIfAborted();
      await claimTag(descriptor, tag, { read: () => readToTag(parts, descriptor, { signal }), signal });
    },
    async resolve(reference, { signal } = {}) {
      signal?.throwIfAborted();
      return headManifest(access, reference, { confirmAbsence: true, signal });
    },
    async *tags({ signal } = {}) {
      signal?.throwIfAborted();
      yield* await listTags(access, { signal });
    },
    async untag(tag, { signal } = {}) {
      signal?.throwIfAborted();
      await untag(access, tag, { referrers, signal });
    },
  };
}

/** What was pushed or read just now is not asked for again. */
async function readToTag(
  { access, recent }: StoreParts,
  descriptor: Descriptor,
  { signal }: CallOptions,
): Promise<ManifestContent> {
  const known = recent.get(descriptor.digest);
  if (known !== undefined) return known;
  const pulled = await getManifest(access, descriptor.digest, { expected: descriptor, action: 'push', signal });
  if (pulled === undefined) throw contentNotFound(access, descriptor);
  recent.add(pulled);
  return pulled;
}

function removalMethods({ access, referrers, recent }: StoreParts): Pick<RepositoryStore, 'delete'> {
  return {
    async delete(descriptor, { signal } = {}) {
      signal?.throwIfAborted();
      recent.remove(descriptor.digest);
      await deleteManifest(access, descriptor.digest, referrers, { signal });
    },
  };
}

function contentNotFound(access: RepositoryAccess, { digest }: Descriptor): SquizzleError<'CONTENT_NOT_FOUND'> {
  const message = `${describePlace(access)} has no manifest ${digest}; push it first`;
  return new SquizzleError('CONTENT_NOT_FOUND', message, { digest });
}
