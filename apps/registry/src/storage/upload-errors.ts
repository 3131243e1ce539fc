/**
 * What an upload is refused for.
 *
 * @module
 */
import type { Digest, RepositoryName } from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';

export function uploadUnknown(repository: RepositoryName, id: string): RegistryError {
  return new RegistryError(
    'UPLOAD_UNKNOWN',
    `repository ${repository} has no upload ${id}: it may have expired; start anew`,
    { detail: { name: repository, upload: id } },
  );
}

export function uploadBusy(repository: RepositoryName, id: string): RegistryError {
  return new RegistryError('UPLOAD_BUSY', `another request is writing to upload ${id}; wait until it has ended`, {
    detail: { name: repository, upload: id },
  });
}

export function chunkOutOfOrder(id: string, sizeBytes: number, offset: number): RegistryError {
  return new RegistryError(
    'CHUNK_OUT_OF_ORDER',
    `upload ${id} has ${sizeBytes} bytes, and the chunk begins at ${offset}; send it from ${sizeBytes} on`,
    { detail: { upload: id, sizeBytes, offset } },
  );
}

/** @param found - a count of bytes, in words. */
export function sizeInvalid(expectedBytes: number, found: string): RegistryError {
  return new RegistryError(
    'SIZE_INVALID',
    `the chunk was announced with ${expectedBytes} bytes, found ${found}; send it again`,
    { detail: { expectedBytes } },
  );
}

export function blobTooLarge(limitBytes: number): RegistryError {
  return new RegistryError('BLOB_TOO_LARGE', `a blob may have ${limitBytes} bytes here, and this one has more`, {
    detail: { limitBytes },
  });
}

export function digestInvalid(expected: Digest, actual: Digest, sizeBytes: number): RegistryError {
  return new RegistryError(
    'DIGEST_INVALID',
    `expected ${expected}, found ${actual} in ${sizeBytes} bytes; the upload is dropped, start anew`,
    { detail: { expected, actual, sizeBytes } },
  );
}
