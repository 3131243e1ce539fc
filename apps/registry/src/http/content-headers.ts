/**
 * The headers of content that was found.
 *
 * What a digest names never changes and may be kept for good. Without `public`, shared caches keep nothing that was
 * asked for with an `Authorization` header (RFC 9111 section 3.5), so no cache gives away what access rules guard.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { etagOf } from './conditional.ts';
import type { HeaderList } from './respond.ts';

const IMMUTABLE = 'max-age=31536000, immutable';

export function headersByDigest(digest: Digest): HeaderList {
  return ['Docker-Content-Digest', digest, 'ETag', etagOf(digest), 'Cache-Control', IMMUTABLE];
}

/** A tag may name other content the next moment, and a client that accepts less may be refused. */
export function headersByTag(digest: Digest): HeaderList {
  return ['Docker-Content-Digest', digest, 'ETag', etagOf(digest), 'Cache-Control', 'no-cache', 'Vary', 'Accept'];
}
