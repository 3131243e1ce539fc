/**
 * `squizzle delete`: takes a release out of a store.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { plural, shortDigest } from '../output/words.ts';
import { addStoreChoice, chosenStore, type StoreChoice } from '../project/chosen-store.ts';
import { deleteRelease, planDeletion, type Deletion } from '../project/delete-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface DeleteFlags extends GlobalFlags, StoreChoice {
  readonly allTags?: true;
  readonly yes?: true;
}

export function deleteCommand({ open }: CommandContext): Command {
  const command = new Command('delete')
    .summary('take a release out of a store')
    .description(
      "Delete a release from the project's own store, or with --registry from the remote one. Databases that have it keep it, and releases that were built upon it are whole without it. The tags v1.2, v1 and latest go to the highest release that is left. squizzle.lock keeps its line: the version stays taken.",
    )
    .argument('<selector>', SELECTOR_HELP);
  return addStoreChoice(command, 'delete from')
    .option('--all-tags', 'delete it also when it has tags that somebody gave it')
    .option('--yes', 'delete; without it nothing is done but saying what would be')
    .addHelpText('after', examples('squizzle delete 1.2.0 --yes', 'squizzle delete 1.2.0 --registry --all-tags --yes'))
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<DeleteFlags>();
      await using project = await open(flags);
      const { output, signal } = project;
      const store = await chosenStore(project, flags, 'local');
      const deletion = await planDeletion(selector, store, signal);
      const { artifact, tags, descendant } = deletion;
      const { version } = artifact.manifest;
      const { digest } = artifact.root;
      refuseUnlessMeant(deletion, store.description, flags);
      if (descendant !== null) output.warn(`${descendant} descends from ${version}; it is whole without it`);
      const moved = await deleteRelease(deletion, store, signal);
      output.result({ version, digest, store: store.description, tags, moved }, (paint) => [
        `deleted ${paint.bold(version)} ${shortDigest(digest)} from ${store.description}, with ${plural(tags.length, 'tag')}: ${tags.join(', ')}`,
        ...Object.entries(moved).map(([tag, to]) => (to === null ? `${tag} is gone` : `${tag} is ${to} now`)),
      ]);
    });
}

/** @throws {SquizzleError} `USAGE_INVALID` */
function refuseUnlessMeant({ artifact, tags, ownTags }: Deletion, store: string, flags: DeleteFlags): void {
  const { version } = artifact.manifest;
  if (ownTags.length > 0 && flags.allTags !== true) {
    const message = `${version} is also ${ownTags.join(', ')}: give those tags to another release first ('squizzle tag'), or delete with --all-tags`;
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--all-tags' });
  }
  if (flags.yes === true) return;
  const message = `this would delete ${version} (${artifact.root.digest}) from ${store}, with the tags ${tags.join(', ')}; add --yes to do it`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: '--yes' });
}
