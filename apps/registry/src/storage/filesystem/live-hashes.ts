/**
 * Hashes of uploads that are not complete yet, so that each byte is read once, when it arrives.
 *
 * Only a help: a hash that was forgotten, or that is of other bytes than the file has now, is made anew from the file.
 *
 * @module
 */
import { createDigester, type DigestAlgorithm, type Digester } from '@squizzle/oci-spec';
import { createBoundedCache } from './bounded-cache.ts';
import type { FileFacts } from './file-system.ts';

export interface LiveHash {
  readonly algorithm: DigestAlgorithm;
  readonly digester: Digester;
}

export interface LiveHashes {
  /**
   * The hash of the file as these facts describe it, which the caller goes on with or drops. A new one for an empty
   * file; `undefined` when there is none, or someone else has written to the file since.
   */
  take(id: string, algorithm: DigestAlgorithm, facts: FileFacts): LiveHash | undefined;
  /** @param facts - of the file after the last of its bytes went into the hash. */
  keep(id: string, hash: LiveHash, facts: FileFacts): void;
  forget(id: string): void;
  forgetAll(): void;
}

interface KeptHash extends LiveHash {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** Uploads whose hashes are kept: half a kilobyte each, most of it OpenSSL's. */
const KEPT = 1_000;

export function createLiveHashes(): LiveHashes {
  const kept = createBoundedCache<KeptHash>({ room: KEPT, weigh: () => 1 });
  return {
    take(id, algorithm, { size, mtimeMs }) {
      const hash = kept.get(id);
      kept.delete(id);
      if (size === 0) return { algorithm, digester: createDigester(algorithm) };
      return hash?.sizeBytes === size && hash.mtimeMs === mtimeMs ? hash : undefined;
    },
    keep(id, { algorithm, digester }, { size, mtimeMs }) {
      kept.set(id, { algorithm, digester, sizeBytes: size, mtimeMs });
    },
    forget: kept.delete,
    forgetAll: kept.clear,
  };
}
