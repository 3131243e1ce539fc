/**
 * Finds the artifact that a selector names in a store.
 *
 * @module
 */
import {
  isContentError,
  isImageManifestMediaType,
  LIMITS,
  parseImageManifest,
  readVerified,
  type Descriptor,
  type ImageManifest,
  type Tag,
} from '@squizzle/oci-spec';
import semverMaxSatisfying from 'semver/ranges/max-satisfying.js';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import { isSquizzleError, SquizzleError } from '../errors/squizzle-error.ts';
import { LABELS } from '../format/image-assembly.ts';
import { readImage } from '../format/image-reader.ts';
import type { Selector } from '../model/selector.ts';
import { compareVersions, parseVersion, versionOfTag, versionTag, type Version } from '../model/version.ts';
import type { AskedRelease } from './asked-release.ts';

/** Versions in a store, lowest first. */
export async function listVersions(store: ContentStore, options: CallOptions = {}): Promise<readonly Version[]> {
  const versions: Version[] = [];
  for await (const tag of store.tags(options)) {
    const version = versionOfTag(tag);
    if (version !== undefined && versionTag(version) === tag) versions.push(version);
  }
  return versions.sort((a, b) => compareVersions(a, b) || (a < b ? -1 : 1));
}

/** Where a selector leads, and what the release there must be: a tag alone proves nothing. */
export interface ResolvedSelector {
  readonly root: Descriptor;
  readonly asked: AskedRelease;
}

/**
 * Reads no release: before anything is done with it, `refuseOtherRelease` compares it with what was asked for.
 *
 * @throws {SquizzleError} `ARTIFACT_NOT_FOUND` saying what is there instead.
 */
export async function resolveSelector(
  selector: Selector,
  store: ContentStore,
  options: CallOptions = {},
): Promise<ResolvedSelector> {
  const name = describeSelector(selector);
  const demands = await findDemands(selector, store, options);
  if (demands === undefined) throw await notFound(name, store, options);
  const { root = await store.resolve(demands.name, options), ...asked } = demands;
  if (root === undefined) throw await notFound(name, store, options);
  return { root, asked: { selector: name, ...asked } };
}

/** With what the name names, where that was looked up already. */
type Demands = Omit<AskedRelease, 'selector'> & { readonly root?: Descriptor };

/** The name to look under, and what the release there must be; `undefined`: none fits. */
async function findDemands(
  selector: Selector,
  store: ContentStore,
  options: CallOptions,
): Promise<Demands | undefined> {
  switch (selector.kind) {
    case 'version':
      return ofVersion(selector.version);
    case 'digest':
      return { name: selector.digest };
    case 'tag':
      return { name: selector.tag };
    case 'moving':
      return { name: selector.tag, ...(selector.tag === 'latest' ? {} : { line: selector.tag }) };
    case 'range': {
      const best = semverMaxSatisfying([...(await listVersions(store, options))], selector.range);
      return best === null ? undefined : ofVersion(best);
    }
    case 'commit':
      return ofCommit(selector.revision, store, options);
  }
}

function ofVersion(version: Version): Demands {
  return { name: versionTag(version), version };
}

/**
 * Of several releases built from one commit the highest; else the release that a tag of that name has, if it is of it.
 *
 * The newest release knows the commits of all it descends from: it is asked first, and each release only if need be.
 */
async function ofCommit(revision: string, store: ContentStore, options: CallOptions): Promise<Demands> {
  const versions = (await listVersions(store, options)).toReversed();
  const [newest] = versions;
  const hinted = newest === undefined ? undefined : await findInHistory(revision, newest, store, options);
  for (const version of hinted === undefined ? versions : [hinted, ...versions]) {
    const root = await store.resolve(versionTag(version), options);
    if (root === undefined) continue;
    const image = await readImageManifestAt(root, store, options);
    if (image?.annotations?.['org.opencontainers.image.revision']?.startsWith(revision) === true)
      return { ...ofVersion(version), revision, root };
  }
  return { name: revision as Tag, revision };
}

/** The highest release of the commit in the history of another, or `undefined` where that cannot be read. */
async function findInHistory(
  revision: string,
  of: Version,
  store: ContentStore,
  options: CallOptions,
): Promise<Version | undefined> {
  const root = await store.resolve(versionTag(of), options);
  const image = root === undefined ? undefined : await readImageManifestAt(root, store, options);
  if (root === undefined || image === undefined) return undefined;
  try {
    const config = await readVerified(store.fetch(image.config, options), image.config, LIMITS.configBytes);
    const { releases } = readImage(image, config, root.digest);
    return releases.findLast((release) => release.revision?.startsWith(revision))?.version;
  } catch (thrown) {
    if (isSquizzleError(thrown, 'ARTIFACT_INVALID') || isContentError(thrown, 'MANIFEST_INVALID')) return undefined;
    throw thrown;
  }
}

/** The image manifest behind a descriptor, or `undefined` when it is an index. Verified. */
export async function readImageManifestAt(
  root: Descriptor,
  store: ContentStore,
  options: CallOptions = {},
): Promise<ImageManifest | undefined> {
  if (!isImageManifestMediaType(root.mediaType)) return undefined;
  return parseImageManifest(await readVerified(store.fetch(root, options), root, LIMITS.manifestBytes));
}

/** The version that the artifact behind a tag says it is, without reading more than its manifest. */
export async function versionAt(
  root: Descriptor,
  store: ContentStore,
  options: CallOptions = {},
): Promise<Version | undefined> {
  const image = await readImageManifestAt(root, store, options);
  return parseVersion(image?.annotations?.[LABELS.version] ?? '');
}

export function describeSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'version':
      return selector.version;
    case 'digest':
      return selector.digest;
    case 'moving':
    case 'tag':
      return selector.tag;
    case 'range':
      return selector.range;
    case 'commit':
      return `commit ${selector.revision}`;
  }
}

const SHOWN = 5;

async function notFound(selector: string, store: ContentStore, options: CallOptions): Promise<SquizzleError> {
  const versions = await listVersions(store, options);
  const newest = versions.slice(-SHOWN).toReversed().join(', ');
  const found = versions.length === 0 ? 'it holds no release' : `it holds ${versions.length}, newest ${newest}`;
  const message = `${store.description} has no release ${selector}: ${found}; build it, or pull it from where it was published`;
  return new SquizzleError('ARTIFACT_NOT_FOUND', message, { selector });
}
