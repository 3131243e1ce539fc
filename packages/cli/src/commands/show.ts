/**
 * `squizzle show`: what a release holds, and its SQL.
 *
 * @module
 */
import { artifactDigestOf, filesOf, SquizzleError, type PulledArtifact } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { findNearest } from '../nearest.ts';
import type { Paint } from '../output/paint.ts';
import { stepTable, toReleaseJson } from '../output/release-report.ts';
import { formatTable } from '../output/table.ts';
import { shortDigest } from '../output/words.ts';
import type { Project } from '../project/project.ts';
import { pullRelease } from '../project/find-release.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface ShowFlags extends GlobalFlags, FindFlags {
  /** `true`: all files of the release. */
  readonly sql?: string | true;
}

export function showCommand({ open }: CommandContext): Command {
  const command = new Command('show')
    .summary('show a release, its files and its chain')
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--sql [path]', 'print the SQL: of one file, or of all');
  return addFindOptions(command)
    .addHelpText('after', examples('squizzle show 1.2.0', 'squizzle show 1.2.0 --sql migrations/0001_add_users.sql'))
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<ShowFlags>();
      await using project = await open(flags);
      const artifact = await pullRelease(selector, project, flags);
      if (flags.sql !== undefined) return await showSql(artifact, flags.sql, flags, project);
      const chain = artifact.releases.map(({ version }) => ({
        version,
        digest: artifactDigestOf(artifact, version) as string,
      }));
      const { manifest, root } = artifact;
      return project.output.result({ release: toReleaseJson(manifest, root.digest), chain }, (paint) =>
        describe(artifact, chain, paint),
      );
    });
}

function describe(
  { manifest, releases, root }: PulledArtifact,
  chain: readonly { version: string; digest: string }[],
  paint: Paint,
): readonly string[] {
  const { requires } = manifest;
  const needs = [requires.postgres === null ? [] : `PostgreSQL ${requires.postgres}`, requires.extensions].flat();
  const facts = [
    ['digest', root.digest],
    ['schema', manifest.schemaDigest],
    ['created', manifest.created],
    ['author', manifest.author],
    ['commit', manifest.revision],
    ['source', manifest.source],
    ['requires', needs.join(', ') || null],
    ['notes', manifest.notes === '' ? null : manifest.notes],
  ].flatMap(([key, value]) => (typeof value === 'string' ? [`${`${key}:`.padEnd(10)}${value}`] : []));
  const steps = stepTable(manifest.steps, releases.slice(0, -1), paint);
  const links = formatTable(
    [
      { title: 'CHAIN', cell: ({ version }) => version },
      { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
    ],
    chain,
    paint.dim,
  );
  return [paint.bold(`${manifest.name} ${manifest.version}`), ...facts, '', ...steps, '', ...links];
}

async function showSql(
  artifact: PulledArtifact,
  wanted: string | true,
  flags: ShowFlags,
  { output, signal }: Project,
): Promise<void> {
  const files = await artifact.readFiles(artifact.manifest.version, { signal });
  const known = filesOf(artifact.manifest).map((file) => file.path);
  const paths = wanted === true ? known : [findPath(wanted, known, artifact.manifest.version)];
  const texts = paths.map((path) => ({ path, bytes: files.get(path) ?? new Uint8Array() }));
  if (flags.json === true) {
    const decoded = texts.map(({ path, bytes }) => ({ path, sql: new TextDecoder().decode(bytes) }));
    output.result({ version: artifact.manifest.version, files: decoded }, () => []);
    return;
  }
  for (const { path, bytes } of texts) {
    if (wanted === true) output.content(new TextEncoder().encode(`-- ${path}\n`));
    output.content(bytes);
    if (wanted === true && bytes.at(-1) !== 0x0a) output.content(new TextEncoder().encode('\n'));
  }
}

/** The path in the release, or the end of one: `0001_users.sql`. */
function findPath(wanted: string, known: readonly string[], version: string): string {
  const exact = known.find((path) => path === wanted);
  const ending = known.filter((path) => path.endsWith(`/${wanted.replace(/^.*\//, '')}`));
  const found = exact ?? (ending.length === 1 ? ending[0] : undefined);
  if (found !== undefined) return found;
  const nearest = findNearest(wanted, known);
  const advice = nearest === undefined ? `it holds ${known.join(', ')}` : `did you mean '${nearest}'?`;
  throw new SquizzleError('USAGE_INVALID', `${version} has no file '${wanted}'; ${advice}`, { argument: '--sql' });
}
