/**
 * `squizzle trust lint`: everything that is wrong with the policy, and what it should not say though it may.
 *
 * @module
 */
import { EXIT } from '@squizzle/core';
import type { PolicyFault } from '@squizzle/security';
import { Command } from 'commander';
import type { GlobalFlags } from '../../global-options.ts';
import type { Paint } from '../../output/paint.ts';
import { plural } from '../../output/words.ts';
import { policyPlace } from '../../project/trust.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { policyOption, type PolicyChoice } from './policy-choice.ts';

export function trustLintCommand({ open, exitWith }: CommandContext): Command {
  return new Command('lint')
    .summary('check the policy, all of it at once')
    .description(
      `Check the trust policy and print every fault with its line, and advice. Ends with ${EXIT.integrity} when there is a fault; advice alone is none.`,
    )
    .addOption(policyOption())
    .addHelpText('after', examples('squizzle trust lint', 'squizzle trust lint --policy staging.trust.yaml --json'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & PolicyChoice>();
      await using project = await open(flags);
      const { now, adapters } = project.environment;
      const { path, name: file } = await policyPlace({ session: project, loaded: project.loaded, flags });
      const { readPolicyText, createPolicyFileReader, lintTrustPolicy, formatPolicyFault } =
        await adapters.loadSecurity();
      const text = await readPolicyText(path, file);
      const faults = await lintTrustPolicy(text, { file, now, readFile: createPolicyFileReader(path) });
      const valid = faults.every(({ severity }) => severity !== 'error');
      project.output.result({ valid, file, faults }, (paint) => [
        ...faults.map((fault) => `${severityOf(fault, paint)} ${formatPolicyFault(file, fault)}`),
        summaryOf(file, faults),
      ]);
      if (!valid) exitWith(EXIT.integrity);
    });
}

function severityOf({ severity }: PolicyFault, paint: Paint): string {
  return severity === 'error' ? paint.red('error:  ') : paint.yellow('warning:');
}

function summaryOf(file: string, faults: readonly PolicyFault[]): string {
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const warnings = plural(faults.length - errors, 'warning');
  return errors === 0 ? `${file} is valid, with ${warnings}` : `${file} has ${plural(errors, 'error')} and ${warnings}`;
}
