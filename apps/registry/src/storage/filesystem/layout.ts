/**
 * Where things lie in the storage folder:
 *
 *     <root>/
 *       blobs/<alg>/<2 hex>/<hex>                              content by digest, once; manifests' bytes too
 *       repositories/<name>/
 *         _layers/<alg>/<hex>/link                             this repository may read the blob
 *         _manifests/revisions/<alg>/<hex>                     this repository has the manifest: media type, subject
 *         _manifests/tags/<tag>                                the digest that the tag names
 *         _referrers/<alg>/<hex of the subject>/<alg>-<hex>    the descriptor of a manifest with that subject
 *       uploads/<id>/{state,data}                              upload sessions
 *       staging/<id>                                           files that are still being written
 *
 * The parts of a repository's name begin with a letter or digit, so none of them is one of the folders that begin with
 * `_`. The file system has to tell upper from lower case, as tags do.
 *
 * Names come checked, and are checked again here: nothing else may become part of a path.
 *
 * @module
 */
import {
  digestAlgorithm,
  digestHex,
  parseDigest,
  parseRepositoryName,
  parseTag,
  type Digest,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';

/** Every function throws a TypeError for text that only claims to be of the type it takes. */
export interface Layout {
  readonly root: string;
  readonly blobs: string;
  readonly repositories: string;
  readonly uploads: string;
  readonly staging: string;
  blob(digest: Digest): string;
  /** What every repository in the storage has one of, from its first blob or manifest on. */
  markers(repository: RepositoryName): readonly string[];
  layer(repository: RepositoryName, digest: Digest): string;
  revision(repository: RepositoryName, digest: Digest): string;
  tags(repository: RepositoryName): string;
  tag(repository: RepositoryName, tag: Tag): string;
  referrers(repository: RepositoryName, subject: Digest): string;
  referrer(repository: RepositoryName, subject: Digest, digest: Digest): string;
  upload(id: string): UploadPaths;
  /** `id` is an upload's or another random name of the same form. */
  staged(id: string): string;
}

export interface UploadPaths {
  readonly folder: string;
  readonly state: string;
  readonly data: string;
}

/** Of a repository's folder: the entries which show that it is one, not only a part of longer names. */
export const REPOSITORY_MARKERS: readonly string[] = ['_layers', '_manifests'];

/** Version 4 in its canonical form: what a session is called. Anything else never was a session. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUploadId(text: string): boolean {
  return UUID.test(text);
}

/** @param root - without a slash at its end. */
export function createLayout(root: string): Layout {
  const [blobs, repositories] = [`${root}/blobs`, `${root}/repositories`];
  const [uploads, staging] = [`${root}/uploads`, `${root}/staging`];
  const repositoryFolder = (name: RepositoryName): string => `${repositories}/${checked(name, parseRepositoryName)}`;
  const referrers = (repository: RepositoryName, subject: Digest): string =>
    `${repositoryFolder(repository)}/_referrers/${digestPath(subject)}`;
  const tags = (repository: RepositoryName): string => `${repositoryFolder(repository)}/_manifests/tags`;
  return {
    root,
    blobs,
    repositories,
    uploads,
    staging,
    blob(digest) {
      const path = digestPath(digest);
      return `${blobs}/${path.replace('/', `/${digestHex(digest).slice(0, 2)}/`)}`;
    },
    markers(repository) {
      const folder = repositoryFolder(repository);
      return REPOSITORY_MARKERS.map((marker) => `${folder}/${marker}`);
    },
    layer: (repository, digest) => `${repositoryFolder(repository)}/_layers/${digestPath(digest)}/link`,
    revision: (repository, digest) => `${repositoryFolder(repository)}/_manifests/revisions/${digestPath(digest)}`,
    tags,
    tag: (repository, tag) => `${tags(repository)}/${checked(tag, parseTag)}`,
    referrers,
    referrer: (repository, subject, digest) =>
      `${referrers(repository, subject)}/${digestPath(digest).replace('/', '-')}`,
    upload(id) {
      const folder = `${uploads}/${checkedId(id)}`;
      return { folder, state: `${folder}/state`, data: `${folder}/data` };
    },
    staged: (id) => `${staging}/${checkedId(id)}`,
  };
}

/** The manifest that an entry of a referrers folder is about, or `undefined` when it is no such entry. */
export function referrerDigest(entry: string): Digest | undefined {
  return parseDigest(entry.replace('-', ':'));
}

function digestPath(digest: Digest): string {
  const known = checked(digest, parseDigest);
  return `${digestAlgorithm(known)}/${digestHex(known)}`;
}

function checked<T extends string>(text: T, parse: (text: string) => T | undefined): T {
  return parse(text) ?? refuse(text);
}

function checkedId(id: string): string {
  return isUploadId(id) ? id : refuse(id);
}

function refuse(text: string): never {
  throw new TypeError(`not to be made part of a path: ${JSON.stringify(text)}`);
}
