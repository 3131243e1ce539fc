/**
 * `squizzle push`: a release from the store to the remote one.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { copyLine } from '../project/copy-release.ts';
import { pushRelease } from '../project/push-release.ts';
import { insecureOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface PushFlags extends GlobalFlags, StoreFlags {
  readonly to?: string;
  readonly from?: string;
  readonly repair?: true;
}

export function pushCommand({ open }: CommandContext): Command {
  return new Command('push')
    .summary('copy a release to the remote store')
    .description(
      "Copy a release, with its signatures, to the remote store: a registry or a folder. Its tags are claimed there. A version that is there with other content is refused; the same again is 'already there'.",
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--to <store>', "the folder or registry repository to copy to (default: the configuration's remote)")
    .option('--from <store>', 'the folder or registry repository to copy from (default: the store)')
    .option('--repair', 'ask for every blob of a release that is there, and send what the registry has lost')
    .addOption(insecureOption())
    .addHelpText(
      'after',
      examples('squizzle push', 'squizzle push 1.2.0 --to ghcr.io/acme/migrations', 'squizzle push $GITHUB_SHA'),
    )
    .action(async (selector: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PushFlags>();
      await using project = await open(flags);
      const to = flags.to === undefined ? await project.remote() : await project.storeAt(flags.to, '--to');
      const from = flags.from === undefined ? await project.store() : await project.storeAt(flags.from, '--from');
      const report = await pushRelease({ selector, from, to, repair: flags.repair }, project);
      project.output.result(report, () => [copyLine(report), report.digest]);
    });
}
