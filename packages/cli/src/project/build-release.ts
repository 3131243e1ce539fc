/**
 * Which release is built next, upon which, and whether it has been built before.
 *
 * @module
 */
import {
  buildArtifact,
  isSquizzleError,
  listVersions,
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
import type { Project } from './project.ts';
import { findProvenance, type Provenance } from './provenance.ts';
import { pullRelease } from './verify-release.ts';

export interface BuildRequest {
  /** A version, or a commit of which the next version is made. */
  readonly wanted: string | undefined;
  readonly bump: Bump | undefined;
  readonly notes: string | undefined;
  /** The predecessor, when it is not the newest release. */
  readonly after: string | undefined;
  /** Whether a release without a file may be made. */
  readonly allowEmpty: boolean | undefined;
}

export type BuildOutcome =
  | { readonly kind: 'built'; readonly built: BuiltArtifact; readonly source: SourceTree }
  /** The newest release already holds what the sources hold. */
  | { readonly kind: 'already-built'; readonly release: PulledArtifact };

/** @throws {SquizzleError} `USAGE_INVALID`, and what `buildArtifact` throws. */
export async function buildRelease(request: BuildRequest, project: Project): Promise<BuildOutcome> {
  const target = readWanted(request);
  const newest = await newestRelease(project);
  const previous = request.after === undefined ? newest : await pullRelease(request.after, project);
  const version = target.version ?? nextVersion(newest?.manifest.version ?? null, request.bump ?? 'patch');
  const { sources, layout } = project.settings();
  const source = await readSourceFolder(sources, layout);
  const provenance = await findProvenance(project, target.commit);
  const context = { request, project, source, provenance };
  if (request.after === undefined && newest !== null && newest.manifest.version === version) {
    return rebuild(newest, context);
  }
  try {
    return { kind: 'built', source, built: await build(version, previous, context) };
  } catch (cause) {
    const same = isSquizzleError(cause, 'NOTHING_TO_RELEASE') && newest !== null && holds(newest, provenance, request);
    if (!same) throw cause;
    return { kind: 'already-built', release: newest };
  }
}

interface BuildContext {
  readonly request: BuildRequest;
  readonly project: Project;
  readonly source: SourceTree;
  readonly provenance: Provenance;
}

async function build(version: Version, previous: PulledArtifact | null, context: BuildContext): Promise<BuiltArtifact> {
  const { request, project, source, provenance } = context;
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
    ...provenance,
  };
  return buildArtifact(source, previous, { ...options, signal: project.signal });
}

/** The newest version again: the same files are the same release; others would have to be another version. */
async function rebuild(newest: PulledArtifact, context: BuildContext): Promise<BuildOutcome> {
  const { previous, version } = newest.manifest;
  const { project, source } = context;
  const before = previous === null ? null : await pullPredecessor(previous.digest, project);
  const built = await build(version, before, context);
  if (built.manifest.checksum === newest.manifest.checksum) return { kind: 'already-built', release: newest };
  return { kind: 'built', source, built };
}

async function pullPredecessor(
  digest: BuiltArtifact['root']['descriptor']['digest'],
  project: Project,
): Promise<PulledArtifact> {
  const { signal } = project;
  return pullArtifact({ kind: 'digest', digest }, await project.store(), { signal });
}

/** Whether the release was made of this commit, when nothing is new since. Without a commit nobody knows. */
function holds({ manifest }: PulledArtifact, { revision }: Provenance, { after }: BuildRequest): boolean {
  if (after !== undefined || revision === undefined || manifest.revision === null) return false;
  return manifest.revision.startsWith(revision) || revision.startsWith(manifest.revision);
}

async function newestRelease(project: Project): Promise<PulledArtifact | null> {
  const { signal } = project;
  const store = await project.store();
  const version = (await listVersions(store, { signal })).at(-1);
  return version === undefined ? null : pullArtifact({ kind: 'version', version }, store, { signal });
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
