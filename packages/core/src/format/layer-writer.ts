/**
 * Writes a release's files as a layer: sorted, with their folders, in fixed modes, and held in memory.
 *
 * @see docs/adr/0003-byte-stable-compression.md
 * @module
 */
import type { Bytes } from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { LayerEntry } from './layer-entry.ts';
import { FORMAT_LIMITS } from './limits.ts';
import { streamLayer, type LayerSummary } from './stream-layer.ts';

/** What goes into a layer; `path` from the image's root, as in `migrations/1.0.0/migrations/0001.sql`. */
export interface LayerFile {
  readonly path: string;
  read(): Promise<Uint8Array>;
}

export interface WrittenLayer extends LayerSummary {
  readonly bytes: Uint8Array;
}

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/**
 * Regular files and their folders only, sorted by path, owner 0, fixed modes and times.
 *
 * @param folder a folder that the layer holds though it may have no file, with its `/`: what tells empty releases apart.
 * @throws {SquizzleError} `ARTIFACT_TOO_LARGE` when the compressed layer passes its limit; whatever `read` throws.
 */
export async function writeLayer(files: readonly LayerFile[], folder?: string): Promise<WrittenLayer> {
  const layer = streamLayer(toEntries(files, folder === undefined ? files : [...files, { path: folder }]));
  const bytes = await collect(layer.chunks);
  return { ...layer.summary(), bytes };
}

async function* toEntries(
  files: readonly LayerFile[],
  paths: readonly Pick<LayerFile, 'path'>[],
): AsyncGenerator<LayerEntry, void, undefined> {
  for (const path of foldersOf(paths)) yield { type: 'folder', path, mode: FOLDER_MODE };
  for (const file of files.toSorted((a, b) => compareBytes(a.path, b.path))) {
    const content = await file.read();
    const open = (): Bytes => [content];
    yield { type: 'file', path: file.path, mode: FILE_MODE, sizeBytes: content.byteLength, open };
  }
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

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const collected: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > FORMAT_LIMITS.layerBytes) throw tooLarge(size);
    collected.push(chunk);
  }
  return Buffer.concat(collected);
}

function tooLarge(actual: number): SquizzleError<'ARTIFACT_TOO_LARGE'> {
  const limit = FORMAT_LIMITS.layerBytes;
  const message = `the release compresses to more than ${limit} bytes; load data of this size by other means than migrations`;
  return new SquizzleError('ARTIFACT_TOO_LARGE', message, { what: 'layer', limit, actual });
}
