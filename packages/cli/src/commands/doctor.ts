/**
 * `squizzle doctor registry`: what a registry can do for releases, and what stands in the way.
 *
 * @module
 */
import { EXIT } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { diagnosisLines, diagnosisTable, hasFailed } from '../output/diagnosis-report.ts';
import { diagnose } from '../project/diagnose.ts';
import { openRegistries, toHostOrRepository } from '../project/registries.ts';
import { insecureOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, type CommandContext } from './command-context.ts';

interface DoctorFlags extends GlobalFlags, StoreFlags {
  readonly readOnly?: true;
}

export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .summary('find out what stands in the way')
    .description('Find out what stands in the way.')
    .addCommand(registryCommand(context));
}

function registryCommand({ begin, exitWith }: CommandContext): Command {
  return new Command('registry')
    .summary('try out what a registry can do')
    .description(
      `Try out a registry: whether it is reached and trusted, who it takes you for, pull, push, chunks, mounting, signatures, tags that move, deletion, clock, rate limit. A scratch image is written to the repository and deleted again. Ends with ${EXIT.unreachable} when something failed; 'unsupported' is no failure.`,
    )
    .argument('[reference]', 'a registry or a repository, as ghcr.io/acme/db (default: the remote)')
    .option('--read-only', 'write nothing')
    .addOption(insecureOption())
    .addHelpText(
      'after',
      examples('squizzle doctor registry', 'squizzle doctor registry ghcr.io/acme/migrations --read-only'),
    )
    .action(async (reference: string | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DoctorFlags>();
      const session = await begin(flags);
      const registries = await openRegistries(session, flags);
      const { registry, repository } = toHostOrRepository(reference, registries);
      const request = { registry, repository, readOnly: flags.readOnly === true };
      const { name, results } = await diagnose(request, registries, session);
      session.output.result({ registry, repository: name, results }, (paint) => [
        ...diagnosisTable(results, paint),
        ...diagnosisLines(results),
      ]);
      if (hasFailed(results)) exitWith(EXIT.unreachable);
    });
}
