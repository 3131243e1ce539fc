/**
 * `squizzle build`: the next release, of every file that no earlier one holds, into the store.
 *
 * @module
 */
import {
  isSquizzleError,
  parseVersion,
  SquizzleError,
  tagImmutable,
  versionTag,
  type Bump,
  type BuiltArtifact,
  type PulledArtifact,
  type ReleaseManifest,
  type SourceTree,
} from '@squizzle/core';
import { Command, Option } from 'commander';
import type { ReleaseStore } from '../adapters.ts';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { stepTable, summarizeSteps, toReleaseJson } from '../output/release-report.ts';
import { storesWith } from '../project/attach-statement.ts';
import { buildRelease, type BuildRequest } from '../project/build-release.ts';
import { copyRelease } from '../project/copy-release.ts';
import { openSigner, type OpenSigner } from '../project/open-signer.ts';
import type { Project } from '../project/project.ts';
import { publishRelease, type Published } from '../project/publish-release.ts';
import { NO_ENVIRONMENT, type SchemaRequest } from '../project/schema-of-build.ts';
import { retell } from '../project/rehearse.ts';
import { scratchOption, type ScratchFlags } from '../project/scratch.ts';
import { signPlaced, type Signable, type SignedRelease } from '../project/sign-release.ts';
import { addSigningOptions, SIGNING_FLAGS, type SigningFlags } from '../project/signing-options.ts';
import { insecureOption, offlineOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, type CommandContext } from './command-context.ts';

interface BuildFlags extends GlobalFlags, StoreFlags, ScratchFlags, SigningFlags {
  readonly bump?: Bump;
  readonly notes?: string;
  readonly after?: string;
  readonly allowEmpty?: true;
  readonly dryRun?: true;
  readonly push?: true;
  readonly sign?: true;
  readonly declareSchema?: true;
}

export function buildCommand({ open }: CommandContext): Command {
  const command = new Command('build')
    .summary('make the next release and keep it in the store')
    .description(
      'Make the next release of all files that no earlier release holds, and keep it in the store. Without a version it is the one after the last in the store and the remote store; the first is 1.0.0.',
    )
    .argument('[version|commit]', 'the version to build, or the commit that is checked out')
    .addOption(new Option('--bump <part>', 'which part to raise (default: patch)').choices(['patch', 'minor', 'major']))
    .option('--notes <text>', 'what changed, for people')
    .option('--after <selector>', 'build upon this release, to replace a later one that never ran')
    .option('--allow-empty', 'build a release that changes nothing, to keep step with versions elsewhere')
    .option('--declare-schema', 'try the chain out on a scratch database, and write down the digest of its schema')
    .addOption(scratchOption())
    .option('--dry-run', 'build and check, keep nothing')
    .addOption(new Option('--push', 'publish the release to the remote store, too').conflicts(['dryRun', 'offline']))
    .addOption(new Option('--sign', 'sign the release once it is published').conflicts('dryRun'))
    .addOption(offlineOption())
    .addOption(insecureOption());
  return addSigningOptions(command)
    .addHelpText(
      'after',
      examples(
        'squizzle build',
        'squizzle build 1.2.0 --notes "orders"',
        'squizzle build $GITHUB_SHA --sign --push',
        'squizzle build --declare-schema',
      ),
    )
    .action(async (wanted: string | undefined, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<BuildFlags>();
      const declareSchema = toSchemaRequest(flags);
      await using project = await open(flags);
      const { bump, notes, after, allowEmpty } = flags;
      const request: BuildRequest = { wanted, bump, notes, after, allowEmpty, declareSchema };
      if (flags.dryRun === true) return await dryRun(request, project);
      // before anything is built: who cannot sign is told so while nothing is published yet
      const signer = await openBuildSigner(flags, project);
      return await buildAndKeep(
        { ...request, signer },
        flags.push === true ? await project.remote() : undefined,
        project,
      );
    });
}

/** `undefined` without --sign. @throws {SquizzleError} what `openSigner` throws; `USAGE_INVALID` for a key without use. */
async function openBuildSigner(flags: BuildFlags, project: Project): Promise<OpenSigner | undefined> {
  if (flags.sign === true) return openSigner(flags, project);
  const given = SIGNING_FLAGS.find(([name]) => flags[name] !== undefined);
  if (given === undefined) return undefined;
  const [, argument] = given;
  throw new SquizzleError('USAGE_INVALID', `${argument} is for --sign: nothing else of a build needs it`, { argument });
}

/** @throws {SquizzleError} `USAGE_INVALID` for a scratch database without use. */
function toSchemaRequest({ declareSchema, scratch, env }: BuildFlags): SchemaRequest | undefined {
  if (declareSchema === true)
    return { ...(scratch === undefined ? {} : { scratch }), environment: env ?? NO_ENVIRONMENT };
  if (scratch === undefined) return undefined;
  throw new SquizzleError('USAGE_INVALID', '--scratch is for --declare-schema: nothing else of a build needs it', {
    argument: '--scratch',
  });
}

/** Machines that lose the race for the next version build the one after it. */
const TRIES = 5;

interface KeepRequest extends BuildRequest {
  readonly signer: OpenSigner | undefined;
}

async function buildAndKeep(request: KeepRequest, remote: ReleaseStore | undefined, project: Project): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await buildRelease(request, project);
    if (outcome.kind === 'already-built') return keepBuilt(outcome.release, request, remote, project);
    const { built, source } = outcome;
    warnOfHazards(built, source, project);
    let published: Published;
    try {
      published = await publishRelease(built, remote, project);
    } catch (cause) {
      const isFree = parseVersion(request.wanted ?? '') === undefined && attempt < TRIES;
      if (!isFree || !isSquizzleError(cause, 'TAG_IMMUTABLE') || !(await isTaken(built, remote, project))) throw cause;
      const { version } = built.manifest;
      project.output.note(`${version} was published from elsewhere meanwhile; building the one after it`);
      continue;
    }
    const artifact = { manifest: built.manifest, root: built.root.descriptor };
    const stores = [...(remote === undefined ? [] : [remote]), await project.store()];
    const signature = await signPublished({ artifact, stores }, request, project);
    return report({ outcome: 'built', ...published, signature }, built, project);
  }
}

/** @throws {SquizzleError} what signing throws, saying what is left to do. */
async function signPublished(
  placed: Signable,
  { signer }: KeepRequest,
  project: Project,
): Promise<SignedRelease | null> {
  if (signer === undefined) return null;
  try {
    return await signPlaced(placed, signer, {}, project);
  } catch (cause) {
    if (!isSquizzleError(cause)) throw cause;
    const { version } = placed.artifact.manifest;
    const message = `${cause.message}\n${version} is published, and not signed yet: 'squizzle sign ${version}' does what is left`;
    throw retell(cause, message);
  }
}

async function isTaken(built: BuiltArtifact, remote: ReleaseStore | undefined, { signal }: Project): Promise<boolean> {
  const there = await remote?.resolve(versionTag(built.manifest.version), { signal });
  return there !== undefined && there.digest !== built.root.descriptor.digest;
}

async function keepBuilt(
  release: PulledArtifact,
  request: KeepRequest,
  remote: ReleaseStore | undefined,
  project: Project,
): Promise<void> {
  const { manifest, root } = release;
  if (request.declareSchema !== undefined && manifest.schemaDigest === undefined)
    project.output.warn(undeclared(manifest));
  const copied = remote === undefined ? null : await copyRelease(release, remote, project);
  const pushed = copied === null ? null : { to: copied.to, tags: copied.tags };
  const placed = { artifact: release, stores: request.signer === undefined ? [] : await storesWith(release, project) };
  const signature = await signPublished(placed, request, project);
  const data = { outcome: 'already-built', tags: [], release: toReleaseJson(manifest, root.digest), pushed, signature };
  project.output.result(data, () => [`${manifest.version} is already built: ${root.digest}`, ...signedLine(signature)]);
}

function undeclared({ version }: ReleaseManifest): string {
  return `no schema was declared: ${version} is built already, without one, and a release is never changed; the next can declare the schema that it leads to`;
}

async function dryRun(request: BuildRequest, project: Project): Promise<void> {
  const outcome = await buildRelease(request, project);
  if (outcome.kind === 'already-built')
    return keepBuilt(outcome.release, { ...request, signer: undefined }, undefined, project);
  const { built, source } = outcome;
  warnOfHazards(built, source, project);
  const { signal, lockfile } = project;
  const { version } = built.manifest;
  const { digest } = built.root.descriptor;
  await lockfile.checkNew(version, digest);
  for (const store of [await project.store(), await project.findRemote()]) {
    const existing = (await store?.resolve(versionTag(version), { signal }))?.digest;
    if (existing !== undefined && existing !== digest) throw tagImmutable(versionTag(version), existing, digest);
  }
  return report({ outcome: 'dry-run', tags: [], pushed: null, signature: null }, built, project);
}

interface Outcome extends Published {
  readonly outcome: 'built' | 'dry-run';
  /** `null` without --sign. */
  readonly signature: SignedRelease | null;
}

function signedLine(signature: SignedRelease | null): readonly string[] {
  return signature === null ? [] : [`signed with ${signature.signer}`];
}

function report({ outcome, tags, pushed, signature }: Outcome, built: BuiltArtifact, project: Project): void {
  const { manifest, root } = built;
  const { digest } = root.descriptor;
  const said = outcome === 'built' ? 'built' : 'would build';
  const data = { outcome, tags, release: toReleaseJson(manifest, digest), pushed, signature };
  project.output.result(data, (paint: Paint) => [
    `${said} ${paint.bold(`${manifest.name} ${manifest.version}`)}: ${summarizeSteps(manifest)}`,
    digest,
    ...(manifest.schemaDigest === undefined ? [] : [`declares the schema ${manifest.schemaDigest}`]),
    ...(pushed === null ? [] : [`pushed to ${pushed.to}`]),
    ...signedLine(signature),
    '',
    ...stepTable(manifest.steps, built.previous?.releases ?? [], paint),
  ]);
}

/** By the names that the files have in the project. Rollbacks drop things; nobody needs to be told. */
function warnOfHazards({ manifest }: BuiltArtifact, source: SourceTree, { output }: Project): void {
  const origins = new Map(source.files.map((file) => [file.path, file.origin]));
  for (const { path, hazards } of manifest.steps) {
    if (hazards.length > 0) output.warn(`${origins.get(path) ?? path}: ${hazards.join(', ')}`);
  }
}
