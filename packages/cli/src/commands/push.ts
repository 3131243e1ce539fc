/**
 * `squizzle push`: a release from the store to the remote one.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { copyRelease } from '../project/copy-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface PushFlags extends GlobalFlags {
  readonly to?: string;
}

export function pushCommand({ open }: CommandContext): Command {
  return new Command('push')
    .summary('copy a release to the remote store')
    .description(
      "Copy a release to the remote store, and claim its tags there. A version that is there with other content is refused; the same again is 'already there'.",
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--to <folder>', "the store to copy to (default: the configuration's remote)")
    .addHelpText(
      'after',
      examples('squizzle push', 'squizzle push 1.2.0 --to ../releases', 'squizzle push $GITHUB_SHA'),
    )
    .action(async (selector: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PushFlags>();
      await using project = await open(flags);
      await copyRelease({ selector, from: await project.store(), to: await project.remote(flags.to) }, project);
    });
}
