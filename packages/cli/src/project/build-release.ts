/**
 * Which release is built next, upon which, and whether it has been built before.
 *
 * @module
 */
import {
  artifactDigestOf,
  buildArtifact,
  isSquizzleError,
  nextVersion,
  parseVersion,
  pullArtifact,
  readSourceFolder,
  SquizzleError,
  type Bump,
  type BuildOptions,
  type BuiltArtifact,
  type PulledArtifact,
  type SourceTree,
  type Version,
} from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';
import { newestRelease } from './newest-release.ts';
import type { Project } from './project.ts';
import { findProvenance, type Provenance } from './provenance.ts';
import { pullRelease } from './find-release.ts';
import { isSameRelease } from './same-release.ts';
import { schemaOfBuild, type SchemaRequest } from './schema-of-build.ts';

export interface BuildRequest {
  /** A version, or a commit of which the next version is made. */
  readonly wanted: string | undefined;
  readonly bump: Bump | undefined;
  readonly notes: string | undefined;
  /** The predecessor, when it is not the newest release. */
  readonly after: string | undefined;
  /** Whether a release without a file may be made. */
  readonly allowEmpty: boolean | undefined;
  /** Where it is tried out, to declare the schema that it leads to; `undefined`: none is declared. */
  readonly declareSchema: SchemaRequest | undefined;
}

export type BuildOutcome =
  | { readonly kind: 'built'; readonly built: BuiltArtifact; readonly source: SourceTree }
  /** A release already holds what the sources hold. */
  | { readonly kind: 'already-built'; readonly release: PulledArtifact };

/** @throws {SquizzleError} `USAGE_INVALID`, and what `buildArtifact` throws. */
export async function buildRelease(request: BuildRequest, project: Project): Promise<BuildOutcome> {
  const target = readWanted(request);
  const newest = await newestRelease(project);
  if (newest !== null) await project.lockfile.check(newest, null);
  const previous = request.after === undefined ? newest : await pullRelease(request.after, project);
  const version = target.version ?? nextVersion(newest?.manifest.version ?? null, request.bump ?? 'patch');
  const { sources, layout } = project.settings();
  const source = await readSourceFolder(sources, layout);
  const provenance = await findProvenance(project, target.commit);
  const context = { request, project, source, provenance };
  const outcome = await buildVersion(version, previous, newest, context);
  if (outcome.kind === 'already-built' || request.declareSchema === undefined) return outcome;
  const { built } = outcome;
  const schemaDigest = await schemaOfBuild(built, request.declareSchema, project);
  return { ...outcome, built: await build(built.manifest.version, built.previous, { ...context, schemaDigest }) };
}

async function buildVersion(
  version: Version,
  previous: PulledArtifact | null,
  newest: PulledArtifact | null,
  context: BuildContext,
): Promise<BuildOutcome> {
  const { request, source } = context;
  if (request.after === undefined && newest !== null && newest.manifest.version === version) {
    return rebuild(newest, context);
  }
  try {
    return { kind: 'built', source, built: await build(version, previous, context) };
  } catch (cause) {
    // the sources of an earlier commit lack the files of later releases, which looks like history rewritten
    const code = isSquizzleError(cause) ? cause.code : undefined;
    if (newest === null || (code !== 'NOTHING_TO_RELEASE' && code !== 'HISTORY_REWRITTEN')) throw cause;
    const release = await findBuilt(newest, code === 'NOTHING_TO_RELEASE', context);
    if (release === undefined) throw cause;
    return { kind: 'already-built', release };
  }
}

interface BuildContext {
  readonly request: BuildRequest;
  readonly project: Project;
  readonly source: SourceTree;
  readonly provenance: Provenance;
  readonly schemaDigest?: Digest;
}

async function build(version: Version, previous: PulledArtifact | null, context: BuildContext): Promise<BuiltArtifact> {
  const { request, project, source, provenance, schemaDigest } = context;
  const { name, requires, source: sourceUrl } = project.settings();
  const analyzer = await project.analyzer();
  const { notes, allowEmpty } = request;
  const options: BuildOptions = {
    name,
    version,
    analyzer,
    notes,
    allowEmpty,
    requires,
    source: sourceUrl,
    schemaDigest,
    ...provenance,
  };
  return buildArtifact(source, previous, { ...options, signal: project.signal });
}

/** A version again: the same files are the same release; others would have to be another version. */
async function rebuild(release: PulledArtifact, context: BuildContext): Promise<BuildOutcome> {
  const { previous, version } = release.manifest;
  const { project, source } = context;
  const before =
    previous === null
      ? null
      : await pullArtifact({ kind: 'digest', digest: previous.digest }, release.store, { signal: project.signal });
  const built = await build(version, before, context);
  if (isSameRelease(built.manifest, release.manifest)) return { kind: 'already-built', release };
  return { kind: 'built', source, built };
}

/** The release that was made of this commit, in the history of the newest. Without a commit nobody knows. */
async function findBuilt(
  newest: PulledArtifact,
  isSame: boolean,
  context: BuildContext,
): Promise<PulledArtifact | undefined> {
  const { request, provenance, project } = context;
  const { revision } = provenance;
  if (request.after !== undefined || revision === undefined) return undefined;
  const made = newest.releases.findLast((release) => isSameCommit(release.revision, revision));
  if (made === undefined || made.version === newest.manifest.version) {
    return made !== undefined && isSame ? newest : undefined;
  }
  const digest = artifactDigestOf(newest, made.version) ?? newest.root.digest;
  const release = await pullArtifact({ kind: 'digest', digest }, newest.store, { signal: project.signal });
  return (await rebuild(release, context)).kind === 'already-built' ? release : undefined;
}

function isSameCommit(a: string | null, b: string): boolean {
  return a !== null && (a.startsWith(b) || b.startsWith(a));
}

interface Wanted {
  readonly version?: Version;
  readonly commit?: string;
}

function readWanted({ wanted, bump }: BuildRequest): Wanted {
  if (wanted === undefined) return {};
  const version = parseVersion(wanted);
  if (version === undefined && /^[0-9a-f]{7,64}$/i.test(wanted)) return { commit: wanted.toLowerCase() };
  if (version === undefined) {
    throw refuse(wanted, `'${wanted}' is neither a version, as 1.2.0, nor a git commit of 7 to 64 hex digits`);
  }
  if (bump === undefined) return { version };
  throw refuse('--bump', `the version is given as ${version}; leave out --bump, or the version`);
}

function refuse(argument: string, message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument });
}
