/**
 * `squizzle status`: where the database is, and what the newest release would bring.
 *
 * @module
 */
import {
  describeStatus,
  EXIT,
  isSquizzleError,
  recordedSchema,
  type DatabaseStatus,
  type PulledArtifact,
  type ReleaseStatus,
} from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { formatTable } from '../output/table.ts';
import { plural, shortDigest, shortTime } from '../output/words.ts';
import type { Project } from '../project/project.ts';
import { pullRelease } from '../project/find-release.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface StatusFlags extends GlobalFlags, FindFlags {
  readonly exitCode?: true;
}

export function statusCommand({ open, exitWith }: CommandContext): Command {
  const command = new Command('status')
    .summary('show where the database is')
    .description(
      'Show what the database has, and what a release of the store would bring. Takes no lock and changes nothing.',
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--exit-code', `end with ${EXIT.pending} when releases are pending`);
  return addFindOptions(command)
    .addHelpText('after', examples('squizzle status', 'squizzle status --env production --exit-code'))
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<StatusFlags>();
      await using project = await open(flags);
      const { output, signal } = project;
      const { name: environment } = project.target();
      const embedded = project.target().database().kind === 'embedded';
      const driver = await project.driver();
      const artifact = await pullIfThere(selector, project, flags);
      const history = await driver.readHistory({ signal });
      const status = describeStatus(history, artifact);
      const schemaDigest = recordedSchema(history)?.schemaDigest ?? null;
      const release = artifact === null ? null : { version: artifact.manifest.version, digest: artifact.root.digest };
      output.result(
        { environment, database: driver.description, embedded, release, schemaDigest, ...status },
        (paint) => statusLines(status, `${environment} (${driver.description})`, paint),
      );
      if (embedded)
        output.note(
          'an embedded database is for development only: one session at a time, and not safe against power loss',
        );
      if (flags.exitCode === true && status.pending > 0) exitWith(EXIT.pending);
    });
}

/** A store without releases is a beginning, not a fault; a release that was asked for by name must be there. */
async function pullIfThere(selector: string, project: Project, flags: FindFlags): Promise<PulledArtifact | null> {
  try {
    return await pullRelease(selector, project, flags);
  } catch (cause) {
    if (isSquizzleError(cause, 'ARTIFACT_NOT_FOUND') && selector === 'latest') return null;
    throw cause;
  }
}

function statusLines(status: DatabaseStatus, where: string, paint: Paint): readonly string[] {
  const { current, unfinished, diverged, pending, releases } = status;
  const head = current === null ? `${where} has no release yet` : `${where} is at ${paint.bold(current)}`;
  const table = formatTable(
    [
      { title: 'VERSION', cell: ({ version }) => version },
      { title: 'STATE', cell: ({ state }) => state, paint: (text, { state }) => paintState(text, state, paint) },
      { title: 'FILES', align: 'right', cell: ({ steps }) => (steps === null ? '-' : String(steps)) },
      { title: 'APPLIED', cell: ({ appliedAt }) => (appliedAt === null ? '-' : shortTime(appliedAt)) },
      { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
    ],
    releases,
    paint.dim,
  );
  const notes = [
    ...(unfinished === null
      ? []
      : [
          `${unfinished.version} was interrupted; '${unfinished.direction === 'up' ? 'squizzle apply' : 'squizzle rollback'}' goes on with it`,
        ]),
    ...(diverged ? ["the database has releases that differ from the store's"] : []),
    ...(pending === 0
      ? []
      : [`${plural(pending, 'release')} pending; 'squizzle apply' brings ${pending === 1 ? 'it' : 'them'}`]),
  ];
  return [head, ...(table.length === 0 ? [] : ['', ...table]), ...(notes.length === 0 ? [] : ['', ...notes])];
}

function paintState(text: string, state: ReleaseStatus['state'], paint: Paint): string {
  if (state === 'diverged' || state === 'unfinished') return paint.red(text);
  return state === 'pending' ? paint.yellow(text) : paint.green(text);
}
