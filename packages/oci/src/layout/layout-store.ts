/**
 * An OCI image-layout folder as a content store: skopeo, oras and docker buildx read and write the same folder.
 *
 * Reads write nothing and take no lock. The first write makes the folder.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @module
 */
import nodeFs from 'node:fs/promises';
import {
  SquizzleError,
  type CallOptions,
  type ContentStore,
  type DeletableStore,
  type ImmutableTagStore,
  type ReferrerStore,
} from '@squizzle/core';
import { isManifestMediaType, parseTag, verifiedContent, type Descriptor, type Tag } from '@squizzle/oci-spec';
import { contentNotFound, createBlobFolder, type BlobFolder } from './blob-folder.ts';
import type { FileLockOptions } from './file-lock.ts';
import { findReferrers, type SubjectMemory } from './find-referrers.ts';
import { createIndexFile, type IndexFile } from './index-file.ts';
import type { LayoutFs } from './layout-fs.ts';
import { findTagged, tagsIn, withManifest, withoutTag, withTag, type LayoutIndex } from './layout-index.ts';
import { layoutPaths, type LayoutPaths } from './layout-paths.ts';
import { removeManifest } from './remove-manifest.ts';
import { resolveDigest } from './resolve-digest.ts';

export type LayoutStore = ContentStore & ImmutableTagStore & DeletableStore & ReferrerStore;

export interface LayoutStoreOptions {
  /** How long a write waits for writers in other processes. Default 60 s. */
  readonly lockWaitMs?: number | undefined;
  /** Where the folder lies. Default: `node:fs/promises`. */
  readonly fs?: LayoutFs | undefined;
}

/**
 * Opens a folder, which need not exist.
 *
 * Any number of processes may use it at once. Faults of the file system, a folder that is no image layout, and a
 * damaged `index.json` are `STORE_UNUSABLE`, thrown by the call that met them and with nothing half-written.
 */
export function createLayoutStore(root: string, options: LayoutStoreOptions = {}): LayoutStore {
  const { fs = nodeFs, lockWaitMs: waitMs } = options;
  const paths = layoutPaths(root);
  const index = createIndexFile(fs, paths);
  const blobs = createBlobFolder(fs, paths);
  const parts: StoreParts = { paths, index, blobs, subjects: new Map(), waitMs };
  return {
    description: `folder ${root}`,
    ...contentMethods(parts),
    ...tagMethods(parts),
    ...removalMethods(parts),
    ...referrerMethods(parts),
  };
}

interface StoreParts {
  readonly paths: LayoutPaths;
  readonly index: IndexFile;
  readonly blobs: BlobFolder;
  readonly subjects: SubjectMemory;
  readonly waitMs: number | undefined;
}

function contentMethods({ paths, index, blobs, waitMs }: StoreParts): Pick<LayoutStore, 'has' | 'push' | 'fetch'> {
  return {
    async has(descriptor, { signal } = {}) {
      signal?.throwIfAborted();
      await index.inspect();
      return blobs.has(descriptor);
    },
    async push(descriptor, content, { signal } = {}) {
      signal?.throwIfAborted();
      await index.ensureLayout({ signal, waitMs });
      if (!(await blobs.has(descriptor))) {
        await blobs.removeLeftovers();
        await blobs.write(descriptor, content, { signal });
      }
      if (!isManifestMediaType(descriptor.mediaType)) return;
      const list = async (before: LayoutIndex): Promise<LayoutIndex> => {
        if (!(await blobs.has(descriptor))) throw contentNotFound(paths, descriptor.digest); // deleted meanwhile
        return withManifest(before, descriptor);
      };
      await changeIfNeeded(index, list, { signal, waitMs });
    },
    fetch: (descriptor, callOptions = {}) =>
      verifiedContent(async function* () {
        await index.inspect();
        yield* blobs.read(descriptor, callOptions);
      }, descriptor),
  };
}

type TagMethods = Pick<LayoutStore, 'tag' | 'claimTag' | 'resolve' | 'tags' | 'untag'>;

function tagMethods({ paths, index, blobs, waitMs }: StoreParts): TagMethods {
  const setTag = async (
    descriptor: Descriptor,
    tag: Tag,
    check: (index: LayoutIndex) => void,
    { signal }: CallOptions,
  ) => {
    signal?.throwIfAborted();
    const edit = async (before: LayoutIndex): Promise<LayoutIndex> => {
      if (!(await blobs.has(descriptor))) throw contentNotFound(paths, descriptor.digest);
      check(before);
      return withTag(before, descriptor, tag);
    };
    await changeIfNeeded(index, edit, { signal, waitMs });
  };
  return {
    tag: async (descriptor, tag, options = {}) => setTag(descriptor, tag, () => undefined, options),
    claimTag: async (descriptor, tag, options = {}) =>
      setTag(descriptor, tag, (before) => refuseOther(before, descriptor, tag), options),
    async resolve(reference, { signal } = {}) {
      signal?.throwIfAborted();
      const tag = parseTag(reference);
      const listed = await index.read();
      const found = tag === undefined ? await resolveDigest(listed, blobs, reference) : findTagged(listed, tag);
      return found !== undefined && (await blobs.exists(found.digest)) ? found : undefined;
    },
    async *tags({ signal } = {}) {
      signal?.throwIfAborted();
      yield* tagsIn(await index.read());
    },
    async untag(tag, { signal } = {}) {
      signal?.throwIfAborted();
      await changeIfNeeded(index, async (before) => withoutTag(before, tag), { signal, waitMs });
    },
  };
}

/** What is so already needs no lock, and no right to write: publishing again succeeds in a read-only folder. */
async function changeIfNeeded(
  index: IndexFile,
  edit: (before: LayoutIndex) => Promise<LayoutIndex>,
  options: FileLockOptions,
): Promise<void> {
  const before = await index.read();
  if ((await edit(before)) !== before) await index.change(edit, options);
}

function refuseOther(index: LayoutIndex, { digest }: Descriptor, tag: Tag): void {
  const existing = findTagged(index, tag)?.digest;
  if (existing === undefined || existing === digest) return;
  const message = `${tag} is already published as ${existing}, not ${digest}; publish the change as a new version`;
  throw new SquizzleError('TAG_IMMUTABLE', message, { tag, existing, refused: digest });
}

function referrerMethods({ index, blobs, subjects }: StoreParts): ReferrerStore {
  return {
    async *referrers({ digest }, callOptions = {}) {
      callOptions.signal?.throwIfAborted();
      yield* await findReferrers(digest, await index.read(), blobs, subjects, callOptions);
    },
  };
}

function removalMethods({ index, blobs, subjects, waitMs }: StoreParts): Pick<LayoutStore, 'delete'> {
  return {
    async delete(descriptor, { signal } = {}) {
      signal?.throwIfAborted();
      if ((await index.inspect()) === 'empty') return;
      await removeManifest(descriptor, { index, blobs, subjects }, { signal, waitMs });
    },
  };
}
