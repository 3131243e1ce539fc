/**
 * `squizzle apply`: brings the database to a release.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { planLines, toPlanJson } from '../output/plan-report.ts';
import { runLines, toRunJson } from '../output/run-report.ts';
import { planApply } from '../project/plan-release.ts';
import { planWarningLine } from '../project/plan-warnings.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { addRunOptions, type RunFlags } from '../project/run-options.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { runPlan } from '../project/run-plan.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface ApplyFlags extends GlobalFlags, FindFlags, RunFlags, PolicyFlags {
  readonly dryRun?: true;
}

export function applyCommand({ open }: CommandContext): Command {
  const command = new Command('apply')
    .summary('bring the database to a release')
    .description(
      'Bring the database to a release: everything of its chain that the database lacks, under the lock, recorded in the ledger. Nothing to do is success.',
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--dry-run', 'print the plan, run nothing');
  return addRunOptions(addPolicyOptions(addFindOptions(command)))
    .addHelpText(
      'after',
      examples('squizzle apply', 'squizzle apply 1.2.0 --env production --wait 5min', 'squizzle apply --dry-run'),
    )
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<ApplyFlags>();
      await using project = await open(flags);
      const { output } = project;
      const makePlan = () => planApply(selector, project, flags);
      const { description } = await project.driver();
      if (flags.dryRun === true) {
        const { plan, warnings } = await makePlan();
        for (const each of warnings) output.warn(planWarningLine(each));
        output.result(toPlanJson(plan, description, warnings), (paint) => planLines(plan, description, paint));
        return;
      }
      const run = await runPlan(makePlan, project, flags);
      output.result(toRunJson(run, description), (paint) => runLines(run, description, paint));
    });
}
