/**
 * Signatures and attestations, copied after what they are about.
 *
 * They hang on a manifest from outside: who copies a release without them copies one that no policy trusts.
 *
 * @module
 */
import {
  contentsOf,
  isIndexMediaType,
  isManifestMediaType,
  LIMITS,
  parseManifest,
  readVerified,
  type Descriptor,
  type Digest,
} from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore, ReferrerStore } from '../contracts/content-store.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { subjectOf } from './referrer-entry.ts';
import { copyContent, type ContentSource, type CopyContentOptions } from './copy-content.ts';

export interface CopyReferrersOptions extends CopyContentOptions {
  /** Only referrers of this type, and whatever is attached to those. */
  readonly artifactType?: string | undefined;
}

type ReferrerSource = ContentSource & Partial<ReferrerStore>;

/** A signature of a report of an image is two deep; nobody is known to go beyond three. */
const MAX_DEPTH = 8;
/** Referrers of one release. */
const MAX_REFERRERS = 10_000;

/**
 * Copies every referrer of the manifest with what it names, then theirs; for an index also those of its manifests.
 *
 * Call it after `copyContent`: some registries take no referrer of a manifest that they lack.
 *
 * @returns what is now attached at the target, in the order of copying. Nothing where either store keeps no referrers.
 * @throws {SquizzleError} `ARTIFACT_TOO_LARGE` beyond 10,000 referrers, or eight of them one upon another; else as
 *   `copyContent`.
 */
export async function copyReferrers(
  root: Descriptor,
  from: ReferrerSource,
  to: ContentStore & Partial<ReferrerStore>,
  { artifactType, ...options }: CopyReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  options.signal?.throwIfAborted();
  const copied: Descriptor[] = [];
  if (to.referrers === undefined) return copied;
  for await (const referrer of findReferrers(root, from, { artifactType, signal: options.signal })) {
    await copyReferrer(referrer, from, to, options);
    copied.push(referrer);
  }
  return copied;
}

/** One that is there may still be attached to nothing, where an earlier push ended before the list was changed. */
async function copyReferrer(
  referrer: Descriptor,
  from: ContentSource,
  to: ContentStore & Partial<ReferrerStore>,
  { onBlob, signal }: CopyContentOptions,
): Promise<void> {
  let wasThere = false;
  await copyContent(referrer, from, to, {
    signal,
    onBlob: (descriptor, outcome) => {
      if (descriptor.digest === referrer.digest) wasThere = outcome === 'present';
      onBlob?.(descriptor, outcome);
    },
  });
  if (!wasThere) return;
  const bytes = await readVerified(from.fetch(referrer, { signal }), referrer, LIMITS.manifestBytes);
  const subject = subjectOf(parseManifest(bytes, referrer.mediaType));
  if (subject !== undefined && !(await isAttached(referrer, subject, to, signal)))
    await to.push(referrer, [bytes], { signal });
}

async function isAttached(
  { digest }: Descriptor,
  subject: Descriptor,
  { referrers }: Partial<ReferrerStore>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (referrers === undefined) return true;
  for await (const referrer of referrers(subject, { signal })) if (referrer.digest === digest) return true;
  return false;
}

export interface FindReferrersOptions extends CallOptions {
  readonly artifactType?: string | undefined;
}

/**
 * Every referrer of the manifest and of the manifests in it, each once, whoever is referred to first.
 *
 * @throws {SquizzleError} `ARTIFACT_TOO_LARGE`, as `copyReferrers`.
 */
export async function* findReferrers(
  root: Descriptor,
  from: ReferrerSource,
  { artifactType, signal }: FindReferrersOptions = {},
): AsyncGenerator<Descriptor, void, undefined> {
  const { referrers } = from;
  if (referrers === undefined) return;
  const found = new Set<Digest>();
  const waiting = (await manifestsIn(root, from, signal)).map((subject) => ({ subject, depth: 0 }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { subject, depth } = next;
    for await (const referrer of referrers(subject, { signal, ...(depth === 0 ? { artifactType } : {}) })) {
      if (found.has(referrer.digest)) continue;
      found.add(referrer.digest);
      if (found.size > MAX_REFERRERS) throw tooLarge(root, 'referrers', MAX_REFERRERS);
      if (depth === MAX_DEPTH) throw tooLarge(root, 'referrers one upon another', MAX_DEPTH);
      yield referrer;
      waiting.push({ subject: referrer, depth: depth + 1 });
    }
  }
}

/** The manifest itself and, of an index, those it lists, however deep. */
async function manifestsIn(
  root: Descriptor,
  from: ContentSource,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next.digest) || !isManifestMediaType(next.mediaType)) continue;
    found.set(next.digest, next);
    if (found.size > MAX_REFERRERS) throw tooLarge(root, 'manifests in one index', MAX_REFERRERS);
    if (!isIndexMediaType(next.mediaType)) continue;
    const bytes = await readVerified(from.fetch(next, { signal }), next, LIMITS.manifestBytes);
    waiting.push(...contentsOf(parseManifest(bytes, next.mediaType)).toReversed());
  }
  return [...found.values()];
}

function tooLarge({ digest }: Descriptor, what: string, limit: number): SquizzleError<'ARTIFACT_TOO_LARGE'> {
  const message = `${digest}: more than ${limit} ${what}; delete those that nobody needs`;
  return new SquizzleError('ARTIFACT_TOO_LARGE', message, { what, limit, actual: limit + 1 });
}
