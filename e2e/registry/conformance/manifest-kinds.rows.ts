/**
 * Every kind of manifest that clients push, and every way of writing one: each comes back byte for byte.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf } from './client.ts';
import {
  blobOf,
  describeManifest,
  digestOf,
  imageOf,
  indexOf,
  manifestOf,
  MEDIA_TYPES,
  newBlob,
  unique,
  unknownDigest,
  type Manifest,
} from './content.ts';
import { expectStatus, type Repository } from './repository.ts';
import { eachAlgorithm, rowsOf, type Row } from './rows.ts';

interface Kind {
  readonly kind: string;
  /** Pushes what the manifest refers to. */
  readonly make: (repository: Repository) => Promise<Manifest>;
}

const ARTIFACT = 'application/vnd.example.thing';

async function emptyConfig(repository: Repository) {
  return repository.pushBlob(blobOf('{}'), MEDIA_TYPES.empty);
}

async function twoImages(repository: Repository) {
  const descriptors = [];
  for (const architecture of ['amd64', 'arm64']) {
    const image = await repository.pushManifest(await repository.newImage());
    descriptors.push({ ...image, platform: { os: 'linux', architecture } });
  }
  return descriptors;
}

const IMAGES: readonly Kind[] = [
  { kind: 'image', make: (repository) => repository.newImage() },
  { kind: 'image without layers', make: (repository) => repository.newImage({ layers: [] }) },
  {
    kind: 'image with the same layer twice',
    make: async (repository) => {
      const layer = await repository.pushBlob(newBlob());
      return repository.newImage({ layers: [layer, layer] });
    },
  },
  {
    kind: 'image without mediaType',
    make: async (repository) => {
      const { mediaType, ...document } = JSON.parse((await repository.newImage()).bytes.toString()) as Manifest;
      return manifestOf(document, mediaType);
    },
  },
  {
    kind: 'image with custom fields',
    make: async (repository) => {
      const image = JSON.parse((await repository.newImage()).bytes.toString()) as object;
      return manifestOf({ ...image, 'org.example': { deep: [1, null, 'ü'] }, x: 1.0 }, MEDIA_TYPES.image);
    },
  },
  {
    kind: 'image whose config is within the descriptor (data)',
    make: async (repository) => {
      const config = await repository.pushBlob(blobOf('{}'), MEDIA_TYPES.config);
      return repository.newImage({ config: { ...config, data: Buffer.from('{}').toString('base64') } });
    },
  },
  ...[MEDIA_TYPES.foreignLayer, MEDIA_TYPES.dockerForeignLayer].map((mediaType) => ({
    kind: `image with a layer that lives elsewhere (${mediaType})`,
    make: async (repository: Repository) => {
      const foreign = { mediaType, digest: unknownDigest(), size: 1, urls: ['https://example.com/layer'] };
      return repository.newImage({ layers: [foreign, await repository.pushBlob(newBlob())] });
    },
  })),
  {
    kind: 'artifact',
    make: async (repository) => {
      const layers = [await repository.pushBlob(newBlob(), ARTIFACT)];
      return imageOf({ config: await emptyConfig(repository), artifactType: ARTIFACT, layers });
    },
  },
  {
    kind: 'artifact without content of its own',
    make: async (repository) => {
      const config = await emptyConfig(repository);
      return imageOf({ config, artifactType: ARTIFACT, layers: [config] });
    },
  },
  {
    kind: 'Docker manifest',
    make: async (repository) => {
      const config = await repository.pushBlob(blobOf('{}'), MEDIA_TYPES.dockerConfig);
      const layers = [await repository.pushBlob(newBlob(), MEDIA_TYPES.dockerLayer)];
      return imageOf({ mediaType: MEDIA_TYPES.dockerManifest, config, layers });
    },
  },
];

const INDEXES: readonly Kind[] = [
  { kind: 'index', make: async (repository) => indexOf({ manifests: await twoImages(repository) }) },
  { kind: 'index without entries', make: () => Promise.resolve(indexOf({ manifests: [] })) },
  {
    kind: 'index of indexes',
    make: async (repository) => {
      const inner = [];
      for (let count = 0; count < 2; count++) {
        inner.push(await repository.pushManifest(indexOf({ manifests: await twoImages(repository) })));
      }
      return indexOf({ manifests: inner });
    },
  },
  {
    kind: 'index that is an artifact',
    make: async (repository) => indexOf({ manifests: await twoImages(repository), artifactType: ARTIFACT }),
  },
  {
    kind: 'index with custom fields',
    make: async (repository) =>
      manifestOf(
        { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: await twoImages(repository), custom: [{}] },
        MEDIA_TYPES.index,
      ),
  },
  {
    kind: 'Docker manifest list',
    make: async (repository) => {
      const config = await repository.pushBlob(blobOf('{}'), MEDIA_TYPES.dockerConfig);
      const image = imageOf({ mediaType: MEDIA_TYPES.dockerManifest, config });
      const manifests = [
        { ...(await repository.pushManifest(image)), platform: { os: 'linux', architecture: 's390x' } },
      ];
      return indexOf({ mediaType: MEDIA_TYPES.dockerList, manifests });
    },
  },
];

/** Ways to write the same document that a registry which writes it anew would lose. */
const WRITINGS: readonly { readonly kind: string; readonly write: (document: object) => string }[] = [
  { kind: 'indented by tabs', write: (document) => JSON.stringify(document, null, '\t') },
  { kind: 'with CRLF and blanks at both ends', write: (document) => ` \r\n${JSON.stringify(document)}\r\n\r\n ` },
  { kind: 'with a newline at the end', write: (document) => `${JSON.stringify(document, null, 2)}\n` },
  { kind: 'with its keys backwards', write: (document) => JSON.stringify(Object.fromEntries(backwards(document))) },
  {
    kind: 'with letters as escapes and others as they are',
    write: (document) =>
      JSON.stringify(document).replace('"schemaVersion"', String.raw`"note":"\u00fcü\/","schemaVersion"`),
  },
  {
    kind: 'with numbers in other forms',
    write: (document) => JSON.stringify(document).replace(/^\{/, '{"n":1.50e+2,'),
  },
];

function backwards(document: object): readonly [string, unknown][] {
  return Object.entries(document).toReversed();
}

const WRITTEN: readonly Kind[] = WRITINGS.map(({ kind, write }) => ({
  kind: `image ${kind}`,
  make: async (repository) => {
    const config = await repository.pushBlob(blobOf('{}'), MEDIA_TYPES.config);
    const document = { schemaVersion: 2, mediaType: MEDIA_TYPES.image, config, layers: [], annotations: unique() };
    return manifestOf(write(document), MEDIA_TYPES.image);
  },
}));

export const manifestKindRows: readonly Row[] = rowsOf(
  'Kinds of manifests',
  '008',
  [...IMAGES, ...INDEXES, ...WRITTEN].flatMap(({ kind, make }) =>
    eachAlgorithm((algorithm) => ({
      covers: ['push-manifest.exact-bytes', 'push-manifest.created', 'pull-manifest.get', 'pull-manifest.content-type'],
      says: `${kind}: pushed by digest and tag, pulled with the same bytes and type`,
      test: async ({ http, repository }) => {
        const made = await make(repository);
        const manifest = { ...made, digest: digestOf(made.bytes, algorithm) };
        await repository.pushManifest(manifest);
        await repository.pushManifest(made, 'kind');
        for (const [reference, digest] of [
          [manifest.digest, manifest.digest],
          ['kind', made.digest],
        ] as const) {
          const answer = await http.get(repository.manifestPath(reference), { Accept: made.mediaType });
          expectStatus(answer, 200);
          expect(answer.body.equals(made.bytes), `${answer.to}: exact bytes`).toBe(true);
          expect(headerOf(answer, 'content-type')).toBe(made.mediaType);
          expect(headerOf(answer, 'docker-content-digest')).toBe(digest);
          expect(headerOf(answer, 'content-length')).toBe(String(describeManifest(made).size));
        }
      },
    })),
  ),
);
