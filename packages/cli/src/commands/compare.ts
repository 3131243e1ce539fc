/**
 * `squizzle compare`: in what the schemas of two environments differ, whatever release each is at.
 *
 * @module
 */
import {
  compareSnapshots,
  currentVersion,
  EXIT,
  schemaDigest,
  SquizzleError,
  type SchemaSnapshot,
  type Version,
} from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { countDifferences, differenceLines } from '../output/schema-differences.ts';
import { majorOf } from '../output/words.ts';
import type { Project } from '../project/project.ts';
import type { Target } from '../project/target.ts';
import { examples, type CommandContext } from './command-context.ts';

interface CompareFlags extends GlobalFlags {
  readonly exitCode?: true;
}

interface Side {
  readonly environment: string;
  readonly database: string;
  /** What its ledger says. */
  readonly version: Version | null;
  readonly schemaDigest: string;
  readonly server: string;
}

export function compareCommand({ open, exitWith }: CommandContext): Command {
  return new Command('compare')
    .summary('compare the schemas of two environments')
    .description(
      'Compare the schemas that two environments have now, whatever release each is at. Takes no lock and changes nothing. The databases are those of the configuration: variables that stand in for one are not asked.',
    )
    .argument('<environment>', 'the first; what it alone has is shown with -')
    .argument('<other>', 'the second; what it alone has is shown with +')
    .option('--exit-code', `end with ${EXIT.conflict} when they differ`)
    .addHelpText('after', examples('squizzle compare staging production', 'squizzle compare staging production --json'))
    .action(async (first: string, second: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<CompareFlags>();
      await using project = await open(flags);
      const [left, right] = await readBoth(first, second, project);
      const differences = compareSnapshots(left.snapshot, right.snapshot);
      const data = { left: left.side, right: right.side, differ: differences.length > 0, differences };
      project.output.result(data, (paint) => [
        ...differenceLines(differences, paint),
        ...(differences.length === 0 ? ['the schemas are the same:'] : ['', `${countDifferences(differences)}:`]),
        sideLine('-', left.side),
        sideLine('+', right.side),
      ]);
      if (majorOf(left.side.server) !== majorOf(right.side.server))
        project.output.note(
          'the servers are of different major versions, which may write the same object differently (views before and after 16)',
        );
      if (flags.exitCode === true && data.differ) exitWith(EXIT.conflict);
    });
}

interface ReadSide {
  readonly side: Side;
  readonly snapshot: SchemaSnapshot;
}

/** @throws {SquizzleError} `USAGE_INVALID` for one environment twice, or none of that name. */
async function readBoth(first: string, second: string, project: Project): Promise<readonly [ReadSide, ReadSide]> {
  if (first === second) {
    const message = `${first} is compared with itself; name two environments ('squizzle drift' compares one with its ledger)`;
    throw new SquizzleError('USAGE_INVALID', message, { argument: 'other' });
  }
  const [left, right] = [project.targetOf(first, 'environment'), project.targetOf(second, 'other')];
  return [await readSide(left, project), await readSide(right, project)];
}

async function readSide(target: Target, project: Project): Promise<ReadSide> {
  const { signal, output } = project;
  const driver = await project.driverOf(target);
  output.busy(`reading ${target.name}`);
  const version = currentVersion(await driver.readHistory({ signal }));
  const snapshot = await driver.snapshotSchema({ signal });
  const { version: server } = await driver.serverFacts({ signal });
  const { name: environment } = target;
  const side = { environment, database: driver.description, version, schemaDigest: schemaDigest(snapshot), server };
  return { side, snapshot };
}

function sideLine(sign: string, { environment, database, version, server }: Side): string {
  const at = version === null ? 'without a release' : `at ${version}`;
  return `  ${sign} ${environment} (${database}) ${at}, PostgreSQL ${server}`;
}
