/**
 * A folder becomes an image: one layer of it, config and manifest, in a file of the storage.
 *
 * The layer goes through a file of its own first: its digest, which stands before it, is known at its end.
 *
 * @module
 */
import {
  assembleImageDocuments,
  streamLayer,
  type Document,
  type ImageDocuments,
  type LayerEntry,
  type LayerSummary,
} from '@squizzle/core';
import { parseImageConfig, type Annotations, type Digest } from '@squizzle/oci-spec';
import { readChunks } from '../layout/layout-fs.ts';
import { publishFile } from '../layout/publish-file.ts';
import { guarded } from '../layout/store-error.ts';
import { withProgress, type OnBuildProgress } from './build-progress.ts';
import { openContext } from './context/open-context.ts';
import { readAhead } from './context/read-ahead.ts';
import { walkContext } from './context/walk-context.ts';
import { withArrival, type Arrival } from './storage/arrival.ts';
import type { ImageFs } from './storage/image-fs.ts';
import { requireImageName, type ImageName } from './storage/image-name.ts';
import type { ImagePaths } from './storage/image-paths.ts';
import type { ImageStorage } from './storage/image-storage.ts';
import { layoutTar, type LayoutContent } from './storage/layout-tar.ts';

export interface BuildImageOptions {
  readonly contextPath: string;
  /** What to call it, as Docker reads names: `app:1.0`, `ghcr.io/acme/app`. Without a tag it is `latest`. */
  readonly tag: string;
  /** What to leave out beside what `.dockerignore` says; the same patterns, applied after those. */
  readonly exclusions?: readonly string[] | undefined;
  readonly labels?: Annotations | undefined;
  readonly author?: string | undefined;
  /** When the image says it was made. Default: 1970-01-01T00:00:00Z, so that the same folder is the same image. */
  readonly created?: Date | undefined;
  /** The time of every file in it, in whole seconds. Default: the same. */
  readonly modified?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnBuildProgress | undefined;
}

export interface BuiltImage {
  /** Digest of the image's config: what Docker calls it by. */
  readonly imageId: Digest;
  /** Digest of its manifest: what registries call it by. */
  readonly digest: Digest;
  /** Bytes of manifest, config and layer. */
  readonly size: number;
  /** Its file: an OCI layout in a tar. */
  readonly storagePath: string;
}

export interface BuildPlace {
  readonly fs: ImageFs;
  readonly paths: ImagePaths;
  readonly storage: ImageStorage;
}

const EPOCH = new Date(0);
const TAR_MODE = 0o644;
const ADVICE = 'give fewer or shorter labels';

/** See `ImageBuilder.build`. */
export async function buildImage({ fs, paths, storage }: BuildPlace, options: BuildImageOptions): Promise<BuiltImage> {
  const { signal, contextPath, exclusions = [], modified, onProgress } = options;
  signal?.throwIfAborted();
  const name = requireImageName(options.tag);
  const context = await openContext(fs, { contextPath, exclusions, storageDir: paths.root, signal });
  return withArrival(fs, paths, async (arrival) => {
    const walked = readAhead(walkContext(context));
    const entries = onProgress === undefined ? walked : withProgress(walked, onProgress);
    const layer = await writeLayerFile(fs, arrival, entries, { modified, signal });
    const documents = assemble(layer, options);
    await writeImageFile(fs, arrival, { name, documents, layer, signal });
    const { digest } = documents.root.descriptor;
    const storagePath = await storage.keep(arrival.ready, digest, name, { signal });
    const size = [documents.root, documents.config, layer].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    return { imageId: documents.config.descriptor.digest, digest, size, storagePath };
  });
}

async function writeLayerFile(
  fs: ImageFs,
  { layer: path }: Arrival,
  entries: AsyncIterable<LayerEntry>,
  { modified, signal }: Pick<BuildImageOptions, 'modified' | 'signal'>,
): Promise<LayerSummary> {
  const layer = streamLayer(entries, { modified });
  const file = await guarded(path, fs.open(path, 'wx', 0o600));
  try {
    for await (const chunk of layer.chunks) {
      signal?.throwIfAborted();
      await guarded(path, file.writeFile(chunk));
    }
  } finally {
    await file.close();
  }
  return layer.summary();
}

function assemble(layer: LayerSummary, options: BuildImageOptions): ImageDocuments {
  const created = (options.created ?? EPOCH).toISOString();
  const labels = options.labels ?? {};
  const documents = assembleImageDocuments({
    created,
    author: options.author ?? null,
    runtime: Object.keys(labels).length === 0 ? {} : { Labels: labels },
    layers: [layer],
    history: [{ created, created_by: 'squizzle image build' }],
    annotations: {},
    advice: ADVICE,
  });
  parseImageConfig(documents.config.bytes); // what no reader takes must not be stored
  return documents;
}

interface ImageFile {
  readonly name: ImageName;
  readonly documents: ImageDocuments;
  readonly layer: LayerSummary;
  readonly signal: AbortSignal | undefined;
}

async function writeImageFile(
  fs: ImageFs,
  { layer: layerPath, tar: arriving, ready: path }: Arrival,
  { name, documents, layer, signal }: ImageFile,
): Promise<void> {
  const contents = [
    inMemory(documents.root),
    inMemory(documents.config),
    { descriptor: layer.descriptor, open: () => readFileAt(fs, layerPath, signal) },
  ];
  const content = layoutTar(documents.root.descriptor, name, contents);
  await publishFile(fs, { arriving, path, mode: TAR_MODE }, content);
}

function inMemory({ descriptor, bytes }: Document): LayoutContent {
  return { descriptor, open: () => [bytes] };
}

async function* readFileAt(
  fs: ImageFs,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of readChunks(path, await guarded(path, fs.open(path, 'r')))) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
