/**
 * The sentences of the distribution-spec that bind clients alone, so that nobody looks for rows of them.
 *
 * The reason is the same for all: a registry cannot be seen to keep them. Where a registry must bear with a client
 * that breaks one, a row says so.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 * @module
 */
import type { Level } from './normative-sentences.ts';

type ClientSentence = readonly [section: string, level: Level, says: string];

export const CLIENT_SENTENCES: readonly ClientSentence[] = [
  ['Legacy headers', 'SHOULD NOT', 'depend on Docker headers that the specification does not name'],
  ['Legacy error codes', 'SHOULD NOT', 'depend on codes of Docker schema 1'],
  ['Pulling manifests', 'SHOULD', 'send Accept with the types it knows'],
  ['Pulling manifests', 'SHOULD', 'ignore parameters of Content-Type'],
  ['Pulling manifests', 'SHOULD', 'refuse a manifest whose mediaType is not its Content-Type'],
  ['Pulling manifests', 'MUST', 'compare Docker-Content-Digest with the manifest when it uses the header'],
  ['Pulling manifests', 'SHOULD', 'compare the manifest with the digest it asked for'],
  ['Pulling blobs', 'MUST', 'compare Docker-Content-Digest with the blob when it uses the header'],
  ['Pulling blobs', 'SHOULD', 'compare the blob with the digest it asked for'],
  ['Pushing blobs', 'SHOULD', 'use the location of a session exactly as it came'],
  ['Pushing blobs', 'SHOULD NOT', 'assemble that location itself'],
  ['Pushing blobs', 'SHOULD', 'go on with PUT when a single POST is answered by 202'],
  ['Pushing a blob in chunks', 'MUST', 'send Content-Length: 0 with the POST'],
  ['Pushing a blob in chunks', 'SHOULD', 'name another algorithm than sha256 in digest-algorithm (main)'],
  ['Pushing a blob in chunks', 'SHOULD', 'send chunks of at least OCI-Chunk-Min-Length'],
  ['Pushing a blob in chunks', 'SHOULD', 'use the location of the answer before, after a chunk and after a status'],
  ['Cancel a blob upload', 'SHOULD', 'cancel what it gives up (main)'],
  ['Cancel a blob upload', 'SHOULD', 'ignore a failure to do so (main)'],
  ['Mounting a blob', 'SHOULD', 'compare Docker-Content-Digest with the blob when it uses the header'],
  ['Pushing manifests', 'SHOULD', 'set Content-Type to the type of the manifest'],
  ['Pushing manifests', 'SHOULD NOT', 'send parameters with it'],
  ['Pushing manifests', 'SHOULD', 'write mediaType into the manifest'],
  ['Pushing manifests', 'MUST', 'set Content-Type to that mediaType'],
  ['Pushing manifests', 'MUST', 'refer to every blob of the object'],
  ['Pushing manifests', 'SHOULD', 'compare Docker-Content-Digest with the manifest when it uses the header'],
  ['Pushing manifests with subject', 'MUST', 'keep the referrers tag itself when OCI-Subject is missing'],
  ['Listing referrers', 'MUST', 'fall back to the referrers tag when the API answers 404'],
  ['Listing referrers', 'SHOULD', 'assume no referrers when neither is there'],
  ['Deleting manifests', 'SHOULD', 'take a deleted referrer out of the referrers tag when there is no API'],
  ['Registry proxying', 'SHOULD', 'name the source host first, and as the ns parameter only to a proxy (main)'],
  ['Registry proxying', 'SHOULD NOT', 'send credentials of an upstream to a proxy unasked (main)'],
  ['Backwards compatibility', 'MUST', 'work with registries of older versions'],
  ['Referrers tag schema', 'MUST', 'truncate algorithm and hash of the tag as described'],
  ['API', 'SHOULD', 'follow redirects (main)'],
  ['API', 'MUST NOT', 'carry Authorization to another host (main)'],
  ['Warnings', 'SHOULD', 'show warnings, once each'],
  ['Warnings', 'MUST NOT', 'act on a warning by itself'],
];
