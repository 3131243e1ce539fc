/**
 * From an archive into a store: everything that it was made for, with signatures.
 *
 * No tag is set: which may be claimed is for whoever knows what they mean.
 *
 * @module
 */
import { copyContent, type ContentStore, type CopyContentOptions } from '@squizzle/core';
import type { Descriptor } from '@squizzle/oci-spec';
import type { ListedManifest } from '../layout/layout-index.ts';
import { openLayoutArchive, type OpenArchiveOptions } from './tar-index.ts';

export interface ImportArchiveOptions extends OpenArchiveOptions, CopyContentOptions {
  readonly path: string;
  readonly to: ContentStore;
}

export interface ImportedArchive {
  /** In the archive's order, with the tags that they have there. */
  readonly roots: readonly ListedManifest[];
  /** What is attached to them. */
  readonly referrers: readonly Descriptor[];
}

/**
 * Copies what the archive lists: first what has a tag or is about nobody, then what is attached. Content that the store
 * has is not read; a run that ended early is gone on with by the same call.
 *
 * @throws {SquizzleError} `ARCHIVE_INVALID`, `STORE_UNUSABLE`, `CONTENT_NOT_FOUND` for an archive that lacks content.
 * @throws {ContentError} for content that is damaged.
 */
export async function importArchive({ path, to, onBlob, ...options }: ImportArchiveOptions): Promise<ImportedArchive> {
  const archive = await openLayoutArchive(path, options);
  try {
    const { roots, attached } = archive;
    for (const descriptor of [...roots.map((root) => root.descriptor), ...attached]) {
      await copyContent(descriptor, archive, to, { onBlob, signal: options.signal });
    }
    return { roots, referrers: attached };
  } finally {
    await archive.close();
  }
}
