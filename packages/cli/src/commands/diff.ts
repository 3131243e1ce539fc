/**
 * `squizzle diff`: what lies between the schemas of two releases.
 *
 * @module
 */
import { compareSnapshots, EXIT, schemaDigest, type SchemaSnapshot } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { countDifferences, differenceLines } from '../output/schema-differences.ts';
import { rehearseTwo } from '../project/rehearse-two.ts';
import { openScratch, scratchOption, type ScratchFlags } from '../project/scratch.ts';
import { pullRelease } from '../project/find-release.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { verifyRelease } from '../project/verify-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface DiffFlags extends GlobalFlags, FindFlags, PolicyFlags, ScratchFlags {
  readonly exitCode?: true;
}

export function diffCommand({ open, exitWith }: CommandContext): Command {
  const command = new Command('diff')
    .summary('compare the schemas of two releases')
    .description(
      "Compare the schemas that two releases lead to. Both are applied, from the first of their chain on, to a scratch database that is thrown away; the environment's database is not touched. The releases are verified as for apply.",
    )
    .argument('<release>', `${SELECTOR_HELP}; what it alone has is shown with -`)
    .argument('<other>', 'the second; what it alone has is shown with +')
    .addOption(scratchOption())
    .option('--exit-code', `end with ${EXIT.conflict} when they differ`);
  return addPolicyOptions(addFindOptions(command))
    .addHelpText('after', examples('squizzle diff 1.2.0 1.3.0', 'squizzle diff v1.2 latest --exit-code'))
    .action(async (first: string, second: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<DiffFlags>();
      await using project = await open(flags);
      const scratch = await openScratch(flags, project);
      const from = await verifyRelease(await pullRelease(first, project, flags), project, flags);
      const to = await verifyRelease(await pullRelease(second, project, flags), project, flags);
      const [left, right] = await rehearseTwo([from, to], scratch, project);
      const differences = compareSnapshots(left, right);
      const describe = ({ manifest, root }: typeof from, snapshot: SchemaSnapshot) => {
        return { version: manifest.version, digest: root.digest, schemaDigest: schemaDigest(snapshot) };
      };
      const data = {
        from: describe(from, left),
        to: describe(to, right),
        scratch: scratch.description,
        differ: differences.length > 0,
        differences,
      };
      const [a, b] = [data.from.version, data.to.version];
      project.output.result(data, (paint) =>
        data.differ
          ? [...differenceLines(differences, paint), '', `${countDifferences(differences)} between ${a} and ${b}`]
          : [`${a} and ${b} lead to the same schema`],
      );
      if (flags.exitCode === true && data.differ) exitWith(EXIT.conflict);
    });
}
