/**
 * `squizzle plan`: what apply would run.
 *
 * @module
 */
import { EXIT } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { planLines, toPlanJson } from '../output/plan-report.ts';
import { planApply } from '../project/plan-release.ts';
import { planWarningLine } from '../project/plan-warnings.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { transactionOption, type RunFlags } from '../project/run-options.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface PlanFlags extends GlobalFlags, FindFlags, PolicyFlags, Pick<RunFlags, 'transaction'> {
  readonly exitCode?: true;
}

export function planCommand({ open, exitWith }: CommandContext): Command {
  const command = new Command('plan')
    .summary('show what apply would run')
    .description('Show what apply would run. Takes no lock and changes nothing; the release is verified as for apply.')
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .addOption(transactionOption())
    .option('--exit-code', `end with ${EXIT.pending} when there is something to run`);
  return addPolicyOptions(addFindOptions(command))
    .addHelpText('after', examples('squizzle plan', 'squizzle plan 1.2.0 --env production --exit-code'))
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<PlanFlags>();
      await using project = await open(flags);
      const { plan, warnings } = await planApply(selector, project, flags);
      for (const each of warnings) project.output.warn(planWarningLine(each));
      const { description } = await project.driver();
      project.output.result(toPlanJson(plan, description, warnings), (paint) => planLines(plan, description, paint));
      if (flags.exitCode === true && plan.releases.length > 0) exitWith(EXIT.pending);
    });
}
