/**
 * `squizzle image tag` and `squizzle image remove`: what images are called, and until when.
 *
 * @module
 */
import { Command } from 'commander';
import { shortDigest } from '../../output/words.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { openImages, storageOption, type ImageFlags } from './image-storage.ts';

export const IMAGE_HELP = 'a name, an image id or a digest; of the latter two the first digits are enough';

export function imageTagCommand({ begin }: CommandContext): Command {
  return new Command('tag')
    .summary('give an image another name')
    .description('Give an image another name, and take that from any other.')
    .argument('<image>', IMAGE_HELP)
    .argument('<name>', '[registry/]repository[:tag]')
    .addOption(storageOption())
    .addHelpText('after', examples('squizzle image tag app:1.0 ghcr.io/acme/app:1.0'))
    .action(async (image: string, name: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ImageFlags>();
      const session = await begin(flags);
      const { output, signal } = session;
      const tagged = await (await openImages(session, flags)).tag(image, name, { signal });
      output.result(tagged, () => [`${shortDigest(tagged.imageId)} is ${tagged.tags.join(', ')}`]);
    });
}

export function imageRemoveCommand({ begin }: CommandContext): Command {
  return new Command('remove')
    .summary('remove images')
    .description('Take a name away, and the image with its last one; by id or digest, the image with all its names.')
    .argument('<images...>', IMAGE_HELP)
    .addOption(storageOption())
    .addHelpText('after', examples('squizzle image remove app:1.0'))
    .action(async (references: readonly string[], _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ImageFlags>();
      const session = await begin(flags);
      const { output, signal } = session;
      const images = await openImages(session, flags);
      const removed: Removal[] = [];
      for (const reference of references) removed.push({ reference, ...(await images.remove(reference, { signal })) });
      output.result({ removed }, () => removed.flatMap(removalLines));
    });
}

interface Removal {
  readonly reference: string;
  readonly untagged: readonly string[];
  readonly removed: string | null;
}

function removalLines({ untagged, removed }: Removal): readonly string[] {
  const lines = untagged.map((name) => `untagged ${name}`);
  return removed === null ? lines : [...lines, `removed ${removed}`];
}
