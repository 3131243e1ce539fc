/**
 * A tag that is set once and for all, on registries that let anybody move a tag.
 *
 * The tag is looked at first, set under the condition that there is none, and looked at again: what it names in the end
 * is what was published. Where the registry guards tags, by heeding `If-None-Match: *` (ours does) or by keeping them
 * immutable (Amazon's and others can be told to), that is atomic. Whether it does is found out while the claimant waits,
 * and ends the wait.
 *
 * Elsewhere it rests on time, as Fischer's mutual exclusion does: whoever saw the tag free has set it a moment later, so
 * after a wait longer than that moment the tag names the last of them, who wins, and all others see it. What cannot be
 * guaranteed there: a claimant that is held up between its look and its last request for longer than the others wait,
 * and anybody who sets tags without looking.
 *
 * @module
 */
import { tagImmutable, type CallOptions } from '@squizzle/core';
import { digestAlgorithm, digestOf, type Descriptor, type Digest, type Tag } from '@squizzle/oci-spec';
import { sleep } from '../../http/sleep.ts';
import { headManifest } from '../manifests/head-manifest.ts';
import { putManifest, type ManifestContent } from '../manifests/put-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { responseInvalid } from '../response-error.ts';
import { keepsTag } from './keeps-tag.ts';
import { settleTime, type Wait } from './settle.ts';

export interface ClaimTagOptions extends CallOptions {
  /** The manifest's bytes; called where they are needed. Throws where there are none. */
  readonly read: () => Promise<ManifestContent>;
}

/**
 * Claims the tag. The same digest again succeeds, also where the registry refuses to push it twice.
 *
 * @throws {SquizzleError} `TAG_IMMUTABLE` naming what the tag names; what `read` throws; as `headManifest` and
 *   `putManifest`.
 */
export type ClaimTag = (descriptor: Descriptor, tag: Tag, options: ClaimTagOptions) => Promise<void>;

export interface ClaimTagSetup {
  /** Nobody else publishes to the repository: there is nobody to wait for. Default: there may be. */
  readonly soleWriter?: boolean | undefined;
  /** Default: a timer. */
  readonly wait?: Wait | undefined;
}

/** What is found out about the registry is remembered by `access`. */
export function createClaimTag(access: RepositoryAccess, setup: ClaimTagSetup = {}): ClaimTag {
  return async (descriptor, tag, options) => {
    const winner = await decide({ access, descriptor, tag, ...options }, setup);
    if (winner === descriptor.digest) return;
    if (winner !== undefined) throw tagImmutable(tag, winner, descriptor.digest);
    throw responseInvalid(access, null, `cannot claim the tag ${tag}: the registry took it and has none`);
  };
}

/** What the tag names in the end. */
async function decide(claim: Claim, { soleWriter = false, wait = sleep }: ClaimTagSetup): Promise<Digest | undefined> {
  const began = performance.now();
  const before = await look(claim);
  if (before === claim.descriptor.digest) return before;
  const attempt = before === undefined ? await set(claim) : 'unknown';
  const isOver = soleWriter || attempt === 'refused' || claim.access.memory.conditions === 'heeded';
  // What is there now may be there for a moment only.
  if (!isOver) await settle(claim, attempt, (stop) => wait(settleTime(performance.now() - began), stop));
  return look(claim);
}

/** Waits, and asks meanwhile whether there is need to. */
async function settle(
  claim: Claim,
  attempt: 'set' | 'unknown',
  wait: (stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const { access, tag, read, signal } = claim;
  const enough = new AbortController();
  const waiting = wait(signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]));
  waiting.catch(() => undefined); // heard below, unless asking fails first
  const asks = attempt === 'set' && access.memory.conditions === 'unknown' && access.profile.guardsTags !== 'never';
  try {
    if (!asks || !(await keepsTag(access, tag, await read(), { signal }))) await waiting;
  } finally {
    enough.abort();
  }
}

interface Claim extends ClaimTagOptions {
  readonly access: RepositoryAccess;
  readonly descriptor: Descriptor;
  readonly tag: Tag;
}

/** What the tag names; our digest where it is our manifest by another algorithm. */
async function look({ access, descriptor, tag, read, signal }: Claim): Promise<Digest | undefined> {
  const found = await headManifest(access, tag, { action: 'push', signal });
  if (found === undefined || found.digest === descriptor.digest) return found?.digest;
  const algorithm = digestAlgorithm(found.digest);
  if (algorithm === digestAlgorithm(descriptor.digest) || found.size !== descriptor.size) return found.digest;
  return digestOf((await read()).bytes, algorithm) === found.digest ? descriptor.digest : found.digest;
}

/** A failure counts only where the tag is still free: a try whose answer was lost may have set it, or somebody else. */
async function set(claim: Claim): Promise<'set' | 'refused' | 'unknown'> {
  const { access, tag, read, signal } = claim;
  const content = await read();
  try {
    return (await putManifest(access, tag, content, { condition: 'absent', signal })) === undefined ? 'refused' : 'set';
  } catch (failure) {
    signal?.throwIfAborted();
    if ((await look(claim)) === undefined) throw failure;
    return 'unknown';
  }
}
