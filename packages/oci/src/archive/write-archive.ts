/**
 * Releases with their signatures as one file, for places that no registry reaches: an image layout in a tar.
 *
 * The same roots make the same bytes. The file appears whole or not at all.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @module
 */
import { randomUUID } from 'node:crypto';
import nodeFs from 'node:fs/promises';
import { dirname } from 'node:path';
import { SquizzleError, type CallOptions, type ContentSource } from '@squizzle/core';
import {
  digestAlgorithm,
  digestHex,
  isVerifiedAs,
  readVerified,
  verifyContent,
  type Bytes,
  type Descriptor,
} from '@squizzle/oci-spec';
import { fileSize, type LayoutFs } from '../layout/layout-fs.ts';
import { formatLayoutIndex, type ListedManifest } from '../layout/layout-index.ts';
import { MARKER_TEXT } from '../layout/layout-marker.ts';
import { ensureFolder, publishFile } from '../layout/publish-file.ts';
import { untilAborted } from '../layout/until-aborted.ts';
import { collectContents, type ArchiveSource, type LayoutContents } from './layout-contents.ts';
import { tarEnd, tarFile, tarFolder } from './tar-writer.ts';

export interface ExportArchiveOptions extends CallOptions {
  /** What the archive is for. At least one. */
  readonly roots: readonly ListedManifest[];
  /** Signatures come along where the source keeps referrers; cosign's `.sig` and `.att` where its tags can be looked up. */
  readonly from: ArchiveSource;
  readonly path: string;
  /** What happens to a file that is there. Default: `refuse`. */
  readonly existing?: 'refuse' | 'replace' | undefined;
  /** Told of each blob and manifest once it is written. */
  readonly onBlob?: ((descriptor: Descriptor) => void) | undefined;
  /** Where the file goes. Default: `node:fs/promises`. */
  readonly fs?: LayoutFs | undefined;
}

export interface ExportedArchive {
  readonly sizeBytes: number;
  /** Blobs and manifests, each once. */
  readonly blobs: number;
}

const FILE_MODE = 0o644;
/** Blobs up to this size are fetched some at a time and held: a release is many small ones. */
const SMALL_BYTES = 1024 * 1024;
const BATCH = 8;

/**
 * Writes the archive, with constant memory, beside its place first; a fault or an abort leaves nothing.
 *
 * @throws {SquizzleError} `FILE_EXISTS`; `CONTENT_NOT_FOUND` when the source lacks something that is named;
 *   `ARTIFACT_TOO_LARGE`; `STORE_UNUSABLE` when the file cannot be written.
 * @throws {ContentError} for content of the source that does not match its descriptor.
 */
export async function exportArchive(options: ExportArchiveOptions): Promise<ExportedArchive> {
  const { roots, from, path, existing = 'refuse', fs = nodeFs, signal } = options;
  if (roots.length === 0) throw new RangeError('an archive of nothing: name at least one release');
  signal?.throwIfAborted();
  const refuseExisting = async (): Promise<void> => {
    if (existing === 'refuse' && (await fileSize(fs, path)) !== undefined) throw fileExists(path);
  };
  await refuseExisting();
  const contents = await collectContents(roots, from, signal);
  let sizeBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of writeLayout(contents, options)) {
      sizeBytes += chunk.byteLength;
      yield chunk;
    }
  };
  await ensureFolder(fs, dirname(path));
  const publication = { arriving: `${path}.${randomUUID()}`, path, mode: FILE_MODE, beforeRename: refuseExisting };
  await publishFile(fs, publication, untilAborted(counted(), signal));
  return { sizeBytes, blobs: contents.blobs.length };
}

async function* writeLayout(
  { index, blobs }: LayoutContents,
  { from, onBlob, signal }: ExportArchiveOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* tarBytes('oci-layout', new TextEncoder().encode(MARKER_TEXT));
  yield* tarBytes('index.json', formatLayoutIndex(index));
  yield tarFolder('blobs/');
  let folder = '';
  for await (const { descriptor, content } of fetchBlobs(blobs, from, signal)) {
    const { digest, size } = descriptor;
    const below = `blobs/${digestAlgorithm(digest)}/`;
    if (below !== folder) yield tarFolder(below);
    folder = below;
    yield* tarFile(`${below}${digestHex(digest)}`, size, content);
    onBlob?.(descriptor);
  }
  yield tarEnd();
}

function tarBytes(name: string, bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return tarFile(name, bytes.byteLength, [bytes]);
}

interface FetchedBlob {
  readonly descriptor: Descriptor;
  readonly content: Bytes;
}

/** In their order; small ones that follow each other are fetched together, because each costs a registry a turn. */
async function* fetchBlobs(
  blobs: readonly Descriptor[],
  from: ContentSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<FetchedBlob, void, undefined> {
  for (let at = 0; at < blobs.length;) {
    const next = blobs.slice(at, at + BATCH);
    const large = next.findIndex(({ size }) => size > SMALL_BYTES);
    const small = large === -1 ? next : next.slice(0, large);
    for (const blob of await fetchTogether(small, from, signal)) yield blob;
    const [descriptor] = small.length === next.length ? [] : next.slice(small.length);
    if (descriptor !== undefined) yield { descriptor, content: fetchVerified(descriptor, from, signal) };
    at += small.length + (descriptor === undefined ? 0 : 1);
  }
}

/** The first fault ends the others, and all have ended when it is thrown. */
async function fetchTogether(
  blobs: readonly Descriptor[],
  from: ContentSource,
  signal: AbortSignal | undefined,
): Promise<readonly FetchedBlob[]> {
  const failure = new AbortController();
  const combined = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const fetches = blobs.map(async (descriptor) => {
    try {
      const bytes = await readVerified(from.fetch(descriptor, { signal: combined }), descriptor, SMALL_BYTES);
      return { descriptor, content: [bytes] };
    } catch (thrown) {
      failure.abort(thrown);
      throw thrown;
    }
  });
  await Promise.allSettled(fetches);
  return Promise.all(fetches);
}

/** Stores verify what they give; what does not say so is verified here. */
function fetchVerified(descriptor: Descriptor, from: ContentSource, signal: AbortSignal | undefined): Bytes {
  const content = from.fetch(descriptor, { signal });
  return isVerifiedAs(content, descriptor) ? content : verifyContent(content, descriptor);
}

function fileExists(path: string): SquizzleError<'FILE_EXISTS'> {
  return new SquizzleError('FILE_EXISTS', `${path} is there already; choose another name, or say to replace it`, {
    path,
  });
}
