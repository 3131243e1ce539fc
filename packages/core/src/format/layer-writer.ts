/**
 * Writes a release's files as a layer: a tar that is the same bytes on every machine, compressed by a pinned
 * deflate in JavaScript, because node:zlib's output depends on the CPU and on the Node version.
 *
 * @see docs/adr/0003-byte-stable-compression.md
 * @module
 */
import { createDigester, MEDIA_TYPES, type Descriptor, type Digest } from '@squizzle/oci-spec';
import { Gzip } from 'fflate';
import { pack, type Pack } from 'tar-stream';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { FORMAT_LIMITS } from './limits.ts';

/** What goes into a layer; `path` from the image's root, as in `migrations/1.0.0/migrations/0001.sql`. */
export interface LayerFile {
  readonly path: string;
  read(): Promise<Uint8Array>;
}

export interface WrittenLayer {
  readonly descriptor: Descriptor;
  /** Digest of the tar before compression, for the image config. */
  readonly diffId: Digest;
  readonly bytes: Uint8Array;
}

/** Deflate's output depends on where its input is cut, so it is always cut here. */
const BLOCK_BYTES = 65_536;
const COMPRESSION_LEVEL = 6;
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
const EPOCH = new Date(0);

/**
 * Regular files and their folders only, sorted by path, owner 0, fixed modes and times.
 *
 * @param folder a folder that the layer holds though it may have no file, with its `/`: what tells empty releases apart.
 * @throws {SquizzleError} `ARTIFACT_TOO_LARGE` when the compressed layer passes its limit; whatever `read` throws.
 */
export async function writeLayer(files: readonly LayerFile[], folder?: string): Promise<WrittenLayer> {
  const tar = pack();
  const written = appendFiles(tar, files, folder === undefined ? files : [...files, { path: folder }]);
  const [layer] = await Promise.all([compress(tar), written]);
  return layer;
}

async function appendFiles(
  tar: Pack,
  files: readonly LayerFile[],
  paths: readonly Pick<LayerFile, 'path'>[],
): Promise<void> {
  try {
    for (const folder of foldersOf(paths))
      await appendEntry(tar, { name: `${folder}/`, mode: FOLDER_MODE, type: 'directory' });
    for (const file of files.toSorted((a, b) => compareBytes(a.path, b.path))) {
      await appendEntry(tar, { name: file.path, mode: FILE_MODE, type: 'file' }, await file.read());
    }
    tar.finalize();
  } catch (cause) {
    tar.destroy(cause instanceof Error ? cause : undefined);
    throw cause;
  }
}

interface EntryHead {
  readonly name: string;
  readonly mode: number;
  readonly type: 'file' | 'directory';
}

async function appendEntry(tar: Pack, head: EntryHead, content?: Uint8Array): Promise<void> {
  const owner = { uid: 0, gid: 0, uname: '', gname: '', mtime: EPOCH };
  await new Promise<void>((resolve, reject) => {
    const done = (fault?: Error | null): void => (fault ? reject(fault) : resolve());
    if (content === undefined) tar.entry({ ...head, ...owner }, done);
    else
      tar.entry(
        { ...head, ...owner, size: content.byteLength },
        Buffer.from(content.buffer, content.byteOffset, content.byteLength),
        done,
      );
  });
}

function foldersOf(files: readonly Pick<LayerFile, 'path'>[]): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, depth) => folders.add(parts.slice(0, depth + 1).join('/')));
  }
  return [...folders].sort(compareBytes);
}

/** UTF-8 byte order, which for JavaScript strings differs from `<` beyond the basic plane. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function compress(tar: AsyncIterable<unknown>): Promise<WrittenLayer> {
  const plain = createDigester();
  const packed = createDigester();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const gzip = new Gzip({ level: COMPRESSION_LEVEL, mtime: 0 }, (chunk) => {
    size += chunk.byteLength;
    packed.update(chunk);
    chunks.push(chunk);
  });
  for await (const block of cutBlocks(tar as AsyncIterable<Uint8Array>)) {
    plain.update(block);
    gzip.push(block);
    if (size > FORMAT_LIMITS.layerBytes) throw tooLarge(size);
  }
  gzip.push(new Uint8Array(0), true);
  const digest = packed.digest();
  return {
    descriptor: { mediaType: MEDIA_TYPES.ociLayerTarGzip, digest, size },
    diffId: plain.digest(),
    bytes: Buffer.concat(chunks),
  };
}

async function* cutBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength;) {
      const taken = Math.min(BLOCK_BYTES - filled, chunk.byteLength - at);
      block.set(chunk.subarray(at, at + taken), filled);
      [filled, at] = [filled + taken, at + taken];
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = new Uint8Array(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

function tooLarge(actual: number): SquizzleError<'ARTIFACT_TOO_LARGE'> {
  const limit = FORMAT_LIMITS.layerBytes;
  const message = `the release compresses to more than ${limit} bytes; load data of this size by other means than migrations`;
  return new SquizzleError('ARTIFACT_TOO_LARGE', message, { what: 'layer', limit, actual });
}
