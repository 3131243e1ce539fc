/**
 * `squizzle drift`: whether somebody changed the schema beside the migrations.
 *
 * @module
 */
import { detectDrift, EXIT, type DriftReport } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { countDifferences, differenceLines } from '../output/schema-differences.ts';
import { shortTime } from '../output/words.ts';
import { examples, type CommandContext } from './command-context.ts';

export function driftCommand({ open, exitWith }: CommandContext): Command {
  return new Command('drift')
    .summary('find changes of the schema that no release made')
    .description(
      `Compare the schema of the database with the one that its ledger recorded at the last apply or rollback. Takes no lock and changes nothing; a standby will do. Ends with ${EXIT.conflict} when they differ.`,
    )
    .addHelpText('after', examples('squizzle drift', 'squizzle drift --env production --json'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      await using project = await open(flags);
      const { output, signal } = project;
      const { name: environment } = project.target();
      const driver = await project.driver();
      const report = await detectDrift(driver, { signal });
      output.result({ environment, database: driver.description, ...report }, (paint) =>
        driftLines(report, `${environment} (${driver.description})`, paint),
      );
      if (report.serverChanged)
        output.note(
          `the server was PostgreSQL ${report.recordedServer ?? ''} then and is ${report.liveServer} now: another major version may write the same object differently`,
        );
      if (report.drifted) exitWith(EXIT.conflict);
    });
}

function driftLines(report: DriftReport, where: string, paint: Paint): readonly string[] {
  const { version, drifted, differences, recordedAt } = report;
  const recorded = `the schema of ${paint.bold(version)}, recorded ${shortTime(recordedAt)}`;
  if (!drifted) return [`${where} has ${recorded}`];
  if (differences === null)
    return [`${where} no longer has ${recorded}; that schema is not kept, so what differs cannot be told`];
  return [...differenceLines(differences, paint), '', `${where}: ${countDifferences(differences)} from ${recorded}`];
}
