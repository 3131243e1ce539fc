/**
 * `squizzle rehearse`: tries a release out on scratch databases before it meets a real one.
 *
 * @module
 */
import { EXIT, isSound, rehearseRelease } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { rehearsalLines } from '../output/rehearsal-report.ts';
import { pullRelease } from '../project/find-release.ts';
import { drawEvents, onScratch } from '../project/rehearse.ts';
import { openScratch, scratchOption, type ScratchFlags } from '../project/scratch.ts';
import { findStart } from '../project/rehearsal-start.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { verifyRelease } from '../project/verify-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface RehearseFlags extends GlobalFlags, FindFlags, PolicyFlags, ScratchFlags {
  readonly base?: string;
}

export function rehearseCommand({ open, exitWith }: CommandContext): Command {
  const command = new Command('rehearse')
    .summary('try a release out on a scratch database')
    .description(
      `Try a release out: apply it to a scratch database, roll it back, apply it again statement by statement, and compare the schemas; and tell for each statement which locks it takes on what was there before. Where there is no way back the second time is on another scratch database. Ends with ${EXIT.conflict} when the rollback leaves something behind, or the second apply leads elsewhere.`,
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option(
      '--base <release>',
      "the version to begin at, or 'empty' (default: the release that the environment's database is at)",
    )
    .addOption(scratchOption());
  return addPolicyOptions(addFindOptions(command))
    .addHelpText(
      'after',
      examples('squizzle rehearse --env production', 'squizzle rehearse 1.3.0 --base 1.2.0 --scratch "$SCRATCH_URL"'),
    )
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<RehearseFlags>();
      await using project = await open(flags);
      const { output, signal } = project;
      const scratch = await openScratch(flags, project);
      const pulled = await pullRelease(selector, project, flags);
      const history = flags.base === undefined ? await (await project.driver()).readHistory({ signal }) : undefined;
      const artifact = await verifyRelease(pulled, project, { history, from: flags.from });
      const from = findStart(artifact, flags.base, history);
      const environment = project.target().name;
      const analyzer = await project.analyzer();
      const options = { from, environment, analyzer, signal, onEvent: drawEvents(output) };
      const startedAt = project.environment.now().toISOString();
      const rehearsal = await onScratch(scratch, output, () => rehearseRelease(artifact, scratch, options));
      const sound = isSound(rehearsal);
      const times = { startedAt, finishedAt: project.environment.now().toISOString() };
      const data = { ...rehearsal, digest: artifact.root.digest, scratch: scratch.description, sound, ...times };
      output.result(data, (paint) => rehearsalLines(rehearsal, scratch.description, paint));
      if (!sound) exitWith(EXIT.conflict);
    });
}
