/**
 * `squizzle trust show`: what the policy says, and its digest.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../../global-options.ts';
import { policyLines, toPolicyJson } from '../../output/policy-report.ts';
import { examineGuards } from '../../project/policy-guards.ts';
import { policyPlace } from '../../project/trust.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { policyOption, type PolicyChoice } from './policy-choice.ts';

export function trustShowCommand({ open }: CommandContext): Command {
  return new Command('show')
    .summary('print the policy and its digest')
    .description(
      'Print what the trust policy says: its digest, by which it is pinned, when it expires, whom it knows and what it asks for. Files that it names are read, and their pins checked; and it is told whether the pins and the signature that the policy itself must have are there.',
    )
    .addOption(policyOption())
    .addHelpText('after', examples('squizzle trust show', 'squizzle trust show --json'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & PolicyChoice>();
      await using project = await open(flags);
      const { signal, environment, loaded } = project;
      const context = { session: project, loaded, flags };
      const place = await policyPlace(context);
      const tools = await environment.adapters.loadSecurity();
      const policy = await tools.openTrustPolicy(place.path, place.name, { signal });
      const guards = await examineGuards(policy, place, context, tools);
      const data = { ...toPolicyJson(policy, tools.keyFingerprint), ...guards };
      project.output.result(data, (paint) => policyLines(data, paint));
    });
}
