/**
 * What is attached to the manifests of one repository: by the registry's API where it has one, else by indexes that the
 * clients keep.
 *
 * Whether there is an API is found out once. A header alone is not believed: Amazon's registry sent `OCI-Subject` before
 * it had the API, so it is asked for as well.
 *
 * @module
 */
import { referrerEntry, subjectOf, type CallOptions, type ReferrerOptions } from '@squizzle/core';
import { referrersTag, type Descriptor, type Digest, type Manifest } from '@squizzle/oci-spec';
import type { Wait } from '../claim/settle.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { listIndexed } from './index-document.ts';
import { askReferrers } from './referrers-api.ts';
import { createIndexWriter } from './write-index.ts';

export interface Referrers {
  /** In byte order of their digests, each once. */
  list(subject: Digest, options?: ReferrerOptions): Promise<readonly Descriptor[]>;
  /** Whether clients keep the lists. */
  isClientKept(subject: Digest, options?: CallOptions): Promise<boolean>;
  /**
   * After a manifest was pushed: lists it under its subject, if it has one and the registry did not do so itself. Those
   * that are attached to one subject at once are listed together.
   */
  attach(
    descriptor: Descriptor,
    manifest: Manifest,
    acknowledged: Digest | undefined,
    options?: CallOptions,
  ): Promise<void>;
  /** After a manifest was deleted, where clients keep the lists. */
  detach(descriptor: Descriptor, manifest: Manifest, options?: CallOptions): Promise<void>;
}

export function createReferrers(access: RepositoryAccess, wait?: Wait): Referrers {
  let api: 'present' | 'absent' | 'unknown' = access.profile.referrersApi === 'absent' ? 'absent' : 'unknown';
  const changeIndex = createIndexWriter(access, wait);

  /** `undefined` where clients keep the list. */
  const ask = async (subject: Digest, options: ReferrerOptions): Promise<readonly Descriptor[] | undefined> => {
    if (api === 'absent') return undefined;
    const answer = await askReferrers(access, subject, options);
    if (answer !== 'no-repository') api = answer === 'no-api' ? 'absent' : 'present';
    return typeof answer === 'string' ? undefined : answer;
  };
  const isClientKept: Referrers['isClientKept'] = async (subject, options = {}) => {
    if (api === 'unknown') await ask(subject, options);
    return api === 'absent';
  };
  return {
    isClientKept,
    async list(subject, options = {}) {
      const found = (await ask(subject, options)) ?? (await listIndexed(access, subject, options));
      return inOrder(found, options.artifactType);
    },
    async attach(descriptor, manifest, acknowledged, options = {}) {
      const subject = subjectOf(manifest)?.digest;
      if (subject === undefined) return;
      if (acknowledged === subject && !(await isClientKept(subject, options))) return;
      await changeIndex(referrersTag(subject), [descriptor.digest, referrerEntry(descriptor, manifest)], options);
    },
    async detach(descriptor, manifest, options = {}) {
      const subject = subjectOf(manifest)?.digest;
      if (subject !== undefined) await changeIndex(referrersTag(subject), [descriptor.digest, null], options);
    },
  };
}

/** Filtered here too: registries may ignore the filter, and say so in a header that others forget. */
function inOrder(found: readonly Descriptor[], artifactType: string | undefined): readonly Descriptor[] {
  const wanted = found.filter((referrer) => artifactType === undefined || referrer.artifactType === artifactType);
  const byDigest = new Map(wanted.map((referrer) => [referrer.digest, referrer]));
  return [...byDigest.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
