/**
 * A store that lives as long as the process, for registries inside tests: same contract, nothing on disk.
 *
 * Holds every blob whole, and for a moment twice while an upload is completed: not for large content.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Store } from '../contracts.ts';
import { createMemoryBlobs } from './memory-blobs.ts';
import { createMemoryCatalog } from './memory-catalog.ts';
import { createMemoryManifests } from './memory-manifests.ts';
import { createMemoryState } from './memory-state.ts';
import { createMemoryUploads } from './memory-uploads.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since an arbitrary start, never going back. Tests pass their own. */
  readonly now?: () => number;
  /** How long a session lives after the last byte written to it. Default: one hour. */
  readonly uploadExpiryMs?: number;
  /** Default: no limit. */
  readonly maxBlobBytes?: number;
  /** A UUID in lower case, another one each time. */
  readonly randomId?: () => string;
}

const UPLOAD_EXPIRY_MS = 3_600_000;

export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const state = createMemoryState();
  return {
    blobs: createMemoryBlobs(state),
    manifests: createMemoryManifests(state),
    uploads: createMemoryUploads(state, {
      now: options.now ?? (() => performance.now()),
      uploadExpiryMs: options.uploadExpiryMs ?? UPLOAD_EXPIRY_MS,
      maxBlobBytes: options.maxBlobBytes ?? Infinity,
      randomId: options.randomId ?? randomUUID,
    }),
    catalog: createMemoryCatalog(state),
    probe: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
