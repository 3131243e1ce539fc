/**
 * A layer's files in a new folder: regular files and folders under harmless names, or nothing at all.
 *
 * Links, devices and names that leave the folder end it before anything is visible. Whiteouts are files as any other.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SquizzleError, type CallOptions } from '@squizzle/core';
import type { Bytes } from '@squizzle/oci-spec';
import { guarded, guardedIfThere } from '../layout/store-error.ts';
import { untilAborted } from '../layout/until-aborted.ts';
import { refuserOf } from './archive-error.ts';
import { ARCHIVE_LIMITS, type UnpackLimits } from './archive-limits.ts';
import { readTarEntries, type TarEntry, type TarEntriesOptions } from './tar-entries.ts';
import { createStreamInput } from './tar-input.ts';
import { unpackTar } from './unpack-gzip.ts';

export interface ExtractLayerOptions extends CallOptions, UnpackLimits {
  /** How errors name the layer. Default: `layer`. */
  readonly name?: string | undefined;
}

export interface ExtractedLayer {
  readonly files: number;
  readonly sizeBytes: number;
}

/** The owner's alone until it is in place. */
const ARRIVING_MODE = 0o700;
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;

/**
 * Unpacks a tar, gzipped or not, into `target`, which must not exist.
 *
 * @param source read to its end before anything is in place: pass verified content to be sure of its digest.
 * @throws {SquizzleError} `ARCHIVE_INVALID` naming the member; `FILE_EXISTS`; `STORE_UNUSABLE`. `target` does not exist
 *   then, nor anything beside it. What the source throws passes unchanged.
 */
export async function extractLayer(
  source: Bytes,
  target: string,
  options: ExtractLayerOptions = {},
): Promise<ExtractedLayer> {
  const { signal, name = 'layer', maxBytes = ARCHIVE_LIMITS.unpackedBytes } = options;
  signal?.throwIfAborted();
  await refuseExisting(target);
  await guarded(dirname(target), mkdir(dirname(target), { recursive: true }));
  const arriving = `${target}.${randomUUID()}`;
  await guarded(arriving, mkdir(arriving, { mode: ARRIVING_MODE }));
  try {
    const refuse = refuserOf(name);
    const limits = { refuse, maxBytes, maxEntries: options.maxEntries ?? ARCHIVE_LIMITS.entries };
    const unpacked = unpackTar(untilAborted(source, signal), refuse, maxBytes);
    const extracted = await extractEntries(unpacked, arriving, limits);
    await refuseExisting(target);
    await guarded(arriving, chmod(arriving, FOLDER_MODE));
    await guarded(target, rename(arriving, target));
    return extracted;
  } catch (thrown) {
    await rm(arriving, { recursive: true, force: true }).catch(() => undefined);
    throw thrown;
  }
}

async function extractEntries(
  unpacked: AsyncIterable<Uint8Array>,
  folder: string,
  limits: TarEntriesOptions,
): Promise<ExtractedLayer> {
  const input = createStreamInput(unpacked);
  let [files, sizeBytes] = [0, 0];
  try {
    for await (const entry of readTarEntries(input, limits)) {
      await extractEntry(entry, join(folder, entry.path));
      files += entry.kind === 'file' ? 1 : 0;
      sizeBytes += entry.size;
    }
    // What unpacks has its last word at its end: a wrong checksum, a wrong digest.
    await input.skip(1);
  } finally {
    await input.close();
  }
  return { files, sizeBytes };
}

async function extractEntry({ kind, executable, content }: TarEntry, path: string): Promise<void> {
  const folder = kind === 'folder' ? path : dirname(path);
  await guarded(folder, mkdir(folder, { recursive: true, mode: FOLDER_MODE }));
  if (kind === 'folder') return;
  const file = await guarded(path, open(path, 'wx', executable ? EXECUTABLE_MODE : FILE_MODE));
  try {
    for await (const chunk of content()) await guarded(path, file.writeFile(chunk));
  } finally {
    await guarded(path, file.close());
  }
}

async function refuseExisting(path: string): Promise<void> {
  if ((await guardedIfThere(path, lstat(path))) === undefined) return;
  const message = `${path} is there already; a layer is unpacked into a new folder only: choose another name`;
  throw new SquizzleError('FILE_EXISTS', message, { path });
}
