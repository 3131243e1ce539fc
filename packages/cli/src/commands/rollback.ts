/**
 * `squizzle rollback`: takes releases back, newest first, by the rollback files they hold.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { planLines, toPlanJson } from '../output/plan-report.ts';
import { runLines, toRunJson } from '../output/run-report.ts';
import { planUndo, toRollbackGoal } from '../project/plan-release.ts';
import { planWarningLine } from '../project/plan-warnings.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { addRunOptions, type RunFlags } from '../project/run-options.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { runPlan } from '../project/run-plan.ts';
import { examples, type CommandContext } from './command-context.ts';

interface RollbackFlags extends GlobalFlags, FindFlags, RunFlags, PolicyFlags {
  readonly all?: true;
  readonly dryRun?: true;
}

export function rollbackCommand({ open }: CommandContext): Command {
  const command = new Command('rollback')
    .summary('take the database back to an earlier release')
    .description(
      'Take the database back to an earlier release, by the rollback files of those after it. Without a version: one release back.',
    )
    .argument('[version]', 'the release to go back to')
    .option('--all', 'take back every release')
    .option('--dry-run', 'print the plan, run nothing');
  return addRunOptions(addPolicyOptions(addFindOptions(command)))
    .addHelpText(
      'after',
      examples('squizzle rollback', 'squizzle rollback 1.1.0 --env production', 'squizzle rollback --all --dry-run'),
    )
    .action(async (version: string | undefined, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<RollbackFlags>();
      const goal = toRollbackGoal(version, flags.all === true);
      await using project = await open(flags);
      const { output } = project;
      const makePlan = () => planUndo(goal, project, flags);
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
