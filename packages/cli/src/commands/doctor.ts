/**
 * `squizzle doctor`: what is broken in a database, or stands in a migration's way; `squizzle doctor registry`: what a
 * registry can do for releases.
 *
 * @module
 */
import { EXIT } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { diagnosisLines, diagnosisTable, hasFailed } from '../output/diagnosis-report.ts';
import { findingLines, repairLines, verdict } from '../output/examination-report.ts';
import { diagnose } from '../project/diagnose.ts';
import { examineDatabase } from '../project/examine-database.ts';
import { openRegistries, toHostOrRepository } from '../project/registries.ts';
import { addLockOptions, type LockFlags } from '../project/run-options.ts';
import { insecureOption, offlineOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, type CommandContext } from './command-context.ts';

interface DoctorFlags extends GlobalFlags, StoreFlags, LockFlags {
  readonly repair?: true;
}

interface RegistryFlags extends GlobalFlags, StoreFlags {
  readonly readOnly?: true;
}

export function doctorCommand(context: CommandContext): Command {
  const command = new Command('doctor')
    .summary('find what is broken, or stands in the way')
    .description(
      `Look at the database from every side that a migration depends on: server, ledger and its hash chain, the journal, the releases as the store has them, the schema as recorded, invalid indexes, sessions in the way. Takes no lock and changes nothing, but with --repair. Ends with ${EXIT.integrity} when a fault is left. 'squizzle doctor registry' looks at a registry.`,
    )
    .enablePositionalOptions()
    .option('--repair', 'mend what can be mended without losing anything; each repair is an event of the ledger')
    .addOption(offlineOption())
    .addOption(insecureOption());
  return addLockOptions(command)
    .addHelpText('after', examples('squizzle doctor --env production', 'squizzle doctor --env production --repair'))
    .action(async (_flags: unknown, self: Command) => examine(self.optsWithGlobals<DoctorFlags>(), context))
    .addCommand(registryCommand(context));
}

async function examine(flags: DoctorFlags, { open, exitWith }: CommandContext): Promise<void> {
  await using project = await open(flags);
  const { name: environment } = project.target();
  const { description: database } = await project.driver();
  const { findings, repairs, artifact } = await examineDatabase({ ...flags, repair: flags.repair === true }, project);
  const faults = findings.filter(({ state }) => state === 'fault').length;
  const release = artifact === null ? null : { version: artifact.manifest.version, digest: artifact.root.digest };
  project.output.result({ environment, database, release, faults, findings, repairs }, (paint) => [
    ...(repairs === null ? [] : repairLines(repairs, paint)),
    ...findingLines(findings, paint),
    '',
    `${environment} (${database}): ${verdict(findings)}`,
  ]);
  if (faults > 0) exitWith(EXIT.integrity);
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
      const flags = command.optsWithGlobals<RegistryFlags>();
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
