import { canonicalJsonBytes, digestOf, MEDIA_TYPES, type Descriptor, type Digest } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';
import { emptyRelease } from '../testing/release-builder.ts';
import { linksOf } from './chain-links.ts';
import { assembleImage, LABELS, type ChainLink } from './image-assembly.ts';
import { readImage, readImageManifest } from './image-reader.ts';
import { FORMAT_LIMITS } from './limits.ts';
import type { PulledArtifact } from '../model/artifact.ts';

function link(overrides: Partial<Record<keyof ReleaseManifest, unknown>>, layer: Partial<Descriptor> = {}): ChainLink {
  const content = JSON.stringify(overrides);
  const manifest = emptyRelease({ checksum: checksumOf(content), ...overrides } as Partial<ReleaseManifest>);
  return {
    manifest,
    layer: { mediaType: MEDIA_TYPES.ociLayerTarGzip, digest: checksumToDigest(manifest.checksum), size: 100, ...layer },
    diffId: digestOf(new TextEncoder().encode(`tar of ${content}`)),
  };
}

const previous = (version: string): ReleaseManifest['previous'] => ({
  version: version as Version,
  digest: checksumToDigest(checksumOf(version)),
});

const FIRST = link({ version: '1.0.0' });
const SECOND = link({
  version: '1.1.0',
  previous: previous('1.0.0'),
  notes: 'näher',
  author: 'Ada',
  revision: 'abcdef0',
});
const THIRD = link({ version: '2.0.0-rc.1', previous: previous('1.1.0'), source: 'https://example.org/x' });

function read(chain: readonly ChainLink[], change: (config: ConfigParts) => void = () => undefined): unknown {
  const { root, config } = assembleImage(chain);
  const parts = JSON.parse(Buffer.from(config.bytes).toString()) as ConfigParts;
  change(parts);
  const image = readImageManifest(root.bytes, root.descriptor.digest);
  return readImage(image, canonicalJsonBytes(parts), root.descriptor.digest);
}

interface ConfigParts {
  config: { Labels: Record<string, string> };
  rootfs: { diff_ids: string[] };
}

describe('an image, assembled and read', () => {
  it.each([
    { chain: [FIRST], why: 'one release' },
    { chain: [FIRST, SECOND], why: 'two' },
    { chain: [FIRST, SECOND, THIRD], why: 'three, the last a prerelease' },
  ])('says the same of $why', ({ chain }) => {
    const { root, config } = assembleImage(chain);
    expect(root.descriptor).toEqual({
      mediaType: MEDIA_TYPES.ociManifest,
      digest: digestOf(root.bytes),
      size: root.bytes.length,
    });
    const image = readImageManifest(root.bytes, root.descriptor.digest);
    const found = readImage(image, config.bytes, root.descriptor.digest);
    expect(found.releases).toEqual(chain.map(({ manifest }) => manifest));
    expect(found.manifest).toEqual(chain.at(-1)?.manifest);
    expect(found.diffIds).toEqual(chain.map(({ diffId }) => diffId));
    const pulled = { ...found, root: root.descriptor } as unknown as PulledArtifact;
    expect(linksOf(pulled), 'and can be assembled again').toEqual(chain);
  });

  it('annotates what is known, and nothing else', () => {
    const { annotations } = readImageManifest(assembleImage([FIRST]).root.bytes, '' as Digest);
    expect(annotations).toEqual({
      'org.opencontainers.image.title': 'shop',
      'org.opencontainers.image.version': '1.0.0',
      'org.opencontainers.image.created': '2026-01-01T00:00:00Z',
      [LABELS.version]: '1.0.0',
      [LABELS.checksum]: FIRST.manifest.checksum,
    });
    const next = readImageManifest(assembleImage([FIRST, SECOND]).root.bytes, '' as Digest).annotations;
    expect(next).toMatchObject({
      'org.opencontainers.image.description': 'näher',
      'org.opencontainers.image.authors': 'Ada',
      'org.opencontainers.image.revision': 'abcdef0',
      [LABELS.previous]: previous('1.0.0')?.digest,
    });
  });

  it('has no links where there is no artifact, and needs a release', () => {
    expect(linksOf(null)).toEqual([]);
    expect(() => assembleImage([])).toThrow(RangeError);
  });

  it('refuses to write what registries would not take', () => {
    const chain = Array.from({ length: 130 }, (_, at) => link({ version: `1.0.${at}`, notes: 'x'.repeat(65_536) }));
    expect(() => assembleImage(chain)).toThrow(expect.objectContaining({ code: 'ARTIFACT_TOO_LARGE' }));
  });
});

describe('readImage refuses', () => {
  it.each<{ why: string; chain?: ChainLink[]; change?: (config: ConfigParts) => void; says: string }>([
    { why: 'no history', change: ({ config }) => void delete config.Labels[LABELS.history], says: 'lacks the label' },
    {
      why: 'a history that is no JSON',
      change: ({ config }) => void (config.Labels[LABELS.history] = '['),
      says: 'not JSON',
    },
    {
      why: 'a history that is no list',
      change: ({ config }) => void (config.Labels[LABELS.history] = '{}'),
      says: 'no list',
    },
    { why: 'an empty history', change: ({ config }) => void (config.Labels[LABELS.history] = '[]'), says: 'empty' },
    {
      why: 'a history of too many releases',
      change: ({ config }) =>
        void (config.Labels[LABELS.history] = JSON.stringify(Array(FORMAT_LIMITS.releases + 1).fill(0))),
      says: 'more than',
    },
    {
      why: 'a release that is no manifest',
      change: ({ config }) => void (config.Labels[LABELS.history] = '[{"formatVersion":1}]'),
      says: 'expected',
    },
    {
      why: 'one diff_id too many',
      change: ({ rootfs }) => void rootfs.diff_ids.push(FIRST.diffId),
      says: '1 layers and 2 diff_ids',
    },
    {
      why: 'one release too few',
      chain: [FIRST, SECOND],
      change: ({ config }) => void (config.Labels[LABELS.history] = JSON.stringify([FIRST.manifest])),
      says: '1 releases, 2 layers',
    },
    {
      why: 'a layer of another release',
      chain: [link({ version: '1.0.0' }, { digest: SECOND.layer.digest })],
      says: 'is not that of 1.0.0',
    },
    {
      why: 'a layer of another type',
      chain: [link({ version: '1.0.0' }, { mediaType: MEDIA_TYPES.ociConfig })],
      says: 'no gzipped tar',
    },
    { why: 'a first release with a predecessor', chain: [SECOND], says: 'does not follow nothing' },
    { why: 'a second release without', chain: [FIRST, link({ version: '1.1.0' })], says: 'does not follow 1.0.0' },
    {
      why: 'a predecessor of other version',
      chain: [FIRST, link({ version: '1.1.0', previous: previous('0.9.0') })],
      says: 'does not follow 1.0.0',
    },
    {
      why: 'a version that goes back',
      chain: [FIRST, link({ version: '0.9.0', previous: previous('1.0.0') })],
      says: 'is not after 1.0.0',
    },
    {
      why: 'the same version but for its build',
      chain: [FIRST, link({ version: '1.0.0+b', previous: previous('1.0.0') })],
      says: 'is not after 1.0.0',
    },
    {
      why: 'a release of another project',
      chain: [FIRST, link({ version: '1.1.0', previous: previous('1.0.0'), name: 'other' })],
      says: 'belongs to other',
    },
  ])('$why', ({ chain = [FIRST], change, says }) => {
    expect(() => read(chain, change)).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_INVALID', message: expect.stringContaining(says) as string }),
    );
  });

  it('an annotation of another version', () => {
    const { config } = assembleImage([FIRST]);
    const { root } = assembleImage([link({ version: '1.0.1', checksum: FIRST.manifest.checksum })]);
    expect(() =>
      readImage(readImageManifest(root.bytes, root.descriptor.digest), config.bytes, root.descriptor.digest),
    ).toThrow('names another version');
  });

  it('an image of something else', () => {
    const bytes = canonicalJsonBytes({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, digest: FIRST.diffId, size: 2 },
      layers: [],
    });
    expect(() => readImageManifest(bytes, digestOf(bytes))).toThrow('not of a SQUIZZLE release');
  });
});
