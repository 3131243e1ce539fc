/**
 * `squizzle help`: explains a command, or one within another.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { Command } from 'commander';
import { findNearest } from '../nearest.ts';

/** Commander's own takes one word: of `help key generate` it would explain `key`. */
export function helpCommand(): Command {
  return new Command('help')
    .summary('explain a command')
    .description('Explain squizzle, or the command that is named.')
    .argument('[command...]', 'its words, as key generate')
    .action((words: readonly string[], _flags: unknown, self: Command) => {
      let explained = self.parent ?? self;
      for (const word of words) explained = childOf(explained, word, words);
      explained.help();
    });
}

/** @throws {SquizzleError} `USAGE_INVALID` with the command that may be meant. */
function childOf(parent: Command, word: string, words: readonly string[]): Command {
  const found = parent.commands.find((command) => command.name() === word);
  if (found !== undefined) return found;
  const nearest = findNearest(
    word,
    parent.commands.map((command) => command.name()),
  );
  const hint = nearest === undefined ? "'squizzle help' lists them" : `did you mean '${nearest}'?`;
  const message = `there is no command '${words.join(' ')}': ${hint}`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'command' });
}
