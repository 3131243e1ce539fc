/**
 * What the services need of a storage: blobs, manifests with their tags, upload sessions, and lists.
 *
 * Every driver passes `test/storage-contract`. Names, tags and digests arrive checked (they are brands), so a driver
 * never parses; it never sees a request. Failures that the client caused are `RegistryError`s of the kinds named
 * here; everything else a driver throws is the storage's own fault.
 *
 * A promise that resolves is an acknowledgement: what it did is on disk, a crash right after loses nothing of it.
 *
 * @module
 */
import type { Descriptor, Digest, DigestAlgorithm, RepositoryName, Tag } from '@squizzle/oci-spec';

export interface Store {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  readonly uploads: UploadManager;
  readonly catalog: Catalog;
  /** Writes, flushes and removes a probe. Throws what the storage threw when it cannot be written. */
  probe(): Promise<void>;
  /** Waits for what is in flight and lets go of what is held. Twice is as good as once. */
  close(): Promise<void>;
}

/**
 * Content, once for all repositories, and which of them may read it.
 *
 * Not cancellable on purpose: each call is short, and a reader is closed by whoever opened it.
 */
export interface BlobStore {
  /** `undefined` when this repository has no such blob, whether or not another one has. */
  stat(repository: RepositoryName, digest: Digest): Promise<BlobStat | undefined>;
  /** As `stat`, opened. Deleting the blob does not disturb a reader that is already open. */
  open(repository: RepositoryName, digest: Digest): Promise<BlobReader | undefined>;
  /** Lets `repository` read what `source` may read; no byte is copied. `false` when `source` may not. */
  mount(repository: RepositoryName, digest: Digest, source: RepositoryName): Promise<boolean>;
  /** Whether the bytes are stored at all. Says nothing about who may read them: never answer a client with it. */
  holds(digest: Digest): Promise<boolean>;
  /** Takes the blob from this repository; other repositories keep it. `false` when it was not there. */
  delete(repository: RepositoryName, digest: Digest): Promise<boolean>;
}

export interface BlobStat {
  readonly sizeBytes: number;
}

/** An open blob. Reads at any position, several at once; must be closed. */
export interface BlobReader extends BlobStat {
  /**
   * Fills `into` from `position` on, as far as the blob goes, and returns the count of bytes.
   *
   * @throws whatever the storage throws, also when fewer bytes are there than `sizeBytes` says.
   */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface UploadStatus {
  /** A UUID. Knowing it is what allows writing to the session, inside its repository. */
  readonly id: string;
  /** Bytes received so far: where the next chunk begins. */
  readonly sizeBytes: number;
}

export interface NewUpload {
  /** What the blob's digest will be in, so that it is hashed once. Another one at the end only costs a second pass. */
  readonly algorithm?: DigestAlgorithm;
}

export interface Chunk {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Where the client says the chunk begins. Left out, it begins where the last one ended. */
  readonly offset?: number;
  /** How many bytes the client announced. A chunk of another length is taken back whole. */
  readonly sizeBytes?: number;
}

/**
 * Upload sessions. They belong to one repository, survive a restart, and any instance on the same storage can go on
 * with them: the length of what is stored is the truth.
 */
export interface UploadManager {
  create(repository: RepositoryName, upload?: NewUpload): Promise<UploadStatus>;
  /** `undefined` for a session that is not there, has expired, or belongs to another repository. */
  status(repository: RepositoryName, id: string): Promise<UploadStatus | undefined>;
  /**
   * Appends a chunk while it arrives, one at a time per session.
   *
   * When `bytes` throws, what had come before stays, so that the client can go on from there, and the error passes
   * through unchanged.
   *
   * @throws {RegistryError} `UPLOAD_UNKNOWN`; `UPLOAD_BUSY`; `CHUNK_OUT_OF_ORDER` with `detail.sizeBytes`, the true
   *   offset; `SIZE_INVALID` when `sizeBytes` was announced and not met; `BLOB_TOO_LARGE`; `STORAGE_FULL`.
   */
  append(repository: RepositoryName, id: string, chunk: Chunk): Promise<UploadStatus>;
  /**
   * Makes the session's bytes a blob of its repository and ends the session.
   *
   * @throws {RegistryError} `UPLOAD_UNKNOWN`; `UPLOAD_BUSY`; `DIGEST_INVALID` when the bytes have another digest:
   *   then the session and its bytes are gone; `STORAGE_FULL`.
   */
  complete(repository: RepositoryName, id: string, digest: Digest): Promise<BlobStat>;
  /** Ends the session and drops its bytes. `false` when it was not there. */
  cancel(repository: RepositoryName, id: string): Promise<boolean>;
  /** Drops the sessions that nothing was written to for longer than their time, and returns how many. */
  removeExpired(): Promise<number>;
}

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Exactly what was pushed. Not to be written to. */
  readonly bytes: Uint8Array;
}

export interface NewManifest extends StoredManifest {
  /** Set for a manifest with a subject: how the subject's referrers list shows this one. */
  readonly referrer?: { readonly subject: Digest; readonly descriptor: Descriptor };
}

/** What must be true of a tag for it to be moved or removed: not there at all, or there (with one of these digests). */
export type TagCondition =
  | { readonly type: 'absent' }
  | { readonly type: 'present' }
  | { readonly type: 'one-of'; readonly digests: readonly string[] };

export interface TagUpdate {
  readonly tags: readonly Tag[];
  /** Holds for every tag; checked and acted upon as one step. */
  readonly condition?: TagCondition;
}

export interface ManifestStore {
  get(repository: RepositoryName, digest: Digest): Promise<StoredManifest | undefined>;
  has(repository: RepositoryName, digest: Digest): Promise<boolean>;
  /** The manifest a tag names. `undefined` when there is no such tag, or its manifest is gone. */
  resolve(repository: RepositoryName, tag: Tag): Promise<Digest | undefined>;
  /**
   * Stores the manifest, lists it with its subject, then points the tags at it: in this order, so that a crash
   * between two steps leaves nothing that points at nothing. All tags are prepared before the first is moved; a crash
   * or a fault between two of them leaves some moved and others not.
   *
   * @throws {RegistryError} `PRECONDITION_FAILED`; `STORAGE_FULL`.
   */
  put(repository: RepositoryName, manifest: NewManifest, update?: TagUpdate): Promise<void>;
  /** Removes the tags that name it, then the manifest, then its place in a referrers list. `false`: not there. */
  delete(repository: RepositoryName, digest: Digest): Promise<boolean>;
  /**
   * Removes the tag alone. `false` when it was not there. The condition is checked and acted upon as one step.
   *
   * @throws {RegistryError} `PRECONDITION_FAILED`.
   */
  untag(repository: RepositoryName, tag: Tag, condition?: TagCondition): Promise<boolean>;
}

export interface Page {
  /** The last item of the page before; it is not in this one, and need not exist any more. */
  readonly after?: string;
  /** Most items to return; 0 returns none. */
  readonly limit: number;
}

export interface Listing<T> {
  readonly items: readonly T[];
  /** Whether there is at least one item after the last of these. */
  readonly more: boolean;
}

export interface ReferrersPage extends Page {
  readonly artifactType?: string;
  /** Most bytes that the descriptors may have as JSON together; at least one descriptor is returned all the same. */
  readonly limitBytes: number;
}

/** Lists, in the order of their bytes. A repository is there from its first blob or manifest on. */
export interface Catalog {
  hasRepository(repository: RepositoryName): Promise<boolean>;
  listRepositories(page: Page): Promise<Listing<RepositoryName>>;
  listTags(repository: RepositoryName, page: Page): Promise<Listing<Tag>>;
  /** By the digest of the referrer. Empty for a subject that nobody refers to, or that does not exist. */
  listReferrers(repository: RepositoryName, subject: Digest, page: ReferrersPage): Promise<Listing<Descriptor>>;
}
