/**
 * Storing a manifest: all of its files are written and flushed at once, beside; then they get their names in an order
 * that is right wherever it stops, each step durable before the next.
 *
 *  1. the bytes, which nobody finds yet
 *  2. the place in the subject's referrers list, which counts only with
 *  3. the revision: from here on the manifest is there
 *  4. the tags
 *
 * @module
 */
import { dirname } from 'node:path';
import type { NewManifest, TagUpdate } from '../contracts.ts';
import type { RepositoryName, Tag } from '@squizzle/oci-spec';
import type { StorageFiles } from './storage-files.ts';
import type { StagedFile } from './staged-file.ts';
import type { ReferrerFiles } from './referrer-files.ts';
import type { RevisionFiles } from './revision-files.ts';
import { settleAll } from './settle-all.ts';
import { preconditionFailed } from '../tag-condition.ts';
import type { TagFiles } from './tag-files.ts';

export interface ManifestParts {
  readonly revisions: RevisionFiles;
  readonly referrers: ReferrerFiles;
  readonly tags: TagFiles;
}

/**
 * `alone` is to run the step that moves the tags while nobody else moves them.
 *
 * @throws {RegistryError} `PRECONDITION_FAILED` when another process set a tag that was to be absent.
 */
export type WriteManifest = (
  repository: RepositoryName,
  manifest: NewManifest,
  update: TagUpdate,
  alone: (work: () => Promise<void>) => Promise<void>,
) => Promise<void>;

export function createManifestWriter(files: StorageFiles, parts: ManifestParts): WriteManifest {
  const { layout, folders, durable } = files;
  const { revisions, referrers, tags } = parts;
  return async (repository, manifest, update, alone) => {
    const { digest, mediaType, bytes, referrer } = manifest;
    const subject = referrer?.subject;
    const bytesPath = layout.blob(digest);
    const tagged = update.tags.length > 0;
    const prepare = async (): Promise<unknown> =>
      settleAll([
        folders.ensure(dirname(bytesPath)),
        revisions.prepare(repository, digest),
        ...(subject === undefined ? [] : [referrers.prepare(repository, subject)]),
        ...(tagged ? [tags.prepare(repository)] : []),
      ]);
    const contents = [
      bytes,
      revisions.content({ mediaType, ...(subject !== undefined && { subject }) }),
      ...update.tags.map(() => tags.content(digest)),
      ...(referrer === undefined ? [] : [referrers.content(referrer.descriptor)]),
    ] as const;
    await durable.withStaged(contents, prepare, async ([stagedBytes, stagedRevision, ...others]) => {
      await stagedBytes.publish(bytesPath);
      const stagedReferrer = others[update.tags.length];
      if (subject !== undefined && stagedReferrer !== undefined) {
        await referrers.publish(repository, { subject, digest }, stagedReferrer);
      }
      await revisions.publish(repository, digest, stagedRevision);
      if (!tagged) return;
      try {
        await alone(async () => pointTags(tags, repository, update, others));
      } finally {
        // Also after a failure: readers may have seen the tags that were moved before it.
        await tags.flush(repository);
      }
    });
  };
}

/** `staged` begins with a file for each of the tags, in their order. */
async function pointTags(
  tags: TagFiles,
  repository: RepositoryName,
  update: TagUpdate,
  staged: readonly StagedFile[],
): Promise<void> {
  const steps = update.tags.map((tag, at) => ({ tag, file: staged[at] as StagedFile }));
  if (update.condition?.type !== 'absent') {
    for (const { tag, file } of steps) await tags.move(repository, tag, file);
    return;
  }
  const claimed: Tag[] = [];
  try {
    for (const { tag, file } of steps) {
      if (!(await tags.claim(repository, tag, file))) {
        throw preconditionFailed(repository, tag, await tags.read(repository, tag), update.condition);
      }
      claimed.push(tag);
    }
  } catch (thrown) {
    for (const tag of claimed) await tags.remove(repository, tag).catch(() => undefined);
    throw thrown;
  }
}
