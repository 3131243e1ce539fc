/**
 * Blobs: bytes by digest once for all repositories, and a link in each repository that may read them.
 *
 * A file among the blobs is whole and flushed before it gets its name, and a link appears only after its blob is
 * durable. Deleting takes the link; the bytes stay for whoever collects what nobody links to.
 *
 * @module
 */
import { dirname } from 'node:path';
import type { Digest, RepositoryName } from '@squizzle/oci-spec';
import type { BlobStat, BlobStore } from '../contracts.ts';
import { openBlob } from './blob-reader.ts';
import { ifThere } from './file-system.ts';
import { settleAll } from './settle-all.ts';
import { lineFile } from './small-files.ts';
import type { StorageFiles } from './storage-files.ts';

/** A file that holds the bytes of a blob already, verified, on the same file system. */
export interface BlobSource {
  readonly path: string;
  readonly sizeBytes: number;
  /** Resolves when the bytes are durable. Not called when the blob is there already. */
  flush(): Promise<void>;
}

export interface BlobFiles {
  readonly store: BlobStore;
  readonly admit: AdmitBlob;
}

/**
 * Moves the source among the blobs, unless they have it, and links it to the repository. Durable when it resolves.
 * When it fails the source is where it was, or among the blobs and unlinked.
 */
export type AdmitBlob = (repository: RepositoryName, digest: Digest, source: BlobSource) => Promise<void>;

export function createBlobFiles({ fs, layout, folders, durable }: StorageFiles): BlobFiles {
  async function sizeOf(digest: Digest): Promise<number | undefined> {
    const facts = await ifThere(fs.stat(layout.blob(digest)));
    return facts?.isFile() === true ? facts.size : undefined;
  }

  async function isLinked(repository: RepositoryName, digest: Digest): Promise<boolean> {
    return (await ifThere(fs.stat(layout.layer(repository, digest)))) !== undefined;
  }

  async function stat(repository: RepositoryName, digest: Digest): Promise<BlobStat | undefined> {
    const [linked, sizeBytes] = await Promise.all([isLinked(repository, digest), sizeOf(digest)]);
    return linked && sizeBytes !== undefined ? { sizeBytes } : undefined;
  }

  /** Links the blob once `beforehand`, which makes it durable, is done. What the link needs is prepared meanwhile. */
  async function link(repository: RepositoryName, digest: Digest, beforehand: () => Promise<void>): Promise<void> {
    const path = layout.layer(repository, digest);
    const prepare = async (): Promise<unknown> => settleAll([folders.ensureLeaf(dirname(path)), beforehand()]);
    await durable.withStaged([lineFile(digest)], prepare, async ([staged]) => staged.publish(path));
  }

  async function keepBytes(digest: Digest, source: BlobSource): Promise<void> {
    const path = layout.blob(digest);
    const folder = dirname(path);
    // A file of another size was damaged from outside, and this one replaces it.
    if ((await sizeOf(digest)) === source.sizeBytes) {
      // Whoever put it there may not have come to flushing the folder.
      await settleAll([folders.ensure(folder), folders.flush(folder)]);
      return;
    }
    await settleAll([folders.ensure(folder), source.flush()]);
    await durable.publish(source.path, path);
  }

  const store: BlobStore = {
    stat,
    async open(repository, digest) {
      if (!(await isLinked(repository, digest))) return undefined;
      return openBlob(fs, layout.blob(digest));
    },
    async mount(repository, digest, source) {
      if ((await stat(source, digest)) === undefined) return false;
      if (repository !== source) await link(repository, digest, async () => undefined);
      return true;
    },
    holds: async (digest) => (await sizeOf(digest)) !== undefined,
    delete: async (repository, digest) => durable.remove(layout.layer(repository, digest)),
  };
  return {
    store,
    admit: async (repository, digest, source) => link(repository, digest, async () => keepBytes(digest, source)),
  };
}
