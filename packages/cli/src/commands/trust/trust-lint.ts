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
import { guardLines } from '../../output/policy-report.ts';
import { arePassed, examineGuards, type PolicyGuards } from '../../project/policy-guards.ts';
import { policyPlace } from '../../project/trust.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { policyOption, type PolicyChoice } from './policy-choice.ts';

export function trustLintCommand({ open, exitWith }: CommandContext): Command {
  return new Command('lint')
    .summary('check the policy, all of it at once')
    .description(
      `Check the trust policy and print every fault with its line, and advice; and whether it meets the pins and has the signature that it must have. Ends with ${EXIT.integrity} when there is a fault or one of these fails; advice alone is none.`,
    )
    .addOption(policyOption())
    .addHelpText('after', examples('squizzle trust lint', 'squizzle trust lint --policy staging.trust.yaml --json'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & PolicyChoice>();
      await using project = await open(flags);
      const { signal, environment, loaded } = project;
      const context = { session: project, loaded, flags };
      const place = await policyPlace(context);
      const { path, name: file } = place;
      const tools = await environment.adapters.loadSecurity();
      const text = await tools.readPolicyText(path, file, { signal });
      const reading = { file, readFile: tools.createPolicyFileReader(path) };
      const faults = await tools.lintTrustPolicy(text, { ...reading, now: environment.now });
      const isSound = faults.every(({ severity }) => severity !== 'error');
      const guards = isSound
        ? await examineGuards(await tools.parseTrustPolicy(text, reading), place, context, tools)
        : UNKNOWN;
      const valid = isSound && arePassed(guards);
      project.output.result({ valid, file, faults, ...guards }, (paint) => [
        ...faults.map((fault) => `${severityOf(fault, paint)} ${tools.formatPolicyFault(file, fault)}`),
        ...guardLines(guards, paint),
        summaryOf(file, faults, guards),
      ]);
      if (!valid) exitWith(EXIT.integrity);
    });
}

/** What has errors has no digest to compare. */
const UNKNOWN: PolicyGuards = { pins: [], signature: null };

function severityOf({ severity }: PolicyFault, paint: Paint): string {
  return severity === 'error' ? paint.red('error:  ') : paint.yellow('warning:');
}

function summaryOf(file: string, faults: readonly PolicyFault[], guards: PolicyGuards): string {
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const warnings = plural(faults.length - errors, 'warning');
  if (errors > 0) return `${file} has ${plural(errors, 'error')} and ${warnings}`;
  return arePassed(guards)
    ? `${file} is valid, with ${warnings}`
    : `${file} has no error and ${warnings}, and is not the policy that is pinned or signed: whatever verifies refuses it`;
}
