/**
 * `squizzle pull`: a release from the remote store to this one.
 *
 * @module
 */
import { toSelector } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { bringRelease } from '../project/bring-release.ts';
import { copyLine } from '../project/copy-release.ts';
import { pullFrom } from '../project/find-release.ts';
import { insecureOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface PullFlags extends GlobalFlags, StoreFlags {
  readonly from?: string;
}

export function pullCommand({ open }: CommandContext): Command {
  return new Command('pull')
    .summary('copy a release from the remote store')
    .description(
      'Copy a release, with its signatures, from the remote store to this one, every byte checked, and claim its tags here.',
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--from <store>', "the folder or registry repository to copy from (default: the configuration's remote)")
    .addOption(insecureOption())
    .addHelpText('after', examples('squizzle pull', "squizzle pull '^1.2' --from ghcr.io/acme/migrations"))
    .action(async (selector: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PullFlags>();
      await using project = await open(flags);
      const from = flags.from === undefined ? await project.remote() : await project.storeAt(flags.from, '--from');
      const artifact = await pullFrom(toSelector(selector), from, project);
      const report = await bringRelease(artifact, project);
      project.output.result(report, () => [copyLine(report), report.digest]);
    });
}
