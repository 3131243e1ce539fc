/**
 * Which manifests a repository has: a line of JSON for each, with what the manifest's bytes alone do not say.
 *
 * The line's appearance is what makes a manifest be there, and its removal is what makes it be gone.
 *
 * @module
 */
import { dirname } from 'node:path';
import { isMediaType, parseDigest, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import type { StorageFiles } from './storage-files.ts';
import type { StagedFile } from './staged-file.ts';
import { ifThere } from './file-system.ts';
import { createLineCache } from './line-cache.ts';
import { lineFile } from './small-files.ts';
import { damaged } from './storage-error.ts';

export interface Revision {
  readonly mediaType: string;
  /** Set for a manifest that is in the referrers list of its subject. */
  readonly subject?: Digest;
}

export interface RevisionFiles {
  read(repository: RepositoryName, digest: Digest): Promise<Revision | undefined>;
  has(repository: RepositoryName, digest: Digest): Promise<boolean>;
  content(revision: Revision): Uint8Array;
  /** Makes what `publish` needs. */
  prepare(repository: RepositoryName, digest: Digest): Promise<void>;
  publish(repository: RepositoryName, digest: Digest, staged: StagedFile): Promise<void>;
  remove(repository: RepositoryName, digest: Digest): Promise<boolean>;
  forgetAll(): void;
}

/** A media type has at most 255 characters and a digest 135; JSON adds little. */
const MAX_BYTES = 1_024;
/** Some 400 bytes each. */
const CACHED = 2_000;

export function createRevisionFiles({ fs, layout, folders, durable }: StorageFiles, now: () => number): RevisionFiles {
  const lines = createLineCache(fs, { maxBytes: MAX_BYTES, room: CACHED, parse: parseRevision, now });
  return {
    read: async (repository, digest) => lines.read(layout.revision(repository, digest)),
    has: async (repository, digest) => (await ifThere(fs.stat(layout.revision(repository, digest)))) !== undefined,
    content: ({ mediaType, subject }) => lineFile(JSON.stringify({ mediaType, subject })),
    prepare: async (repository, digest) => folders.ensure(dirname(layout.revision(repository, digest))),
    publish: async (repository, digest, staged) => staged.publish(layout.revision(repository, digest)),
    async remove(repository, digest) {
      const path = layout.revision(repository, digest);
      lines.forget(path);
      return durable.remove(path);
    },
    forgetAll: lines.forgetAll,
  };
}

function parseRevision(path: string, line: string): Revision {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw damaged(path, 'expected a line of JSON, found something else');
  }
  const { mediaType, subject } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof mediaType !== 'string' || !isMediaType(mediaType))
    throw damaged(path, 'expected a media type, found none');
  if (subject === undefined) return { mediaType };
  const digest = typeof subject === 'string' ? parseDigest(subject) : undefined;
  if (digest === undefined) throw damaged(path, 'expected a digest as subject, found none');
  return { mediaType, subject: digest };
}
