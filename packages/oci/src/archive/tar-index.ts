/**
 * An image layout in one tar file, read in place: as `exportArchive`, `skopeo copy … oci-archive:`, `podman save
 * --format oci-archive`, `docker save` (25 and later) and `tar -C layout -cf archive.tar .` write it.
 *
 * One pass over the headers finds everything; content is read where it lies and verified as it passes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @module
 */
import { tmpdir } from 'node:os';
import {
  isSignatureTag,
  SquizzleError,
  subjectOf,
  type CallOptions,
  type ContentStore,
  type ReferrerStore,
} from '@squizzle/core';
import {
  digestFromHex,
  isContentError,
  parseJsonObject,
  parseTag,
  verifiedContent,
  type ContentId,
  type Descriptor,
  type Digest,
} from '@squizzle/oci-spec';
import { findReferrers, type SubjectMemory } from '../layout/find-referrers.ts';
import {
  findTagged,
  INDEX_BYTES,
  manifestsIn,
  parseLayoutIndex,
  tagsIn,
  type LayoutIndex,
  type ListedManifest,
} from '../layout/layout-index.ts';
import { isSupportedLayout } from '../layout/layout-marker.ts';
import { readManifestIfWhole } from '../layout/manifest-walk.ts';
import { resolveDigest } from '../layout/resolve-digest.ts';
import { refuserOf, type Refuse } from './archive-error.ts';
import { ARCHIVE_LIMITS, type UnpackLimits } from './archive-limits.ts';
import { openTarFile, type TarFile } from './open-tar-file.ts';
import { readTarEntries } from './tar-entries.ts';
import { createFileInput, readRange } from './tar-input.ts';

/** What can be read of an archive as of a store. Nothing can be written. */
export type LayoutArchive = Pick<ContentStore, 'description' | 'has' | 'fetch' | 'resolve' | 'tags'> &
  ReferrerStore & {
    /** Manifests in index.json that have a tag or are about nobody, in its order. Not cosign's lists of signatures. */
    readonly roots: readonly ListedManifest[];
    /** Manifests in index.json that are attached to others and have no tag. */
    readonly attached: readonly Descriptor[];
    /** Closes the file. Reading ends with an error then. */
    close(): Promise<void>;
  };

export interface OpenArchiveOptions extends CallOptions, UnpackLimits {
  /** Where a compressed archive is unpacked. Default: the system's. */
  readonly temporaryFolder?: string | undefined;
}

/**
 * Opens an archive, plain or gzipped. It has to be closed.
 *
 * @throws {SquizzleError} `ARCHIVE_INVALID` for anything but an image layout of files and folders;
 *   `STORE_UNUSABLE` for faults of the file system.
 */
export async function openLayoutArchive(path: string, options: OpenArchiveOptions = {}): Promise<LayoutArchive> {
  const { signal, maxBytes = ARCHIVE_LIMITS.unpackedBytes, maxEntries = ARCHIVE_LIMITS.entries } = options;
  const refuse = refuserOf(path);
  const { temporaryFolder = tmpdir() } = options;
  const tar = await openTarFile(path, { refuse, maxBytes, temporaryFolder, signal });
  try {
    const members = await findMembers(tar, { refuse, maxEntries, signal });
    const layout = await readLayout(tar, members, refuse);
    return await toArchive(path, tar, layout, options);
  } catch (thrown) {
    await tar.close().catch(() => undefined);
    throw thrown;
  }
}

interface Place {
  readonly offset: number;
  readonly size: number;
}

interface Members {
  readonly marker: Place | undefined;
  readonly index: Place | undefined;
  readonly blobs: ReadonlyMap<Digest, Place>;
}

interface FindOptions {
  readonly refuse: Refuse;
  readonly maxEntries: number;
  readonly signal: AbortSignal | undefined;
}

async function findMembers(tar: TarFile, { refuse, maxEntries, signal }: FindOptions): Promise<Members> {
  const blobs = new Map<Digest, Place>();
  const others = new Map<string, Place>();
  const input = createFileInput(tar.path, tar.file, tar.size);
  // The file's size bounds the contents: none can be larger than what is there.
  for await (const { path, kind, offset, size } of readTarEntries(input, { refuse, maxEntries, maxBytes: tar.size })) {
    signal?.throwIfAborted();
    if (kind !== 'file') continue;
    const digest = digestOfPath(path);
    if (digest !== undefined) blobs.set(digest, { offset, size });
    else if (path === 'oci-layout' || path === 'index.json') others.set(path, { offset, size });
  }
  return { marker: others.get('oci-layout'), index: others.get('index.json'), blobs };
}

function digestOfPath(path: string): Digest | undefined {
  const [, algorithm, hex] = /^blobs\/(sha256|sha512)\/([a-f0-9]+)$/.exec(path) ?? [];
  return hex === undefined ? undefined : digestFromHex(algorithm === 'sha512' ? 'sha512' : 'sha256', hex);
}

interface Layout {
  readonly index: LayoutIndex;
  readonly blobs: ReadonlyMap<Digest, Place>;
}

async function readLayout(tar: TarFile, { marker, index, blobs }: Members, refuse: Refuse): Promise<Layout> {
  if (marker === undefined || index === undefined) {
    const missing = marker === undefined ? 'oci-layout' : 'index.json';
    const advice = 'an archive of a folder is made by tar -C folder -cf archive.tar . and docker save does from 25 on';
    return refuse(missing, `is not at its top, so it is no image layout (${advice})`);
  }
  const document = await readDocument(tar, 'oci-layout', marker, refuse, (bytes) =>
    parseJsonObject(bytes, { maxBytes: INDEX_BYTES, what: 'oci-layout' }),
  );
  if (!isSupportedLayout(document)) refuse('oci-layout', 'has another imageLayoutVersion than 1.0.x');
  const parsed = await readDocument(tar, 'index.json', index, refuse, parseLayoutIndex);
  return { index: parsed ?? refuse('index.json', 'is no image index with schemaVersion 2'), blobs };
}

async function readDocument<T>(
  { path, file }: TarFile,
  name: string,
  { offset, size }: Place,
  refuse: Refuse,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  if (size > INDEX_BYTES) refuse(name, `is larger than ${INDEX_BYTES} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRange(path, file, offset, size)) chunks.push(chunk);
  try {
    return parse(Buffer.concat(chunks));
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    return refuse(name, `cannot be read: ${cause.message}`, { cause });
  }
}

async function toArchive(
  path: string,
  tar: TarFile,
  { index, blobs }: Layout,
  { signal: opening }: CallOptions,
): Promise<LayoutArchive> {
  const subjects: SubjectMemory = new Map();
  const reader = {
    async *read({ digest }: ContentId, { signal }: CallOptions): AsyncGenerator<Uint8Array, void, undefined> {
      signal?.throwIfAborted();
      const place = blobs.get(digest);
      if (place === undefined) throw contentNotFound(path, digest);
      for await (const chunk of readRange(tar.path, tar.file, place.offset, place.size)) {
        yield chunk;
        signal?.throwIfAborted();
      }
    },
  };
  return {
    description: `archive ${path}`,
    ...(await sortListed(index, reader, opening)),
    async has({ digest, size }, { signal } = {}) {
      signal?.throwIfAborted();
      return blobs.get(digest)?.size === size;
    },
    fetch: (descriptor, options = {}) => verifiedContent(() => reader.read(descriptor, options), descriptor),
    async resolve(reference, { signal } = {}) {
      signal?.throwIfAborted();
      const tag = parseTag(reference);
      const found = tag === undefined ? await resolveDigest(index, reader, reference) : findTagged(index, tag);
      return found !== undefined && blobs.has(found.digest) ? found : undefined;
    },
    async *tags({ signal } = {}) {
      signal?.throwIfAborted();
      yield* tagsIn(index);
    },
    async *referrers({ digest }, options = {}) {
      options.signal?.throwIfAborted();
      yield* await findReferrers(digest, index, reader, subjects, options);
    },
    close: async () => tar.close(),
  };
}

/** What was asked for, and what hangs on it. */
async function sortListed(
  index: LayoutIndex,
  reader: Parameters<typeof readManifestIfWhole>[0],
  signal: AbortSignal | undefined,
): Promise<Pick<LayoutArchive, 'roots' | 'attached'>> {
  const roots: ListedManifest[] = [];
  const attached: Descriptor[] = [];
  for (const { descriptor, tags } of manifestsIn(index).values()) {
    signal?.throwIfAborted();
    if (tags.length > 0 && tags.every((tag) => isSignatureTag(tag))) continue; // found by the tag, when they are asked for
    const manifest = tags.length > 0 ? undefined : await readManifestIfWhole(reader, descriptor);
    if (manifest !== undefined && subjectOf(manifest) !== undefined) attached.push(descriptor);
    else roots.push({ descriptor, tags });
  }
  return { roots, attached };
}

function contentNotFound(path: string, digest: Digest): SquizzleError<'CONTENT_NOT_FOUND'> {
  const message = `archive ${path} has no ${digest}; export it again with all its content`;
  return new SquizzleError('CONTENT_NOT_FOUND', message, { digest });
}
