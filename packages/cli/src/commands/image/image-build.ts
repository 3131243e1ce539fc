/**
 * `squizzle image build`: a folder becomes an image of one layer.
 *
 * @module
 */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { formatBytes } from '../../output/words.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { openImages, storageOption, type ImageFlags } from './image-storage.ts';

interface BuildFlags extends ImageFlags {
  readonly tag: string;
  readonly exclude?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
}

export function imageBuildCommand({ begin }: CommandContext): Command {
  return new Command('build')
    .summary('make an image of a folder')
    .description(
      'Make an image of a folder: one layer of its files, without what .dockerignore leaves out. The same files are the same image, whoever builds it when.',
    )
    .argument('[folder]', 'the folder', '.')
    .requiredOption('-t, --tag <name>', 'what to call it: [registry/]repository[:tag]')
    .option('--exclude <pattern>', 'leave this out, too; as often as need be', collect)
    .option('--label <key=value>', 'a label; as often as need be', collectLabel)
    .addOption(storageOption())
    .addHelpText(
      'after',
      examples(
        'squizzle image build . -t app:1.0',
        'squizzle image build dist -t ghcr.io/acme/app --label org.example.team=db',
      ),
    )
    .action(async (folder: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<BuildFlags>();
      const session = await begin(flags);
      const { output, cwd, signal } = session;
      const images = await openImages(session, flags);
      const built = await images.build({
        contextPath: resolve(cwd, folder),
        tag: flags.tag,
        exclusions: flags.exclude,
        labels: flags.label,
        signal,
        onProgress: ({ entries, readBytes }) => output.busy(`${entries} entries, ${formatBytes(readBytes)}`),
      });
      output.result({ tag: flags.tag, ...built }, (paint) => [
        `built ${paint.bold(flags.tag)} (${formatBytes(built.size)}) in ${built.storagePath}`,
        built.digest,
      ]);
    });
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function collectLabel(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected a key and a value, as key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
