/**
 * `squizzle image`: container images of folders, built, named and pushed without Docker.
 *
 * @module
 */
import { Command } from 'commander';
import { examples, type CommandContext } from './command-context.ts';
import { imageBuildCommand } from './image/image-build.ts';
import { imageListCommand } from './image/image-list.ts';
import { imagePushCommand } from './image/image-push.ts';
import { imageRemoveCommand, imageTagCommand } from './image/image-names.ts';

export function imageCommand(context: CommandContext): Command {
  return new Command('image')
    .summary('build and push container images of folders')
    .description('Build, list, name, remove and push container images of folders, without Docker.')
    .addCommand(imageBuildCommand(context))
    .addCommand(imageListCommand(context))
    .addCommand(imageTagCommand(context))
    .addCommand(imageRemoveCommand(context))
    .addCommand(imagePushCommand(context))
    .addHelpText(
      'after',
      examples('squizzle image build . -t ghcr.io/acme/app:1.0', 'squizzle image push ghcr.io/acme/app:1.0'),
    );
}
