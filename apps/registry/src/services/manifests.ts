/**
 * Pushing, pulling and deleting manifests and tags.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 * @module
 */
import {
  artifactTypeOf,
  contentsOf,
  digestAlgorithm,
  digestOf,
  isContentError,
  isManifestMediaType,
  parseManifest,
  type Descriptor,
  type Digest,
  type Manifest,
  type ManifestMediaType,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';
import type { ManifestStore, NewManifest, Store, StoredManifest, TagCondition } from '../storage/contracts.ts';
import { mapConcurrently } from './map-concurrently.ts';

export type ManifestReference =
  { readonly type: 'tag'; readonly tag: Tag } | { readonly type: 'digest'; readonly digest: Digest };

export interface PushedManifest {
  readonly bytes: Uint8Array;
  /** The request's `Content-Type` without parameters. Left out, the manifest's own `mediaType` decides. */
  readonly mediaType?: string;
  /** From `?tag=`, for a push by digest. */
  readonly tags: readonly Tag[];
  readonly condition?: TagCondition;
}

export interface PushResult {
  readonly digest: Digest;
  /** Set when the manifest has a subject, which the server has then taken note of. */
  readonly subject?: Digest;
  readonly tags: readonly Tag[];
}

export interface ManifestService {
  /** @throws {RegistryError} `MANIFEST_UNKNOWN`. */
  get(repository: RepositoryName, reference: ManifestReference): Promise<StoredManifest>;
  /**
   * @throws {RegistryError} `MANIFEST_INVALID`; `MANIFEST_TOO_LARGE`; `DIGEST_INVALID` when pushed by another digest
   *   than the bytes have; `MANIFEST_BLOB_UNKNOWN` with every missing digest; `PRECONDITION_FAILED`.
   */
  put(repository: RepositoryName, reference: ManifestReference, pushed: PushedManifest): Promise<PushResult>;
  /**
   * By tag the tag alone, by digest the manifest and every tag of it. A condition is one of the tag, and has no meaning
   * for a digest.
   *
   * @throws {RegistryError} `MANIFEST_UNKNOWN`; `PRECONDITION_FAILED`.
   */
  delete(repository: RepositoryName, reference: ManifestReference, condition?: TagCondition): Promise<void>;
}

export interface ManifestOptions {
  /**
   * Whether everything a manifest is made of must be in its repository. Default true. A mirror that copies some of an
   * index's platforms, or some of an image's layers, does without.
   */
  readonly requireContents?: boolean;
}

/** Lookups at once for one manifest: enough to hide latency, too few to crowd out other requests. */
const LOOKUPS_AT_ONCE = 8;

export function createManifestService(store: Store, options: ManifestOptions = {}): ManifestService {
  const { manifests } = store;
  const { requireContents = true } = options;
  return {
    async get(repository, reference) {
      const digest = await resolve(manifests, repository, reference);
      const manifest = digest && (await manifests.get(repository, digest));
      return manifest ?? refuseUnknown(repository, reference);
    },
    async put(repository, reference, pushed) {
      const digest = identify(reference, pushed.bytes);
      const { manifest, mediaType } = read(pushed);
      if (requireContents) await refuseMissing(store, repository, manifest);
      const subject = subjectOf(manifest);
      const stored: NewManifest = {
        digest,
        mediaType,
        bytes: pushed.bytes,
        ...(subject && {
          referrer: {
            subject: subject.digest,
            descriptor: describeReferrer(manifest, mediaType, digest, pushed.bytes),
          },
        }),
      };
      const tags = [...new Set(reference.type === 'tag' ? [reference.tag] : pushed.tags)];
      await manifests.put(repository, stored, {
        tags,
        ...(pushed.condition !== undefined && { condition: pushed.condition }),
      });
      return { digest, tags, ...(subject && { subject: subject.digest }) };
    },
    async delete(repository, reference, condition) {
      const removed =
        reference.type === 'tag'
          ? await manifests.untag(repository, reference.tag, condition)
          : await manifests.delete(repository, reference.digest);
      if (!removed) refuseUnknown(repository, reference);
    },
  };
}

async function resolve(
  manifests: ManifestStore,
  repository: RepositoryName,
  reference: ManifestReference,
): Promise<Digest | undefined> {
  return reference.type === 'digest' ? reference.digest : manifests.resolve(repository, reference.tag);
}

/** The digest of the bytes, in the algorithm the client pushed by. */
function identify(reference: ManifestReference, bytes: Uint8Array): Digest {
  if (reference.type === 'tag') return digestOf(bytes);
  const actual = digestOf(bytes, digestAlgorithm(reference.digest));
  if (actual === reference.digest) return actual;
  throw new RegistryError('DIGEST_INVALID', `pushed as ${reference.digest}, but the manifest's bytes are ${actual}`, {
    detail: { expected: reference.digest, actual },
  });
}

function read(pushed: PushedManifest): { manifest: Manifest; mediaType: ManifestMediaType } {
  const mediaType = pushed.mediaType ?? declaredMediaType(pushed.bytes);
  if (!isManifestMediaType(mediaType)) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      `expected the media type of an OCI or Docker manifest or index, found ${JSON.stringify(mediaType)}`,
      { detail: { mediaType } },
    );
  }
  try {
    return { manifest: parseManifest(pushed.bytes, mediaType), mediaType };
  } catch (cause) {
    if (isContentError(cause, 'TOO_LARGE')) throw new RegistryError('MANIFEST_TOO_LARGE', cause.message, { cause });
    if (isContentError(cause)) throw new RegistryError('MANIFEST_INVALID', cause.message, { cause });
    throw cause;
  }
}

/** For a push without `Content-Type`: what the document says it is. */
function declaredMediaType(bytes: Uint8Array): string {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RegistryError('MANIFEST_INVALID', 'expected a manifest in JSON, found bytes that are none', { cause });
  }
  if (typeof document === 'object' && document !== null && 'mediaType' in document) {
    if (typeof document.mediaType === 'string') return document.mediaType;
  }
  throw new RegistryError(
    'MANIFEST_INVALID',
    'expected a Content-Type header or a mediaType in the manifest, found neither',
  );
}

/** Every blob or manifest it is made of must be in the repository. Layers that live elsewhere (`urls`) need not be. */
async function refuseMissing(store: Store, repository: RepositoryName, manifest: Manifest): Promise<void> {
  const wanted = contentsOf(manifest);
  const present = manifest.kind === 'index' ? hasManifest(store, repository) : hasBlob(store, repository);
  const found = await mapConcurrently(wanted, LOOKUPS_AT_ONCE, present);
  const missing = [...new Set(wanted.filter((_, index) => found[index] === false).map(({ digest }) => digest))];
  if (missing.length === 0) return;
  throw new RegistryError(
    'MANIFEST_BLOB_UNKNOWN',
    `repository ${repository} lacks what the manifest refers to: ${missing.slice(0, 5).join(', ')}` +
      `${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}; push it first`,
    { detail: { name: repository, digests: missing.slice(0, 100) } },
  );
}

const hasBlob =
  ({ blobs }: Store, repository: RepositoryName) =>
  async (descriptor: Descriptor): Promise<boolean> => {
    if (descriptor.urls !== undefined && descriptor.urls.length > 0) return true;
    const blob = await blobs.stat(repository, descriptor.digest);
    if (blob !== undefined && blob.sizeBytes !== descriptor.size) {
      throw new RegistryError(
        'MANIFEST_INVALID',
        `the manifest says that ${descriptor.digest} has ${descriptor.size} bytes; it has ${blob.sizeBytes}`,
        { detail: { digest: descriptor.digest } },
      );
    }
    return blob !== undefined;
  };

const hasManifest =
  ({ manifests, blobs }: Store, repository: RepositoryName) =>
  async ({ digest, mediaType }: Descriptor): Promise<boolean> =>
    (await manifests.has(repository, digest)) ||
    // An index may list artifacts that are no manifests (image-spec): those are blobs.
    (!isManifestMediaType(mediaType) && (await blobs.stat(repository, digest)) !== undefined);

function subjectOf(manifest: Manifest): Descriptor | undefined {
  return manifest.kind === 'index' ? manifest.index.subject : manifest.manifest.subject;
}

function describeReferrer(
  manifest: Manifest,
  mediaType: ManifestMediaType,
  digest: Digest,
  bytes: Uint8Array,
): Descriptor {
  const artifactType = artifactTypeOf(manifest);
  const annotations = manifest.kind === 'index' ? manifest.index.annotations : manifest.manifest.annotations;
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  };
}

function refuseUnknown(repository: RepositoryName, reference: ManifestReference): never {
  const name = reference.type === 'tag' ? reference.tag : reference.digest;
  throw new RegistryError('MANIFEST_UNKNOWN', `repository ${repository} has no manifest ${name}`, {
    detail: { name: repository, reference: name },
  });
}
