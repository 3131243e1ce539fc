/**
 * A store before which a cache stands: content by digest is read from the cache and kept there as it passes.
 *
 * Tags, `has` and everything that writes go to the store: only what cannot change is cached.
 *
 * @module
 */
import { isSquizzleError, type CallOptions, type ContentSource } from '@squizzle/core';
import { verifiedContent, type Descriptor } from '@squizzle/oci-spec';
import type { ContentCache } from './content-cache.ts';

/** The store with all its abilities. Content that was read in part, or turned out wrong, is not kept. */
export function withCache<S extends ContentSource>(store: S, cache: ContentCache): S {
  const fetch: ContentSource['fetch'] = (descriptor, options = {}) =>
    verifiedContent(() => fetchCached(descriptor, store, cache, options), descriptor);
  return { ...store, fetch };
}

async function* fetchCached(
  descriptor: Descriptor,
  store: ContentSource,
  cache: ContentCache,
  options: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const cached = await cache.read(descriptor, options);
  let begun = false;
  try {
    for await (const chunk of cached ?? []) {
      begun = true;
      yield chunk;
    }
    if (cached !== undefined) return;
  } catch (thrown) {
    // Lost between the check and the reading: the store still has it.
    if (begun || !isSquizzleError(thrown)) throw thrown;
  }
  yield* fetchAndKeep(descriptor, store, cache, options);
}

async function* fetchAndKeep(
  descriptor: Descriptor,
  store: ContentSource,
  cache: ContentCache,
  options: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const content = store.fetch(descriptor, options);
  const writer = await cache.receive(descriptor);
  try {
    for await (const chunk of content) {
      await writer?.add(chunk);
      yield chunk;
    }
    await writer?.commit();
  } finally {
    await writer?.abandon();
  }
}
