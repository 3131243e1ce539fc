/**
 * Content-addressed stores: the only thing SQUIZZLE asks of a place that keeps artifacts.
 *
 * Implementations: memory (testing kit), image-layout folder, registry. Each runs
 * `describeContentStoreContract` of `@squizzle/core/testing`, and the suite of every further ability it has.
 *
 * @module
 */
import type { Bytes, Descriptor, Digest, Tag } from '@squizzle/oci-spec';
import type { CallOptions } from './call-options.ts';

/** `present`: it was there, and nothing was sent. */
export type PushOutcome = 'copied' | 'present';

/**
 * Blobs and manifests by digest, and tags that name manifests.
 *
 * Content that a store returns always matches its descriptor: a wrong byte ends the stream with a
 * `ContentError` before the end is trusted. Nothing partly written is ever visible.
 */
export interface ContentStore {
  /** What it is and where, for people: `folder /srv/store`. Never a secret. */
  readonly description: string;
  /**
   * Set where a manifest that is here had everything it names when it came, because the store takes none without: a
   * registry. Who pushes one again need not ask for each blob, unless something was lost since: then with `repair`.
   */
  readonly wholeManifests?: true;
  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
  /**
   * Keeps content. Pushing what is already there succeeds without reading `content`'s end.
   *
   * Content that can be iterated again (an array, what `fetch` gives) is read again where a transfer is retried;
   * of what can be iterated once, a store may hold a part in memory for that.
   *
   * @returns what it came to; a store with `wholeManifests` always tells, so that nobody has to ask `has` before.
   * @throws {ContentError} `SIZE_MISMATCH`, `DIGEST_MISMATCH`: nothing was kept.
   */
  push(descriptor: Descriptor, content: Bytes, options?: CallOptions): Promise<PushOutcome | void>;
  /**
   * The content, verified while it is read. Each iteration reads it from the start.
   *
   * @throws {SquizzleError} `CONTENT_NOT_FOUND`, at the first read.
   */
  fetch(descriptor: Descriptor, options?: CallOptions): AsyncIterable<Uint8Array>;
  /** Points a tag at a manifest that is already pushed. Moves the tag when it exists. */
  tag(descriptor: Descriptor, tag: Tag, options?: CallOptions): Promise<void>;
  /** The manifest's descriptor, or `undefined` when no such tag or manifest is here. */
  resolve(reference: Tag | Digest, options?: CallOptions): Promise<Descriptor | undefined>;
  /** All tags, in byte order. */
  tags(options?: CallOptions): AsyncIterable<Tag>;
}

/** A store that can claim a tag once and for all. */
export interface ImmutableTagStore {
  /**
   * Claims a tag for a manifest, atomically: of several claimants one wins. The same digest again succeeds.
   *
   * @throws {SquizzleError} `TAG_IMMUTABLE` when the tag names another digest; it is left as it was.
   */
  claimTag(descriptor: Descriptor, tag: Tag, options?: CallOptions): Promise<void>;
}

/** A store from which content can be taken away. */
export interface DeletableStore {
  /**
   * Removes the tag alone. Removing what is not there succeeds.
   *
   * @throws {SquizzleError} `UNSUPPORTED` by a registry that can only delete a manifest with all its tags.
   */
  untag(tag: Tag, options?: CallOptions): Promise<void>;
  /**
   * Removes a manifest, its tags, blobs that nothing else here names, and its referrers unless they have a tag; a
   * registry leaves blobs and referrers to its garbage collection. Removing what is not there succeeds.
   */
  delete(descriptor: Descriptor, options?: CallOptions): Promise<void>;
}

export interface ReferrerOptions extends CallOptions {
  /** Only referrers of this type. */
  readonly artifactType?: string | undefined;
}

/** A store that finds what was attached to a manifest: signatures, attestations. */
export interface ReferrerStore {
  /**
   * Manifests whose `subject` is this one, in byte order of their digests, each with its `artifactType` and
   * annotations. Pushing a manifest with a `subject` attaches it; the subject need not be here.
   */
  referrers(subject: Descriptor, options?: ReferrerOptions): AsyncIterable<Descriptor>;
}
