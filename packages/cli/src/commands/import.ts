/**
 * `squizzle import`: the releases of a file into a store.
 *
 * @module
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { bringRelease } from '../project/bring-release.ts';
import { copyLine, type CopyReport } from '../project/copy-release.ts';
import { openArchive } from '../project/open-archive.ts';
import { insecureOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, type CommandContext } from './command-context.ts';

interface ImportFlags extends GlobalFlags, StoreFlags {
  readonly to?: string;
}

export function importCommand({ open }: CommandContext): Command {
  return new Command('import')
    .summary('read releases from a file')
    .description(
      "Read the releases of a file that 'squizzle export' wrote, every byte checked, into the project's own store or that of --to, and claim their tags. A version that is there with other content is refused; latest, v1 and v1.2 never go back.",
    )
    .argument('<file>', 'the file')
    .option('--to <store>', 'the folder or registry repository to write to (default: the store)')
    .addOption(insecureOption())
    .addHelpText(
      'after',
      examples('squizzle import shop-1.2.0.tar', 'squizzle import shop.tar --to registry.internal:5000/shop'),
    )
    .action(async (file: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ImportFlags>();
      await using project = await open(flags);
      const to = flags.to === undefined ? await project.store() : await project.storeAt(flags.to, '--to');
      await using archive = await openArchive(resolve(project.cwd, file), project);
      const releases: CopyReport[] = [];
      for (const artifact of archive.artifacts) releases.push(await bringRelease(artifact, project, to));
      project.output.result({ from: file, releases }, () =>
        releases.flatMap((report) => [copyLine(report), report.digest]),
      );
    });
}
