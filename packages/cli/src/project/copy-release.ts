/**
 * Push and pull are one thing: a release copied from one store to another with its signatures, then its tags claimed
 * there.
 *
 * @module
 */
import {
  claimTags,
  copyContent,
  copyReferrers,
  copySignatureTags,
  tagImmutable,
  versionTag,
  type PulledArtifact,
  type Version,
} from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import type { Output } from '../output/output.ts';
import { formatBytes, plural, shortDigest } from '../output/words.ts';
import type { Project } from './project.ts';

export interface CopyReport {
  readonly outcome: 'copied' | 'already-there';
  readonly name: string;
  readonly version: Version;
  readonly digest: string;
  readonly from: string;
  readonly to: string;
  readonly tags: readonly string[];
  readonly blobs: { readonly copied: number; readonly present: number; readonly copiedBytes: number };
  /** Signatures and attestations that are attached to it at the receiver; each of cosign's tags `.sig`, `.att` is one. */
  readonly referrers: number;
}

export interface CopyOptions extends Pick<Project, 'signal'> {
  readonly output: Pick<Output, 'busy' | 'isLive'>;
  /** Whether a registry that has the release is asked for each of its blobs: it may have lost one. */
  readonly repair?: boolean | undefined;
}

/** @throws {SquizzleError} `TAG_IMMUTABLE`: the receiver's tags are left as they were. */
export async function copyRelease(
  artifact: PulledArtifact,
  to: ReleaseStore,
  { output, signal, repair = false }: CopyOptions,
): Promise<CopyReport> {
  const { root, manifest, store: from } = artifact;
  const { name, version } = manifest;
  const tag = versionTag(version);
  const published = await to.resolve(tag, { signal });
  if (published !== undefined && published.digest !== root.digest)
    throw tagImmutable(tag, published.digest, root.digest);
  const blobs = { copied: 0, present: 0, copiedBytes: 0 };
  const isRemote = from.wholeManifests === true || to.wholeManifests === true; // registries tell more of a transfer
  const isThere = published?.digest === root.digest && to.wholeManifests === true && !repair;
  const options = {
    signal,
    repair,
    onBlob: ({ digest, size }: { readonly digest: string; readonly size: number }, outcome: 'copied' | 'present') => {
      blobs[outcome] += 1;
      if (outcome === 'copied') blobs.copiedBytes += size;
      if (!isRemote) output.busy(`${version}: ${shortDigest(digest)} ${outcome}`);
    },
  };
  if (!isThere) await copyContent(root, from, to, options);
  const attached = await copyReferrers(root, from, to, options);
  const referrers = attached.length + (await copySignatureTags(root, from, to, options)).length;
  const { tags } = await claimTags(version, root, to, { signal, published });
  const outcome = published?.digest === root.digest && blobs.copied === 0 ? 'already-there' : 'copied';
  const { digest } = root;
  return { outcome, name, version, digest, from: from.description, to: to.description, tags, blobs, referrers };
}

export function copyLine({ outcome, version, to, blobs, referrers }: CopyReport): string {
  if (outcome === 'already-there') return `${version} is already there: ${to}`;
  const signed = referrers === 0 ? '' : `, ${plural(referrers, 'referrer')}`;
  return `copied ${version} to ${to} (${plural(blobs.copied, 'blob')}, ${formatBytes(blobs.copiedBytes)}${signed}, ${blobs.present} there before)`;
}
