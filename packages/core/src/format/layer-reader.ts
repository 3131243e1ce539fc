/**
 * Reads a release's layer under limits: only files that the manifest names, each of the size and checksum it says.
 *
 * No ratio of compression is trusted: the manifest says how many bytes there may be, and reading stops beyond.
 *
 * @module
 */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createDigester, type Digest, type Digester } from '@squizzle/oci-spec';
import { extract, type Extract } from 'tar-stream';
import { SquizzleError, isSquizzleError } from '../errors/squizzle-error.ts';
import { checksumOf } from '../model/checksum.ts';
import type { ReleaseManifest, ScriptFile } from '../model/release-manifest.ts';

/** Contents of one release by path, as in `migrations/0001_users.sql`. */
export type ReleaseFiles = ReadonlyMap<string, Uint8Array>;

/** One file of the archive, read before the next comes. */
type TarEntry = Extract extends AsyncIterable<infer E> ? E : never;

/** Tar's headers, padding and folders, per file, with room for extended headers of long names. */
const OVERHEAD_PER_FILE = 8_192;
const OVERHEAD = 1_048_576;

/** Where a release's files lie in the image. */
export function releaseFolder(manifest: Pick<ReleaseManifest, 'version'>): string {
  return `migrations/${manifest.version}/`;
}

/** Every file that the release's layer must hold: steps and their rollbacks. */
export function filesOf(manifest: Pick<ReleaseManifest, 'steps'>): readonly ScriptFile[] {
  return manifest.steps.flatMap((step) => (step.rollback === null ? [step] : [step, step.rollback]));
}

/**
 * @param compressed the layer's bytes, already verified against its descriptor.
 * @throws {SquizzleError} `ARTIFACT_INVALID` saying which entry is wrong and how.
 */
export async function readLayer(
  compressed: Uint8Array,
  manifest: ReleaseManifest,
  diffId: Digest,
): Promise<ReleaseFiles> {
  const expected = new Map(filesOf(manifest).map((file) => [releaseFolder(manifest) + file.path, file]));
  const limit = [...expected.values()].reduce((sum, file) => sum + file.sizeBytes + OVERHEAD_PER_FILE, OVERHEAD);
  const found = new Map<string, Uint8Array>();
  const hash = createDigester();
  const gunzip = createGunzip();
  try {
    const tar = extract();
    const read = collectEntries(tar, expected, found, manifest);
    await Promise.all([pipeline([compressed], gunzip, countBytes(limit, hash, manifest), tar), read]);
  } catch (cause) {
    if (isSquizzleError(cause)) throw cause;
    throw invalid(manifest, 'is not a gzipped tar', cause);
  }
  // zlib passes over zeros behind a gzip: bytes that no checksum of ours would cover.
  if (gunzip.bytesWritten !== compressed.byteLength) throw invalid(manifest, 'has bytes behind its end');
  const missing = [...expected.values()].find((file) => !found.has(file.path));
  if (missing !== undefined) throw invalid(manifest, `lacks ${missing.path}`);
  if (hash.digest() !== diffId) throw invalid(manifest, 'does not match its diff_id');
  return found;
}

function countBytes(limit: number, hash: Digester, manifest: ReleaseManifest) {
  return async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > limit) throw invalid(manifest, `unpacks to more than the ${limit} bytes its manifest accounts for`);
      hash.update(chunk);
      yield chunk;
    }
  };
}

async function collectEntries(
  entries: Extract,
  expected: ReadonlyMap<string, ScriptFile>,
  found: Map<string, Uint8Array>,
  manifest: ReleaseManifest,
): Promise<void> {
  for await (const entry of entries) {
    const { name, type } = entry.header;
    if (type === 'directory') {
      entry.resume();
      continue;
    }
    const file = expected.get(name);
    if (type !== 'file')
      throw invalid(manifest, `holds a ${type ?? 'nameless'} entry, ${name}: only files and folders may`);
    if (file === undefined) throw invalid(manifest, `holds ${name}, which the manifest does not name`);
    if (found.has(file.path)) throw invalid(manifest, `holds ${name} twice`);
    found.set(file.path, await readEntry(entry, file, manifest));
  }
}

async function readEntry(entry: TarEntry, file: ScriptFile, manifest: ReleaseManifest): Promise<Uint8Array> {
  if (entry.header.size !== file.sizeBytes) {
    throw invalid(manifest, `${file.path} has ${entry.header.size} bytes, its manifest says ${file.sizeBytes}`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const actual = checksumOf(bytes);
  if (actual !== file.checksum)
    throw invalid(manifest, `${file.path} has checksum ${actual}, its manifest says ${file.checksum}`);
  return bytes;
}

function invalid(manifest: ReleaseManifest, reason: string, cause?: unknown): SquizzleError<'ARTIFACT_INVALID'> {
  const message = `the layer of release ${manifest.version} ${reason}; fetch the artifact again, or build it anew`;
  return new SquizzleError('ARTIFACT_INVALID', message, { digest: null, reason }, cause === undefined ? {} : { cause });
}
