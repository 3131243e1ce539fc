/**
 * An image of a repository into a folder of images, as `createImageBuilder` keeps them.
 *
 * Its contents are fetched some at once into one file, which appears when it is whole.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { DEFAULT_TAG, formatReference, type Digest, type Reference } from '@squizzle/oci-spec';
import { collectContents } from '../../archive/layout-contents.ts';
import { publishFile } from '../../layout/publish-file.ts';
import type { RegistryConnection, RepositoryAccess } from '../../registry/repository-access.ts';
import { createRepositoryStore } from '../../registry/repository-store.ts';
import { describePlace, faultOf } from '../../registry/response-error.ts';
import { withArrival } from '../storage/arrival.ts';
import type { ImageFs } from '../storage/image-fs.ts';
import { requireImageName } from '../storage/image-name.ts';
import { imagePaths } from '../storage/image-paths.ts';
import { createImageStorage } from '../storage/image-storage.ts';
import { layoutTar } from '../storage/layout-tar.ts';
import type { StoredImage } from '../storage/stored-image.ts';
import { withFetchedAhead } from './fetch-ahead.ts';
import type { TransferOptions } from './push-image.ts';
import { watchTransfers } from './transfer-progress.ts';

const TAR_MODE = 0o644;

export interface PullTarget {
  readonly fs: ImageFs;
  readonly storageDir: string;
}

/** Kept under its full name; one that was asked for by its digest has none. */
export async function pullImage(
  connection: RegistryConnection,
  reference: Reference,
  { fs, storageDir }: PullTarget,
  { signal, onProgress }: TransferOptions,
): Promise<StoredImage> {
  const { repository, digest, tag = DEFAULT_TAG } = reference;
  const name = digest === undefined ? requireImageName(formatReference({ ...reference, tag })) : null;
  const { access, finish } = watchTransfers(connection.repository(repository), 'pull', onProgress);
  const store = createRepositoryStore(access);
  const root = await store.resolve(digest ?? tag, { signal });
  if (root === undefined) throw notFound(access, digest ?? tag);
  const paths = imagePaths(storageDir);
  const storage = createImageStorage(fs, paths);
  return withArrival(fs, paths, async ({ tar: arriving, ready }) => {
    const { blobs } = await collectContents([{ descriptor: root, tags: [] }], { fetch: store.fetch }, signal);
    await withFetchedAhead(blobs, store, { signal, onTaken: finish }, async (contents) =>
      publishFile(fs, { arriving, path: ready, mode: TAR_MODE }, layoutTar(root, name, contents)),
    );
    await storage.keep(ready, root.digest, name, { signal });
    return storage.find(root.digest, { signal });
  });
}

function notFound(access: RepositoryAccess, name: string | Digest): SquizzleError<'NOT_FOUND'> {
  const hint = 'check the name, and that the credentials may read it; listTags shows what there is';
  const what = name.includes(':') ? 'manifest' : 'tag';
  const message = `${describePlace(access)} has no ${what} ${name}; ${hint}`;
  return new SquizzleError('NOT_FOUND', message, { ...faultOf(access, null, hint), what, name });
}
