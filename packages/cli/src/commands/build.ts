/**
 * `squizzle build`: the next release, of every file that no earlier one holds, into the store.
 *
 * @module
 */
import {
  publishArtifact,
  SquizzleError,
  versionTag,
  type Bump,
  type BuiltArtifact,
  type SourceTree,
} from '@squizzle/core';
import { Command, Option } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { stepTable, summarizeSteps, toReleaseJson } from '../output/release-report.ts';
import { buildRelease } from '../project/build-release.ts';
import type { Project } from '../project/project.ts';
import { examples, type CommandContext } from './command-context.ts';

interface BuildFlags extends GlobalFlags {
  readonly bump?: Bump;
  readonly notes?: string;
  readonly after?: string;
  readonly allowEmpty?: true;
  readonly dryRun?: true;
}

export function buildCommand({ open }: CommandContext): Command {
  return new Command('build')
    .summary('make the next release and keep it in the store')
    .description(
      'Make the next release of all files that no earlier release holds, and keep it in the store. Without a version it is the one after the last in the store; the first is 1.0.0.',
    )
    .argument('[version|commit]', 'the version to build, or the commit that is checked out')
    .addOption(new Option('--bump <part>', 'which part to raise (default: patch)').choices(['patch', 'minor', 'major']))
    .option('--notes <text>', 'what changed, for people')
    .option('--after <selector>', 'build upon this release, to replace a later one that never ran')
    .option('--allow-empty', 'build a release that changes nothing, to keep step with versions elsewhere')
    .option('--dry-run', 'build and check, keep nothing')
    .addHelpText(
      'after',
      examples('squizzle build', 'squizzle build 1.2.0 --notes "orders"', 'squizzle build $GITHUB_SHA --bump minor'),
    )
    .action(async (wanted: string | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<BuildFlags>();
      await using project = await open(flags);
      const { bump, notes, after, allowEmpty } = flags;
      const outcome = await buildRelease({ wanted, bump, notes, after, allowEmpty }, project);
      if (outcome.kind === 'already-built') {
        const { manifest, root } = outcome.release;
        const data = { outcome: 'already-built', tags: [], release: toReleaseJson(manifest, root.digest) };
        project.output.result(data, () => [`${manifest.version} is already built: ${root.digest}`]);
        return;
      }
      warnOfHazards(outcome.built, outcome.source, project);
      await (flags.dryRun === true ? showDryRun : keep)(outcome.built, project);
    });
}

async function keep(built: BuiltArtifact, project: Project): Promise<void> {
  const { tags } = await publishArtifact(built, await project.store(), { signal: project.signal });
  report('built', tags, built, project);
}

async function showDryRun(built: BuiltArtifact, project: Project): Promise<void> {
  const { signal } = project;
  const tag = versionTag(built.manifest.version);
  const existing = (await (await project.store()).resolve(tag, { signal }))?.digest;
  const refused = built.root.descriptor.digest;
  if (existing !== undefined && existing !== refused) {
    const message = `${tag} is already built as ${existing}, and the sources differ from it; build another version`;
    throw new SquizzleError('TAG_IMMUTABLE', message, { tag, existing, refused });
  }
  report('dry-run', [], built, project);
}

function report(outcome: 'built' | 'dry-run', tags: readonly string[], built: BuiltArtifact, project: Project): void {
  const { manifest, root } = built;
  const { digest } = root.descriptor;
  const said = outcome === 'built' ? 'built' : 'would build';
  project.output.result({ outcome, tags, release: toReleaseJson(manifest, digest) }, (paint: Paint) => [
    `${said} ${paint.bold(`${manifest.name} ${manifest.version}`)}: ${summarizeSteps(manifest)}`,
    digest,
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
