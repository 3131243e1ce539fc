/**
 * `squizzle image push`: an image into a registry.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { StoredImage } from '@squizzle/oci';
import { formatReference, parseReference, withDefaultTag, type Reference } from '@squizzle/oci-spec';
import { Command } from 'commander';
import { formatBytes } from '../../output/words.ts';
import { openRegistries } from '../../project/registries.ts';
import { insecureOption } from '../../project/store-options.ts';
import type { StoreFlags } from '../../project/stores.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { IMAGE_HELP } from './image-names.ts';
import { openImages, storageOption, type ImageFlags } from './image-storage.ts';

interface PushFlags extends ImageFlags, StoreFlags {}

export function imagePushCommand({ begin }: CommandContext): Command {
  return new Command('push')
    .summary('copy an image to a registry')
    .description('Copy an image to a registry, under its own name or another.')
    .argument('<image>', IMAGE_HELP)
    .argument('[reference]', 'where to: registry/repository[:tag] (default: its name)')
    .addOption(storageOption())
    .addOption(insecureOption())
    .addHelpText(
      'after',
      examples('squizzle image push ghcr.io/acme/app:1.0', 'squizzle image push app:1.0 localhost:5000/acme/app:1.0'),
    )
    .action(async (image: string, given: string | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PushFlags>();
      const session = await begin(flags);
      const { output, environment, signal } = session;
      const stored = await (await openImages(session, flags)).find(image, { signal });
      const name = given ?? ownName(image, stored);
      const { registry: host } = toTarget(name);
      const { registry: url, ...address } = (await openRegistries(session, flags)).addressOf(host);
      const { createRegistryClient } = await environment.adapters.loadOciTools();
      const client = createRegistryClient({ ...address, url });
      try {
        const pushed = await client.push(stored, name, { signal });
        output.result(pushed, (paint) => [
          `pushed ${paint.bold(pushed.reference)} (${formatBytes(pushed.size)})`,
          pushed.digest,
        ]);
      } finally {
        await client.close();
      }
    });
}

/** What it was called by, or the one name that it has. @throws {SquizzleError} `USAGE_INVALID` */
function ownName(image: string, { tags }: StoredImage): string {
  const full = fullName(image);
  const name = tags.find((tag) => fullName(tag) === full) ?? (tags.length === 1 ? tags[0] : undefined);
  if (name !== undefined) return name;
  const message = `'${image}' has ${tags.length} names: say where to push it to`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'reference' });
}

function fullName(text: string): string | undefined {
  const reference = parseReference(text);
  return reference === undefined ? undefined : formatReference(withDefaultTag(reference));
}

/** @throws {SquizzleError} `USAGE_INVALID` for what names no place. */
function toTarget(name: string): Reference {
  const reference = parseReference(name);
  if (reference !== undefined) return reference;
  const message = `'${name}' names no place in a registry: give one, as ghcr.io/acme/app:1.0`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'reference' });
}
