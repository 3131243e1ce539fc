/**
 * Stage 1: sources to an artifact in memory. Same input, same digest; released files unchanged.
 *
 * @module
 */
import type { SqlAnalyzer } from '../contracts/sql-analyzer.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { assembleImage } from '../format/image-assembly.ts';
import { releaseFolder } from '../format/layer-reader.ts';
import { writeLayer, type LayerFile, type WrittenLayer } from '../format/layer-writer.ts';
import { FORMAT_LIMITS } from '../format/limits.ts';
import type { BuiltArtifact, PulledArtifact } from '../model/artifact.ts';
import { digestHex, type Digest } from '@squizzle/oci-spec';
import { FORMAT_VERSION, type ReleaseManifest, type Requirements, type Step } from '../model/release-manifest.ts';
import { compareVersions, type Version } from '../model/version.ts';
import { analyzeStep } from '../source/analyze-step.ts';
import { selectUnreleased, type UnreleasedFile } from '../source/released-files.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { linksOf } from '../format/chain-links.ts';
import { refuseUnreadable } from '../format/image-reader.ts';
import type { Checksum } from '../model/checksum.ts';

export interface BuildOptions {
  readonly name: string;
  readonly version: Version;
  /** When the sources were committed, or SOURCE_DATE_EPOCH: never the time of the build. */
  readonly created: Date;
  readonly analyzer: SqlAnalyzer;
  readonly notes?: string | undefined;
  readonly author?: string | undefined;
  /** The git commit, 7 to 64 hex digits. */
  readonly revision?: string | undefined;
  readonly source?: string | undefined;
  readonly requires?: Requirements | undefined;
  /** Of the schema that the release leads to, where the builder knows it: apply compares. */
  readonly schemaDigest?: Digest | undefined;
  /** Whether a release that changes nothing may be built, to keep step with versions elsewhere. Refused unless said. */
  readonly allowEmpty?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds the next release of the chain from every file that no release of `previous` holds.
 *
 * Nothing is written anywhere.
 *
 * @throws {SquizzleError} `VERSION_INVALID` when the version is not after its predecessor; `HISTORY_REWRITTEN` when
 *   a released file changed or is gone; `NOTHING_TO_RELEASE`; `SOURCE_INVALID` with file, line and column;
 *   `ARTIFACT_TOO_LARGE`.
 */
export async function buildArtifact(
  source: SourceTree,
  previous: PulledArtifact | null,
  options: BuildOptions,
): Promise<BuiltArtifact> {
  checkSuccession(previous, options);
  const files = await selectUnreleased(source, previous?.releases ?? [], options.analyzer);
  if (files.length === 0 && options.allowEmpty !== true) throw nothingToRelease(previous);
  checkSizes(files);
  const steps: Step[] = [];
  for (const file of files) {
    options.signal?.throwIfAborted();
    steps.push(await analyzeStep(file, options.analyzer));
  }
  const layer = await writeLayer(
    files.flatMap((file) => toLayerFiles(file, options.version)),
    releaseFolder(options),
  );
  const manifest = toManifest(steps, layer, previous, options);
  const chain = [...linksOf(previous), { manifest, layer: layer.descriptor, diffId: layer.diffId }];
  const built = {
    manifest,
    ...assembleImage(chain),
    layer: { descriptor: layer.descriptor, bytes: layer.bytes },
    previous,
  };
  refuseUnreadable(built);
  return built;
}

function checkSuccession(previous: PulledArtifact | null, { version, name }: BuildOptions): void {
  const last = previous?.manifest;
  if (last === undefined) return;
  if (last.name !== name) {
    const message = `the last release belongs to ${last.name}, this project is ${name}; choose another store, or correct 'name' in squizzle.yaml`;
    throw new SquizzleError('VERSION_INVALID', message, { version });
  }
  if (compareVersions(version, last.version) > 0) return;
  const message = `version ${version} does not come after ${last.version}, the last release; choose a higher one, or build with --bump`;
  throw new SquizzleError('VERSION_INVALID', message, { version });
}

function nothingToRelease(previous: PulledArtifact | null): SquizzleError<'NOTHING_TO_RELEASE'> {
  const last = previous?.manifest.version ?? null;
  const message =
    last === null
      ? 'there is no migration to release; write one first'
      : `nothing is new since ${last}; write a migration first`;
  return new SquizzleError('NOTHING_TO_RELEASE', message, { previous: last });
}

function checkSizes(files: readonly UnreleasedFile[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes.byteLength + (file.rollbackBytes?.byteLength ?? 0), 0);
  refuseBeyond('the files of one release', FORMAT_LIMITS.releaseBytes, bytes);
  refuseBeyond('the number of files in one release', FORMAT_LIMITS.steps, files.length);
}

function refuseBeyond(what: string, limit: number, actual: number): void {
  if (actual <= limit) return;
  const message = `${what}: ${actual}, more than the ${limit} allowed; release in smaller steps`;
  throw new SquizzleError('ARTIFACT_TOO_LARGE', message, { what, limit, actual });
}

function toLayerFiles(file: UnreleasedFile, version: Version): readonly LayerFile[] {
  const folder = releaseFolder({ version });
  const forward = { path: folder + file.source.path, read: async () => file.bytes };
  const { rollback } = file.source;
  const { rollbackBytes } = file;
  if (rollback === null || rollbackBytes === null) return [forward];
  return [forward, { path: folder + rollback.path, read: async () => rollbackBytes }];
}

function toManifest(
  steps: readonly Step[],
  layer: WrittenLayer,
  previous: PulledArtifact | null,
  options: BuildOptions,
): ReleaseManifest {
  const { name, version, notes = '', author = null, revision = null, source = null, schemaDigest } = options;
  return {
    formatVersion: FORMAT_VERSION,
    name,
    version,
    previous: previous === null ? null : { version: previous.manifest.version, digest: previous.root.digest },
    checksum: digestHex(layer.descriptor.digest) as Checksum,
    created: `${options.created.toISOString().slice(0, 19)}Z`,
    notes,
    author,
    revision,
    source,
    requires: options.requires ?? { postgres: null, extensions: [] },
    ...(schemaDigest === undefined ? {} : { schemaDigest }),
    steps,
  };
}
