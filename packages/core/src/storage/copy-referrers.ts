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
import { severalAtOnce } from './several-at-once.ts';

export interface CopyReferrersOptions extends CopyContentOptions {
  /** Only referrers of this type, and whatever is attached to those. */
  readonly artifactType?: string | undefined;
}

type ReferrerTarget = ContentStore & Partial<ReferrerStore>;
type ReferrerSource = ContentSource & Partial<ReferrerStore>;

/** A signature of a report of an image is two deep; nobody is known to go beyond three. */
const MAX_DEPTH = 8;
/** Referrers of one release. */
const MAX_REFERRERS = 10_000;
/** Attaching can take a while where clients keep the lists of referrers, and those attached at once share it. */
const AT_ONCE = 8;

/**
 * Copies every referrer of the manifest with what it names, several at once, then theirs; for an index also those of its
 * manifests.
 *
 * Call it after `copyContent`: some registries take no referrer of a manifest that they lack.
 *
 * @returns what is now attached at the target, each after what it is about. Nothing where either store keeps no referrers.
 * @throws {SquizzleError} `ARTIFACT_TOO_LARGE` beyond 10,000 referrers, or eight of them one upon another; else as
 *   `copyContent`.
 */
export async function copyReferrers(
  root: Descriptor,
  from: ReferrerSource,
  to: ReferrerTarget,
  { artifactType, ...options }: CopyReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  options.signal?.throwIfAborted();
  const waves: Descriptor[][] = [];
  if (to.referrers === undefined) return [];
  for await (const { referrer, depth } of walkReferrers(root, from, { artifactType, signal: options.signal })) {
    (waves[depth] ??= []).push(referrer);
  }
  await copyAttached(waves, from, to, options);
  return waves.flat();
}

/**
 * Copies manifests that have a subject, with what they name: of each wave several at once, one wave after the other.
 *
 * What is there already is attached where an earlier push ended before it was.
 *
 * @throws as `copyContent`.
 */
export async function copyAttached(
  waves: readonly (readonly Descriptor[])[],
  from: ContentSource,
  to: ReferrerTarget,
  { onBlob, signal }: CopyContentOptions = {},
): Promise<void> {
  const isAttached = createAttachedFinder(to);
  for (const wave of waves) {
    await severalAtOnce(wave, { atOnce: AT_ONCE, signal }, async (referrer, stop) => {
      if ((await copyReferrer(referrer, from, to, { onBlob, signal: stop })) === 'copied') return;
      const bytes = await readVerified(from.fetch(referrer, { signal: stop }), referrer, LIMITS.manifestBytes);
      const subject = subjectOf(parseManifest(bytes, referrer.mediaType));
      if (subject === undefined || (await isAttached(referrer, subject, stop))) return;
      await to.push(referrer, [bytes], { signal: stop });
    });
  }
}

async function copyReferrer(
  referrer: Descriptor,
  from: ContentSource,
  to: ContentStore,
  { onBlob, signal }: CopyContentOptions,
): Promise<'copied' | 'present'> {
  let before: 'copied' | 'present' = 'copied';
  await copyContent(referrer, from, to, {
    signal,
    onBlob: (descriptor, outcome) => {
      if (descriptor.digest === referrer.digest) before = outcome;
      onBlob?.(descriptor, outcome);
    },
  });
  return before;
}

type IsAttached = (referrer: Descriptor, subject: Descriptor, signal: AbortSignal) => Promise<boolean>;

/** Each subject is asked about once: what is attached meanwhile was not there before. */
function createAttachedFinder({ referrers }: Partial<ReferrerStore>): IsAttached {
  const lists = new Map<Digest, Promise<ReadonlySet<Digest>>>();
  return async (referrer, subject, signal) => {
    if (referrers === undefined) return true;
    const list = lists.get(subject.digest) ?? listDigests(referrers(subject, { signal }));
    lists.set(subject.digest, list);
    return (await list).has(referrer.digest);
  };
}

async function listDigests(referrers: AsyncIterable<Descriptor>): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  for await (const { digest } of referrers) found.add(digest);
  return found;
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
  options: FindReferrersOptions = {},
): AsyncGenerator<Descriptor, void, undefined> {
  for await (const { referrer } of walkReferrers(root, from, options)) yield referrer;
}

interface FoundReferrer {
  readonly referrer: Descriptor;
  /** How many referrers it is about. */
  readonly depth: number;
}

async function* walkReferrers(
  root: Descriptor,
  from: ReferrerSource,
  { artifactType, signal }: FindReferrersOptions,
): AsyncGenerator<FoundReferrer, void, undefined> {
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
      yield { referrer, depth };
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
