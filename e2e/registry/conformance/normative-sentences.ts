/**
 * Every MUST, MUST NOT, SHOULD and SHOULD NOT of the distribution-spec that binds a registry, in our own words, from
 * 1.1.1 and from the main branch of 2026. Where the two differ in level, the stricter one stands, marked "(main)".
 *
 * A sentence without a row gives its reason as the third field. What binds clients alone is in `client-sentences.ts`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 * @module
 */
export type Level = 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT';

type Sentence = readonly [level: Level, says: string, withoutRow?: string];

export const NORMATIVE_SENTENCES = {
  Requirements: {
    'requirements.pull': ['MUST', 'every registry supports all of Pull'],
    'requirements.others': ['SHOULD', 'Push, Content Discovery and Content Management are there too'],
    'requirements.whole-category': ['MUST', 'a category that is claimed has all its endpoints'],
  },
  'Pulling manifests': {
    'pull-manifest.reference': ['MUST', 'a reference is a digest or a tag'],
    'pull-manifest.no-other-reference': ['MUST NOT', 'a reference has no other form'],
    'pull.name': ['MUST', 'a name matches the expression for names'],
    'pull.tag': ['MUST', 'a tag has at most 128 characters and matches the expression for tags'],
    'pull-manifest.no-parameters': ['SHOULD NOT', 'Content-Type comes without parameters'],
    'pull-manifest.content-type': ['SHOULD', 'Content-Type is the one it was pushed with'],
    'pull-manifest.get': ['MUST', 'end-3: GET of an existing manifest gives 200 and the manifest'],
    'pull-manifest.digest-header': ['MUST', 'Docker-Content-Digest has its digest (main)'],
    'pull-manifest.missing': ['MUST', '404 when it is not in the repository'],
    'pull.missing-repository': ['MUST', '404 for a pull from a repository that does not exist'],
  },
  'Pulling blobs': {
    'pull-blob.get': ['MUST', 'end-2: GET of an existing blob gives 200 and the blob'],
    'pull-blob.digest-header': ['MUST', 'Docker-Content-Digest has its digest (main)'],
    'pull-blob.digest-matches': ['MUST', 'that digest is the one of the body'],
    'pull-blob.missing': ['MUST', '404 when it is not in the repository'],
    'pull-blob.range': ['SHOULD', 'Range works as RFC 9110 section 14 says'],
  },
  'Checking if content exists': {
    'exists.head': ['MUST', 'HEAD of an existing blob or manifest gives 200'],
    'exists.digest-header': ['MUST', 'Docker-Content-Digest has its digest (main)'],
    'exists.content-length': ['MUST', 'Content-Length has its size (main)'],
    'exists.missing': ['MUST', '404 when it is not in the repository'],
  },
  'Pushing blobs': {
    'push-blob.bad-digest': ['SHOULD', '400 for a digest that is invalid or of an unknown algorithm (main)'],
    'post-put.session': ['MUST', 'end-4a: POST gives 202 and Location'],
    'post-put.uuid': ['MUST', 'the location holds a UUID that is unique to the session'],
    'post-put.created': ['MUST', 'end-6: the PUT that completes gives 201 and Location'],
    'single-post.length': ['MUST', 'Content-Length is the length of the blob'],
    'single-post.digest': ['MUST', 'the digest is the one of the blob'],
    'single-post.created': ['MUST', 'end-4b: gives 201 and Location'],
    'single-post.unsupported': ['SHOULD', 'without support for it: 202 and Location', 'this registry supports it'],
  },
  'Pushing a blob in chunks': {
    'chunked.min-length': ['SHOULD', 'a minimum size of chunks is told in OCI-Chunk-Min-Length'],
    'chunked.range-inclusive': ['MUST', 'Content-Range counts both ends'],
    'chunked.range-from-zero': ['MUST', 'the first chunk begins at 0'],
    'chunked.range-form': ['MUST', 'Content-Range is two numbers with a dash'],
    'chunked.accepted': ['MUST', 'end-5: a chunk gives 202, Location and Range'],
    'chunked.in-order': ['MUST', 'a chunk begins where the last one ended'],
    'chunked.out-of-order': ['MUST', '416 for a chunk out of order'],
    'chunked.closed-by-put': ['MUST', 'the session ends with a PUT'],
    'chunked.closing-digest': ['MUST', 'the closing PUT names the digest of the whole blob'],
    'chunked.closed': ['MUST', 'end-6: closing gives 201 and Location'],
    'chunked.last-out-of-order': ['MUST', '416 for a last chunk out of order in the PUT (main)'],
    'chunked.status': ['MUST', 'end-13: GET of an active session gives 204, Location and Range'],
  },
  'Cancel a blob upload': {
    'cancel.no-content': ['SHOULD', 'end-14: gives 204 (main)'],
    'cancel.timeout': ['SHOULD', 'unfinished uploads time out (main)'],
  },
  'Mounting a blob': {
    'mount.created': ['MUST', 'end-11: gives 201 and Location'],
    'mount.fallback': ['SHOULD', '202 when it cannot be mounted: an upload has begun'],
  },
  'Pushing manifests': {
    'push-manifest.subject-first': ['MUST', 'a manifest whose subject is missing is accepted'],
    'push-manifest.blob-unknown': ['MUST', 'MANIFEST_BLOB_UNKNOWN when one is refused for what it refers to'],
    'push-manifest.ignore-parameters': ['SHOULD', 'parameters of Content-Type are ignored'],
    'push-manifest.reference': ['MUST', 'the reference is a digest or a tag'],
    'push-manifest.exact-bytes': ['MUST', 'stored byte for byte as it came'],
    'push-manifest.created': ['MUST', 'end-7: gives 201 and Location'],
    'push-manifest.digest-header': ['MUST', 'Docker-Content-Digest is the digest that the client gave'],
    'tag-parameters.ten': ['SHOULD', 'end-7b: at least ten tags at once (main)'],
    'tag-parameters.header': ['MUST', 'OCI-Tag names each tag that was set (main)'],
    'push-manifest.limit': ['SHOULD', 'there is a largest size'],
    'push-manifest.limit-413': ['SHOULD', '413 above it'],
    'push-manifest.four-megabytes': ['SHOULD', 'manifests of 4 megabytes are taken'],
    'subject.header': ['MUST', 'OCI-Subject has the digest of the subject'],
  },
  'Listing tags': {
    'tags.found': ['MUST', 'end-8a: 200 for a repository that is there'],
    'tags.order': ['MUST', 'in lexical or ASCIIbetical order'],
    'tags.body': ['MUST', 'JSON with name and tags'],
    'tags.n': ['MUST', 'end-8b: n results, unless there are fewer or Link says that more follow'],
    'tags.link': ['MUST', 'Link has the form of RFC 5988 with rel="next"'],
    'tags.n-zero': ['MUST', 'n=0 gives an empty list'],
    'tags.n-zero-no-link': ['MUST NOT', 'n=0 gives no Link'],
    'tags.n-order': ['MUST', 'a page is in order'],
    'tags.last-is-a-tag': ['MUST', 'last is a tag, not an index'],
    'tags.last-order': ['MUST', 'what follows last is in order'],
  },
  'Listing referrers': {
    'referrers.found': ['MUST', 'end-12a: 200 for a repository that is there'],
    'referrers.never-404': ['MUST NOT', '404 is never the answer'],
    'referrers.invalid': ['MUST', '400 for a digest that is none'],
    'referrers.body': ['MUST', 'a JSON image index of descriptors'],
    'referrers.content-type': ['MUST', 'Content-Type is that of an image index'],
    'referrers.artifact-type': ['MUST', 'a descriptor has the artifactType of the manifest'],
    'referrers.config-type': ['MUST', 'for an image without one it is the media type of the config'],
    'referrers.index-without-type': ['MUST', 'for an index without one it is left out'],
    'referrers.annotations': ['MUST', 'a descriptor has the annotations of the manifest'],
    'referrers.empty': ['MUST', 'an empty list when nothing matches'],
    'referrers.link': ['MUST', 'Link when they do not fit in one manifest'],
    'referrers.link-form': ['MUST', 'Link has the form of RFC 5988 with rel="next"'],
    'referrers.filter': ['SHOULD', 'end-12b: filtered by artifactType'],
    'referrers.filters-applied': ['MUST', 'OCI-Filters-Applied names the filter that was applied'],
    'referrers.several-filters': ['MUST', 'several filters are joined by commas', 'there is one filter only'],
  },
  'Content management': {
    'delete-tag.accepted': ['MUST', 'end-9: a tag deleted gives 202'],
    'delete-tag.disabled': ['MUST', '400 or 405 when it is switched off'],
    'delete-manifest.accepted': ['MUST', 'end-9: a manifest deleted gives 202'],
    'delete-manifest.missing-repository': ['MUST', '404 when the repository does not exist'],
    'delete-manifest.disabled': ['MUST', '400 or 405 when it is switched off'],
    'delete-blob.accepted': ['MUST', 'end-10: a blob deleted gives 202'],
    'delete-blob.missing': ['MUST', '404 when it is not there'],
    'delete-blob.disabled': ['MUST', '400 or 405 when it is switched off'],
  },
  'Registry proxying': {
    'proxy.namespace-header': [
      'SHOULD',
      'a registry that uses the parameter ns answers with OCI-Namespace (main)',
      'this registry is no proxy and ignores ns',
    ],
  },
  'Enabling the referrers API': {
    'upgrade.preexisting': [
      'MUST',
      'referrers pushed by the tag schema before are listed',
      'this registry has had the referrers API from its first version: no older content exists',
    ],
    'upgrade.new': ['MUST', 'every newly pushed manifest with a subject is listed'],
  },
  API: {
    'api.rfc9110': ['SHOULD', 'RFC 9110 holds where the specification says nothing (main)'],
  },
  'Error codes': {
    'errors.format': ['MUST', 'a JSON body of a 4xx has errors with code, message and detail'],
    'errors.code-form': ['MUST', 'a code is capitals and underscores'],
    'errors.message': ['SHOULD', 'a message is for people'],
    'errors.code-list': ['MUST', 'a code is one of the fourteen'],
    'errors.retry-after': ['SHOULD', '429 has Retry-After (main)', 'there is no rate limit yet: story 027'],
  },
  Warnings: {
    'warnings.form': ['MUST', 'Warning has code 299 and agent -'],
    'warnings.no-date': ['MUST NOT', 'Warning has no date'],
    'warnings.size': ['MUST NOT', 'warnings of one answer have more than 4096 bytes'],
  },
} as const satisfies Record<string, Record<string, Sentence>>;

type Sections = typeof NORMATIVE_SENTENCES;

export type SentenceId = { [S in keyof Sections]: keyof Sections[S] }[keyof Sections];

export interface ListedSentence {
  readonly id: string;
  readonly section: string;
  readonly level: Level;
  readonly says: string;
  readonly withoutRow: string | undefined;
}

export const LISTED_SENTENCES: readonly ListedSentence[] = Object.entries(NORMATIVE_SENTENCES).flatMap(
  ([section, sentences]) =>
    Object.entries<Sentence>(sentences).map(([id, [level, says, withoutRow]]) => ({
      id,
      section,
      level,
      says,
      withoutRow,
    })),
);

const LEVELS = new Map(LISTED_SENTENCES.map(({ id, level }) => [id, level]));

export function levelOf(id: SentenceId): Level {
  const level = LEVELS.get(id);
  if (level === undefined) throw new RangeError(`no sentence is called ${id}`);
  return level;
}
