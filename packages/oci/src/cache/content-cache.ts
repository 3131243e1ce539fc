/**
 * Blobs and manifests by digest in a folder of this machine, shared by every project, registry and process of a user.
 *
 * It only saves time: what is damaged is fetched again, what cannot be written is not kept, and no command fails for
 * it. Tags are never in it.
 *
 * @module
 */
import nodeFs from 'node:fs/promises';
import { isSquizzleError, type CallOptions, type SquizzleError } from '@squizzle/core';
import { isVerifiedAs, verifyContent, type Bytes, type ContentId } from '@squizzle/oci-spec';
import { readChunks } from '../layout/layout-fs.ts';
import {
  cachePaths,
  removeIfThere,
  walkEntries,
  type CacheEntry,
  type CacheFs,
  type CachePaths,
} from './cache-folder.ts';
import { pruneCache, type PruneOptions, type PruneResult } from './prune-cache.ts';
import { isWhole, openEntry, readEntry } from './read-entry.ts';
import { openEntryWriter, type EntryWriter } from './write-entry.ts';

export interface ContentCacheOptions {
  /** Beyond it, what was used longest ago goes; now and then it is passed by a twentieth or so. Default 2 GiB. */
  readonly maxBytes?: number | undefined;
  /** Told once why the cache is of no use for now: nobody else learns of it. */
  readonly onFault?: ((fault: SquizzleError<'STORE_UNUSABLE'>) => void) | undefined;
  /** From 0 up to 1: whether a write looks at the size of the whole cache. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Where the folder lies. Default: `node:fs/promises`. */
  readonly fs?: CacheFs | undefined;
}

export interface ContentCache {
  /** The content, every byte known to be right; `undefined` where there is none. A damaged entry is removed. */
  read(content: ContentId, options?: CallOptions): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Keeps the content if it can. @throws {ContentError} for other content than said; what `content` throws. */
  write(content: ContentId, bytes: Bytes): Promise<void>;
  /** Keeps what is added, once all of it is. `undefined` where it cannot be kept. No method throws. */
  receive(content: ContentId): Promise<EntryWriter | undefined>;
  /** @throws {SquizzleError} `STORE_UNUSABLE`, as the methods below: who looks after the cache wants to know. */
  list(): AsyncIterable<CacheEntry>;
  prune(options?: Pick<PruneOptions, 'olderThanMs' | 'maxBytes'>): Promise<PruneResult>;
  /** Removes everything, also what is being written. */
  clear(): Promise<PruneResult>;
  /** Reads every entry and removes the damaged ones. */
  verify(options?: CallOptions): Promise<VerifyResult>;
}

export interface VerifyResult {
  readonly checked: number;
  readonly removed: number;
}

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
/** A cache that is full goes down to this part of its limit. */
const FILL = 0.9;
const WRITES_PER_LOOK = 20;

/** The folder is made at the first write. */
export function createContentCache(folder: string, options: ContentCacheOptions = {}): ContentCache {
  const { maxBytes = DEFAULT_MAX_BYTES, onFault = () => undefined, random = Math.random, fs = nodeFs } = options;
  const parts: CacheParts = { fs, paths: cachePaths(folder), maxBytes, random, attempt: passingBy(onFault) };
  return { ...readingMethods(parts), ...writingMethods(parts), ...careMethods(parts) };
}

interface CacheParts {
  readonly fs: CacheFs;
  readonly paths: CachePaths;
  readonly maxBytes: number;
  readonly random: () => number;
  /** The result, or `undefined` where the file system does not let us. */
  readonly attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>;
}

function passingBy(onFault: (fault: SquizzleError<'STORE_UNUSABLE'>) => void): CacheParts['attempt'] {
  const told = { once: false };
  return async (work) => {
    try {
      return await work();
    } catch (thrown) {
      if (!isSquizzleError(thrown, 'STORE_UNUSABLE')) throw thrown;
      if (!told.once) onFault(thrown);
      told.once = true;
      return undefined;
    }
  };
}

function readingMethods({ fs, paths, attempt }: CacheParts): Pick<ContentCache, 'read'> {
  return {
    async read(expected, { signal } = {}) {
      signal?.throwIfAborted();
      const path = paths.blob(expected.digest);
      const read = await attempt(async () => readEntry(fs, paths, expected, signal));
      if (read?.outcome === 'damaged') await attempt(async () => removeIfThere(fs, path));
      return read?.outcome === 'whole' ? read.content : undefined;
    },
  };
}

function writingMethods(parts: CacheParts): Pick<ContentCache, 'write' | 'receive'> {
  const { fs, paths, maxBytes, attempt } = parts;
  const receive: ContentCache['receive'] = async ({ digest, size }) => {
    if (size > maxBytes) return undefined;
    const writer = await attempt(async () => openEntryWriter(fs, paths, digest));
    return writer === undefined ? undefined : untroubled(writer, size, parts);
  };
  return {
    receive,
    async write(expected, bytes) {
      const writer = await receive(expected);
      if (writer === undefined) return;
      try {
        const verified = isVerifiedAs(bytes, expected) ? bytes : verifyContent(bytes, expected);
        for await (const chunk of verified) await writer.add(chunk);
        await writer.commit();
      } catch (thrown) {
        await writer.abandon();
        throw thrown;
      }
    },
  };
}

/** After its first fault the writer takes everything and keeps nothing. */
function untroubled(writer: EntryWriter, size: number, parts: CacheParts): EntryWriter {
  const { attempt } = parts;
  const state = { open: true };
  const step = async (work: () => Promise<void>): Promise<void> => {
    if (!state.open) return;
    const done = await attempt(async () => work().then(() => true));
    if (done !== undefined) return;
    state.open = false;
    await writer.abandon();
  };
  return {
    add: async (chunk) => step(async () => writer.add(chunk)),
    async commit() {
      await step(async () => writer.commit());
      if (!state.open) return;
      state.open = false;
      await attempt(async () => pruneIfFull(size, parts));
    },
    async abandon() {
      if (state.open) await writer.abandon();
      state.open = false;
    },
  };
}

/**
 * Looking takes a while, so few writes do it: on average one for each twentieth of the limit, whichever processes
 * write.
 */
async function pruneIfFull(written: number, { fs, paths, maxBytes, random }: CacheParts): Promise<void> {
  if (random() * maxBytes > written * WRITES_PER_LOOK) return;
  let bytes = 0;
  for await (const { size } of walkEntries(fs, paths)) bytes += size;
  if (bytes > maxBytes) await pruneCache(fs, paths, { maxBytes: maxBytes * FILL });
}

function careMethods({ fs, paths }: CacheParts): Pick<ContentCache, 'list' | 'prune' | 'clear' | 'verify'> {
  return {
    async *list() {
      for await (const { digest, size, usedAt } of walkEntries(fs, paths)) yield { digest, size, usedAt };
    },
    prune: async (options = {}) => pruneCache(fs, paths, options),
    clear: async () => pruneCache(fs, paths, { olderThanMs: -Infinity, leftoversMs: -Infinity }),
    async verify({ signal } = {}) {
      const result = { checked: 0, removed: 0 };
      for await (const { digest, size, path } of walkEntries(fs, paths)) {
        const file = await openEntry(fs, path);
        if (file === undefined) continue;
        result.checked += 1;
        if (await isWhole(readChunks(path, file), { digest, size }, () => 0, signal)) continue;
        await removeIfThere(fs, path);
        result.removed += 1;
      }
      return result;
    },
  };
}
