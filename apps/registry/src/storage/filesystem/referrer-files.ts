/**
 * Who refers to what: for each manifest with a subject its descriptor, so that a list of referrers reads no manifest.
 *
 * An entry counts only while the repository has the manifest, with that subject. So it is written before the
 * manifest's revision and removed after it, and what a crash leaves in between is not seen.
 *
 * @module
 */
import { LIMITS, parseDescriptor, type Descriptor, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import type { StorageFiles } from './storage-files.ts';
import type { StagedFile } from './staged-file.ts';
import { ifThere } from './file-system.ts';
import { referrerDigest } from './layout.ts';
import { lineFile, readBytes } from './small-files.ts';
import { damaged } from './storage-error.ts';

export interface ReferrerFiles {
  content(descriptor: Descriptor): Uint8Array;
  /** Makes what `publish` needs. */
  prepare(repository: RepositoryName, subject: Digest): Promise<void>;
  publish(repository: RepositoryName, entry: ReferrerEntry, staged: StagedFile): Promise<void>;
  remove(repository: RepositoryName, entry: ReferrerEntry): Promise<void>;
  /** Digests of all manifests that have, or had, the subject; sorted. */
  list(repository: RepositoryName, subject: Digest): Promise<readonly Digest[]>;
  read(repository: RepositoryName, entry: ReferrerEntry): Promise<Descriptor | undefined>;
}

export interface ReferrerEntry {
  readonly subject: Digest;
  /** Of the manifest that refers to the subject. */
  readonly digest: Digest;
}

/** The annotations in a descriptor are those of the manifest, escaped anew: at worst `\u0000` for one byte. */
const MAX_BYTES = LIMITS.manifestBytes * 6;

export function createReferrerFiles({ fs, layout, folders, durable }: StorageFiles): ReferrerFiles {
  return {
    content: (descriptor) => lineFile(JSON.stringify(descriptor)),
    prepare: async (repository, subject) => folders.ensureLeaf(layout.referrers(repository, subject)),
    publish: async (repository, { subject, digest }, staged) =>
      staged.publish(layout.referrer(repository, subject, digest)),
    async remove(repository, { subject, digest }) {
      await durable.remove(layout.referrer(repository, subject, digest));
    },
    async list(repository, subject) {
      const names = (await ifThere(fs.readdir(layout.referrers(repository, subject)))) ?? [];
      return names
        .map(referrerDigest)
        .filter((digest) => digest !== undefined)
        .sort();
    },
    async read(repository, { subject, digest }) {
      const path = layout.referrer(repository, subject, digest);
      const bytes = await readBytes(fs, path, MAX_BYTES);
      return bytes && parseEntry(path, bytes);
    },
  };
}

function parseEntry(path: string, bytes: Uint8Array): Descriptor {
  try {
    const descriptor = parseDescriptor(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (descriptor !== undefined) return descriptor;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw damaged(path, 'expected a descriptor in JSON, found something else');
}
