/**
 * What an archive holds, with its damage told as the archive's: which file, which member, what to do.
 *
 * Damage of the store that is written to stays what it is.
 *
 * @module
 */
import type { ContentSource } from '@squizzle/core';
import {
  digestAlgorithm,
  digestHex,
  isContentError,
  isManifestMediaType,
  LIMITS,
  parseManifest,
  readVerified,
  type Descriptor,
} from '@squizzle/oci-spec';
import type { Refuse } from './archive-error.ts';

/** A manifest comes whole, and can be parsed. @throws {SquizzleError} `ARCHIVE_INVALID` */
export function soundSource(archive: ContentSource, refuse: Refuse): ContentSource {
  return {
    fetch(descriptor, options) {
      const content = archive.fetch(descriptor, options);
      if (!isManifestMediaType(descriptor.mediaType)) return refusing(content, descriptor, refuse);
      if (descriptor.size > LIMITS.manifestBytes) {
        refuse(nameOf(descriptor), `is a manifest of more than ${LIMITS.manifestBytes} bytes`);
      }
      return refusing({ [Symbol.asyncIterator]: () => soundManifest(content, descriptor) }, descriptor, refuse);
    },
  };
}

async function* soundManifest(
  content: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await readVerified(content, descriptor, LIMITS.manifestBytes);
  parseManifest(bytes, descriptor.mediaType);
  yield bytes;
}

/** Each iteration reads it from the start. */
function refusing(
  content: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  refuse: Refuse,
): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* content;
      } catch (cause) {
        if (!isContentError(cause)) throw cause;
        refuse(nameOf(descriptor), `is damaged: ${cause.message}`, { cause });
      }
    },
  };
}

function nameOf({ digest }: Descriptor): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}
