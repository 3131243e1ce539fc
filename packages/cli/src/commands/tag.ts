/**
 * `squizzle tag`: a name of one's own for a release.
 *
 * @module
 */
import { parseSelector, SquizzleError, toSelector, versionOfTag } from '@squizzle/core';
import { parseTag, type Tag } from '@squizzle/oci-spec';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { shortDigest } from '../output/words.ts';
import { addStoreChoice, chosenStore, type StoreChoice } from '../project/chosen-store.ts';
import { pullFrom } from '../project/find-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

export function tagCommand({ open }: CommandContext): Command {
  const command = new Command('tag')
    .summary('give a release a name of your own')
    .description(
      "Point a tag at a release, in the remote store where there is one: 'stable', 'production'. A tag that exists is moved. Tags of versions never move, and v1.2, v1 and latest follow the releases by themselves: both are refused.",
    )
    .argument('<selector>', SELECTOR_HELP)
    .argument('<tag>', 'the name: letters, digits, _, . and -');
  return addStoreChoice(command, 'tag in')
    .addHelpText('after', examples('squizzle tag 1.2.0 stable', 'squizzle tag latest production --local'))
    .action(async (selector: string, name: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<GlobalFlags & StoreChoice>();
      const tag = toOwnTag(name);
      await using project = await open(flags);
      const { output, signal } = project;
      const store = await chosenStore(project, flags, 'remote-if-any');
      const artifact = await pullFrom(toSelector(selector), store, project);
      const before = (await store.resolve(tag, { signal }))?.digest ?? null;
      const { digest } = artifact.root;
      if (before !== digest) await store.tag(artifact.root, tag, { signal });
      const { version } = artifact.manifest;
      const data = { tag, version, digest, before, store: store.description };
      output.result(data, (paint) => [
        `${tag} is ${paint.bold(version)} ${shortDigest(digest)} in ${store.description}`,
      ]);
      if (before !== null && before !== digest) output.note(`it was ${shortDigest(before)} before`);
    });
}

/** @throws {SquizzleError} `USAGE_INVALID` for what is no tag, or means something else as a selector. */
function toOwnTag(name: string): Tag {
  const tag = parseTag(name);
  if (tag === undefined)
    throw refuse(name, 'a tag has 1 to 128 letters, digits, _, . and -, and begins with none of . and -');
  if (versionOfTag(name) !== undefined || parseSelector(name)?.kind === 'version') {
    throw refuse(name, `it is the tag of a version: 'squizzle push' sets it, once and for all`);
  }
  const kind = parseSelector(name)?.kind;
  if (kind === 'moving') throw refuse(name, 'it follows the highest release by itself, and never goes back');
  if (kind === 'commit') throw refuse(name, 'it would be taken for a commit');
  if (kind !== 'tag' || /^sha\d+-/.test(name)) throw refuse(name, 'it means something else to registries');
  return tag;
}

function refuse(name: string, reason: string): SquizzleError<'USAGE_INVALID'> {
  const message = `'${name}' cannot be given: ${reason}; take a name as 'stable'`;
  return new SquizzleError('USAGE_INVALID', message, { argument: 'tag' });
}
