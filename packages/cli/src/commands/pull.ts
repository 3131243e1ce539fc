/**
 * `squizzle pull`: a release from the remote store to this one.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { copyRelease } from '../project/copy-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface PullFlags extends GlobalFlags {
  readonly from?: string;
}

export function pullCommand({ open }: CommandContext): Command {
  return new Command('pull')
    .summary('copy a release from the remote store')
    .description('Copy a release from the remote store to this one, every byte checked, and claim its tags here.')
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--from <folder>', "the store to copy from (default: the configuration's remote)")
    .addHelpText('after', examples('squizzle pull', "squizzle pull '^1.2' --from ../releases"))
    .action(async (selector: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PullFlags>();
      await using project = await open(flags);
      await copyRelease({ selector, from: await project.remote(flags.from), to: await project.store() }, project);
    });
}
