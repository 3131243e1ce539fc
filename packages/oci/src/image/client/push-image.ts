/**
 * An image's file into a repository: contents, then the manifest that names them, then the tag.
 *
 * @module
 */
import { copyContent, SquizzleError, type CallOptions } from '@squizzle/core';
import { DEFAULT_TAG, formatReference, type Digest, type Reference } from '@squizzle/oci-spec';
import type { RegistryConnection } from '../../registry/repository-access.ts';
import { createRepositoryStore } from '../../registry/repository-store.ts';
import { openImage } from '../open-image.ts';
import { watchTransfers, type OnTransferProgress } from './transfer-progress.ts';

export interface TransferOptions extends CallOptions {
  readonly onProgress?: OnTransferProgress | undefined;
}

export interface PushedImage {
  /** Where it is now: `ghcr.io/acme/app:1.0`. */
  readonly reference: string;
  readonly digest: Digest;
  /** Bytes of everything it is made of, also of what was there before. */
  readonly size: number;
}

/** What the registry has is not sent again; nothing at all, when it has the image under this tag. */
export async function pushImage(
  connection: RegistryConnection,
  path: string,
  reference: Reference,
  { signal, onProgress }: TransferOptions,
): Promise<PushedImage> {
  const { repository, tag = DEFAULT_TAG, digest } = reference;
  if (digest !== undefined) throw namedByDigest(reference);
  const { facts, contents, source, close } = await openImage(path, { signal });
  try {
    const { access, finish } = watchTransfers(connection.repository(repository), 'push', onProgress);
    const store = createRepositoryStore(access);
    await copyContent(facts.root, source, store, { signal, onBlob: finish });
    contents.forEach(finish); // of an image that is there, the parts were not asked for
    const tagged = await store.resolve(tag, { signal });
    if (tagged?.digest !== facts.root.digest) await store.tag(facts.root, tag, { signal });
  } finally {
    await close();
  }
  const place = { registry: connection.host, repository, tag };
  return { reference: formatReference(place), digest: facts.root.digest, size: facts.size };
}

function namedByDigest(reference: Reference): SquizzleError<'SELECTOR_INVALID'> {
  const selector = formatReference(reference);
  const message = `${selector}: an image is pushed under a tag, and its digest follows from what it is: leave @${reference.digest} away`;
  return new SquizzleError('SELECTOR_INVALID', message, { selector });
}
