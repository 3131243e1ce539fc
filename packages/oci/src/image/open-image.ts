/**
 * An image's file, opened to be read from: one image, whole, its contents found without reading the layers.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import {
  contentsOf,
  isContentError,
  isImageManifestMediaType,
  isManifestMediaType,
  LIMITS,
  MEDIA_TYPES,
  parseImageConfig,
  parseManifest,
  readVerified,
  type Annotations,
  type Descriptor,
  type Digest,
} from '@squizzle/oci-spec';
import { refuserOf, type Refuse } from '../archive/archive-error.ts';
import { openLayoutArchive, type LayoutArchive } from '../archive/tar-index.ts';

/** What an image is, read from its manifest and config. */
export interface ImageFacts {
  /** What Docker calls it by: the digest of its config; of an index with an image for each platform, its own. */
  readonly imageId: Digest;
  readonly root: Descriptor;
  /** Bytes of everything it is made of, as a registry keeps it. */
  readonly size: number;
  /** RFC 3339; `null` where the image does not say. */
  readonly created: string | null;
  readonly labels: Annotations;
}

export interface OpenImage {
  readonly facts: ImageFacts;
  /** Everything it is made of, its root included. */
  readonly contents: readonly Descriptor[];
  /** Content is read where it lies, and verified as it passes. */
  readonly source: LayoutArchive;
  close(): Promise<void>;
}

/** Images of a platform each, of one index. */
const MOST_MANIFESTS = 1_000;

/**
 * It has to be closed.
 *
 * @throws {SquizzleError} `ARCHIVE_INVALID` when it is no layout of one whole image; `STORE_UNUSABLE` when it cannot be read.
 */
export async function openImage(path: string, options: CallOptions = {}): Promise<OpenImage> {
  const refuse = refuserOf(path);
  const source = await openLayoutArchive(path, options);
  try {
    const root = requireOneRoot(source, refuse);
    const contents = await readContents(root, source, refuse, options);
    const facts = await readFacts(root, contents, source, options);
    return { facts, contents, source, close: async () => source.close() };
  } catch (thrown) {
    await source.close();
    if (isContentError(thrown)) refuse(null, `is damaged: ${thrown.message}`, { cause: thrown });
    throw thrown;
  }
}

function requireOneRoot({ roots }: LayoutArchive, refuse: Refuse): Descriptor {
  const [root] = roots;
  if (root !== undefined && roots.length === 1) return root.descriptor;
  return refuse('index.json', `names ${roots.length} images, expected one`);
}

async function readFacts(
  root: Descriptor,
  contents: readonly Descriptor[],
  source: LayoutArchive,
  options: CallOptions,
): Promise<ImageFacts> {
  const size = contents.reduce((sum, descriptor) => sum + descriptor.size, 0);
  const bare = { mediaType: root.mediaType, digest: root.digest, size: root.size };
  const isOne = isImageManifestMediaType(root.mediaType);
  const config = isOne ? contents.find(({ mediaType }) => isConfig(mediaType)) : undefined;
  if (config === undefined) return { imageId: root.digest, root: bare, size, created: null, labels: {} };
  const bytes = await readVerified(source.fetch(config, options), config, LIMITS.configBytes);
  const { created = null, config: runtime } = parseImageConfig(bytes);
  return { imageId: config.digest, root: bare, size, created, labels: runtime?.Labels ?? {} };
}

/** Each of the size it should have. */
async function readContents(
  root: Descriptor,
  source: LayoutArchive,
  refuse: Refuse,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  const contents = new Map([[root.digest, root]]);
  let manifests = 0;
  for (const descriptor of contents.values()) {
    if (!(await source.has(descriptor, options))) refuse(descriptor.digest, 'is missing, or of another size');
    if (!isManifestMediaType(descriptor.mediaType)) continue;
    manifests += 1;
    if (manifests > MOST_MANIFESTS) refuse('index.json', `leads to more than ${MOST_MANIFESTS} manifests`);
    const bytes = await readVerified(source.fetch(descriptor, options), descriptor, LIMITS.manifestBytes);
    for (const each of contentsOf(parseManifest(bytes, descriptor.mediaType))) {
      if (!contents.has(each.digest)) contents.set(each.digest, each);
    }
  }
  return [...contents.values()];
}

function isConfig(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociConfig || mediaType === MEDIA_TYPES.dockerConfig;
}
