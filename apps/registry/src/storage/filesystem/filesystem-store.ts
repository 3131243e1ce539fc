/**
 * A store in a folder, for production: durable when it says so, right wherever it is cut off.
 *
 * Nothing is kept that could be wrong after another process wrote to the same folder: each answer comes from the disk,
 * except bytes that their digest proves, and lines of files that the disk says are the same as before.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Store } from '../contracts.ts';
import { createBlobFiles } from './blob-files.ts';
import { createCatalogFiles } from './catalog-files.ts';
import type { FileSystem } from './file-system.ts';
import { counted, createInFlight } from './in-flight.ts';
import { createLiveHashes } from './live-hashes.ts';
import { createManifestCache } from './manifest-cache.ts';
import { createManifestFiles } from './manifest-files.ts';
import { NODE_FILE_SYSTEM } from './node-file-system.ts';
import { createReferrerFiles } from './referrer-files.ts';
import { createRevisionFiles } from './revision-files.ts';
import { createSemaphore } from './semaphore.ts';
import { createSessionFiles } from './session-files.ts';
import { createStorageFiles } from './storage-files.ts';
import { openReadOnlyRoot, openRoot, probe, removeLeftovers } from './storage-root.ts';
import { createTagFiles } from './tag-files.ts';
import { createUploadSessions } from './upload-sessions.ts';

export interface FilesystemOptions {
  readonly fs?: FileSystem;
  /** Milliseconds since the epoch. It is compared with the times of files. */
  readonly now?: () => number;
  /** How long a session lives after the last byte written to it. Default: one hour. */
  readonly uploadExpiryMs?: number;
  /** The root is there and is only read: nothing is made, tried or tidied. Writing operations are not to be called. */
  readonly readOnly?: boolean;
  /** Default: no limit. */
  readonly maxBlobBytes?: number;
  /** Pieces of uploads that are hashed and written at once: what other requests wait for at most. Default 8. */
  readonly concurrentWrites?: number;
  /** Default: 4 MiB. A manifest larger than an eighth of it is never kept. */
  readonly manifestCacheBytes?: number;
  /** A UUID of version 4 in lower case, another one each time. */
  readonly randomId?: () => string;
}

const UPLOAD_EXPIRY_MS = 60 * 60 * 1_000;
const CONCURRENT_WRITES = 8;
const MANIFEST_CACHE_BYTES = 4 * 1024 * 1024;

/**
 * Opens the store in `root`, which is made when it is missing. Several processes may have one open.
 *
 * @throws {StorageError} `ROOT_UNUSABLE` when `root` is no folder, or cannot be written.
 */
export async function openFilesystemStore(root: string, options: FilesystemOptions = {}): Promise<Store> {
  const { now = Date.now, randomId = randomUUID, readOnly = false } = options;
  const files = createStorageFiles(resolve(root), options.fs ?? NODE_FILE_SYSTEM, randomId);
  const { fs, layout, folders, durable } = files;
  if (readOnly) await openReadOnlyRoot(files);
  else await openRoot(files);
  if (!readOnly) await removeLeftovers(fs, layout, now());

  const inFlight = createInFlight();
  const parts = {
    revisions: createRevisionFiles(files, now),
    referrers: createReferrerFiles(files),
    tags: createTagFiles(files, now),
  };
  const cache = createManifestCache(files, options.manifestCacheBytes ?? MANIFEST_CACHE_BYTES);
  const hashes = createLiveHashes();
  const blobs = createBlobFiles(files);
  const uploads = createUploadSessions({
    fs,
    sessions: createSessionFiles(fs, layout, folders),
    admit: blobs.admit,
    hashes,
    requireOpen: inFlight.requireOpen,
    permits: createSemaphore(options.concurrentWrites ?? CONCURRENT_WRITES),
    maxBlobBytes: options.maxBlobBytes ?? Infinity,
    now,
    expiryMs: options.uploadExpiryMs ?? UPLOAD_EXPIRY_MS,
    randomId,
  });
  return {
    blobs: counted(inFlight, blobs.store),
    manifests: counted(inFlight, createManifestFiles(files, parts, cache)),
    uploads: counted(inFlight, {
      ...uploads,
      async removeExpired() {
        await removeLeftovers(fs, layout, now());
        return uploads.removeExpired();
      },
    }),
    catalog: counted(inFlight, createCatalogFiles(files, parts)),
    probe: async () => inFlight.run(async () => (readOnly ? openReadOnlyRoot(files) : probe(durable))),
    async close() {
      await inFlight.close();
      cache.forgetAll();
      parts.revisions.forgetAll();
      parts.tags.forgetAll();
      hashes.forgetAll();
    },
  };
}
