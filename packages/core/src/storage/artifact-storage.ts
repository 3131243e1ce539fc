/**
 * {@link ArtifactStorage} over any content store.
 *
 * @module
 */
import { createDigester, digestOf, MEDIA_TYPES, type Descriptor, type Digest, type Tag } from '@squizzle/oci-spec';
import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import type { ArtifactContentStore, ArtifactStorage } from '../contracts/artifact-storage.ts';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { linksOf } from '../format/chain-links.ts';
import { assembleImage, type ChainLink } from '../format/image-assembly.ts';
import { refuseUnreadable } from '../format/image-reader.ts';
import { readLayer } from '../format/layer-reader.ts';
import { parseReleaseManifest } from '../format/release-manifest-schema.ts';
import type { PulledArtifact } from '../model/artifact.ts';
import { checksumToDigest } from '../model/checksum.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { parseSelector, type Selector } from '../model/selector.ts';
import { movingTags, parseVersion, versionOfTag, versionTag, type Version } from '../model/version.ts';
import { publishArtifact, settleMovingTags } from '../stages/publish.ts';
import { pullArtifact } from '../stages/pull.ts';
import { refuseOtherRelease } from './asked-release.ts';
import { listVersions, resolveSelector, versionAt } from './resolve-selector.ts';
import { deleteSignatureTags, isDigestTag } from './signature-tags.ts';

export interface ArtifactStorageOptions {
  /** How a version's place is written: `ghcr.io/myorg/migrations:v1.0.0`. */
  readonly urlOf: (version: Version) => string;
}

export function createArtifactStorage(store: ArtifactContentStore, { urlOf }: ArtifactStorageOptions): ArtifactStorage {
  const pullWhole = (version: string, options?: CallOptions): Promise<PulledArtifact> =>
    pullArtifact(toSelector(version), store, options);
  return {
    content: store,
    push: async (version, artifact, given, options) => {
      const manifest = parseReleaseManifest(given, `the manifest of ${version}`);
      refuseMismatch(version, artifact, manifest);
      await publishArtifact(await toBuilt(artifact, manifest, store, options), store, options);
      return urlOf(manifest.version);
    },
    pull: async (version, options) => {
      const { manifest, readLayer: read } = await pullWhole(version, options);
      return { artifact: await read(manifest.version, options), manifest };
    },
    exists: async (version, options) => (await store.resolve(versionTag(toVersion(version)), options)) !== undefined,
    list: (options) => listVersions(store, options),
    delete: async (version, options) => deleteVersion(toVersion(version), store, options),
    getManifest: async (version, options) => (await pullWhole(version, options)).manifest,
  };
}

/**
 * The release goes, and the moving tags that named it go to the highest that is left. Where a tag that is none of ours
 * names it too, it stays for that one, without the version's own.
 */
async function deleteVersion(version: Version, store: ArtifactContentStore, options: CallOptions = {}): Promise<void> {
  const { delete: remove, untag } = store;
  if (remove === undefined || untag === undefined) throw cannotDelete(store.description);
  const { root, asked } = await resolveSelector({ kind: 'version', version }, store, options);
  const found = { root, version: await versionAt(root, store, options), revision: null };
  refuseOtherRelease(asked, found, store.description);
  const own = [versionTag(version), ...movingTags(version)];
  if (await hasOtherTag(root, own, store, options)) {
    for (const tag of own) if ((await store.resolve(tag, options))?.digest === root.digest) await untag(tag, options);
  } else {
    await remove(root, options);
    // After it: signatures without a release harm nobody, a release that lost its signatures does.
    await deleteSignatureTags(root, { ...store, delete: remove, untag }, options);
  }
  await settleMovingTags(version, store, options);
}

/** Versions, moving tags and signatures are ours and are not asked for: a version's tag names no other version. */
async function hasOtherTag(
  { digest }: Descriptor,
  own: readonly Tag[],
  store: ContentStore,
  options: CallOptions,
): Promise<boolean> {
  for await (const tag of store.tags(options)) {
    const isOurs = own.includes(tag) || versionOfTag(tag) !== undefined || isMovingTag(tag) || isDigestTag(tag);
    if (!isOurs && (await store.resolve(tag, options))?.digest === digest) return true;
  }
  return false;
}

function isMovingTag(tag: Tag): boolean {
  return parseSelector(tag)?.kind === 'moving';
}

/** @throws {SquizzleError} `SELECTOR_INVALID` */
export function toSelector(text: string): Selector {
  const selector = parseSelector(text);
  if (selector !== undefined) return selector;
  const message = `'${text}' names no release: expected a version (1.2.0), tag (v1.2, latest), range (^1.2), digest (sha256:…) or git commit`;
  throw new SquizzleError('SELECTOR_INVALID', message, { selector: text });
}

function toVersion(text: string): Version {
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw new SquizzleError('VERSION_INVALID', `'${text}' is no SemVer version, as 1.2.0 is`, { version: text });
}

async function toBuilt(
  artifact: Uint8Array,
  manifest: ReleaseManifest,
  store: ArtifactContentStore,
  options?: CallOptions,
) {
  const previous =
    manifest.previous === null
      ? null
      : await pullArtifact({ kind: 'digest', digest: manifest.previous.digest }, store, options);
  const layer: Descriptor = {
    mediaType: MEDIA_TYPES.ociLayerTarGzip,
    digest: checksumToDigest(manifest.checksum),
    size: artifact.byteLength,
  };
  const diffId = await digestUnpacked(artifact, manifest);
  await readLayer(artifact, manifest, diffId);
  const chain: readonly ChainLink[] = [...linksOf(previous), { manifest, layer, diffId }];
  const built = { manifest, ...assembleImage(chain), layer: { descriptor: layer, bytes: artifact }, previous };
  refuseUnreadable(built);
  return built;
}

async function digestUnpacked(artifact: Uint8Array, manifest: ReleaseManifest): Promise<Digest> {
  const digester = createDigester();
  try {
    const plain = Readable.from([artifact]).pipe(createGunzip());
    for await (const chunk of plain as AsyncIterable<Uint8Array>) digester.update(chunk);
  } catch (cause) {
    const reason = `the layer of ${manifest.version} is not gzipped`;
    throw new SquizzleError('ARTIFACT_INVALID', reason, { digest: null, reason }, { cause });
  }
  return digester.digest();
}

function refuseMismatch(version: string, artifact: Uint8Array, manifest: ReleaseManifest): void {
  const actual = digestOf(artifact);
  const reason =
    toVersion(version) !== manifest.version
      ? `it was to be pushed as ${version}, its manifest says ${manifest.version}`
      : actual !== checksumToDigest(manifest.checksum)
        ? `the layer has ${actual}, its manifest says ${manifest.checksum}`
        : undefined;
  if (reason !== undefined) throw new SquizzleError('ARTIFACT_INVALID', reason, { digest: actual, reason });
}

function cannotDelete(path: string): SquizzleError<'STORE_UNUSABLE'> {
  return new SquizzleError('STORE_UNUSABLE', `${path} cannot delete releases`, { path, systemCode: null });
}
