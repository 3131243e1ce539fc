/**
 * `squizzle image list`: the images that were built here.
 *
 * @module
 */
import { Command } from 'commander';
import { formatTable } from '../../output/table.ts';
import { formatBytes, plural, shortDigest, shortTime } from '../../output/words.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { openImages, storageFolder, storageOption, type ImageFlags } from './image-storage.ts';

export function imageListCommand({ begin }: CommandContext): Command {
  return new Command('list')
    .summary('list the images')
    .description('List the images that were built here.')
    .addOption(storageOption())
    .addHelpText('after', examples('squizzle image list'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ImageFlags>();
      const session = await begin(flags);
      const { output, signal } = session;
      const { images, damaged } = await (await openImages(session, flags)).list({ signal });
      const folder = storageFolder(session, flags);
      output.result({ folder, images, damaged }, (paint) =>
        formatTable(
          [
            { title: 'NAMES', cell: ({ tags }) => tags.join(', ') || '-' },
            { title: 'IMAGE', cell: ({ imageId }) => shortDigest(imageId) },
            { title: 'CREATED', cell: ({ created }) => (created === null ? '-' : shortTime(created)) },
            { title: 'SIZE', align: 'right', cell: ({ size }) => formatBytes(size) },
            { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
          ],
          images,
          paint.dim,
        ),
      );
      for (const { storagePath, reason } of damaged) output.warn(`${storagePath} is damaged: ${reason}`);
      output.note(`${folder} holds ${plural(images.length, 'image')}`);
    });
}
