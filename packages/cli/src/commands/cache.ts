/**
 * `squizzle cache`: what was read from registries and is kept for the next command.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../duration.ts';
import type { GlobalFlags } from '../global-options.ts';
import { formatTable } from '../output/table.ts';
import { formatBytes, parseBytes, plural, shortTime } from '../output/words.ts';
import type { Session } from '../project/session.ts';
import { contentFolder } from '../project/user-folders.ts';
import { examples, type CommandContext } from './command-context.ts';

export function cacheCommand(context: CommandContext): Command {
  return new Command('cache')
    .summary('look after what was read from registries')
    .description('Look after what was read from registries and is kept for the next command.')
    .addCommand(listCommand(context))
    .addCommand(pruneCommand(context))
    .addCommand(clearCommand(context));
}

const WHERE = '${XDG_CACHE_HOME:-~/.cache}/squizzle/content';

function listCommand({ begin }: CommandContext): Command {
  return new Command('list')
    .summary('list what is kept')
    .description(`List the content that is kept in ${WHERE}, by digest. It may be deleted at any time.`)
    .addHelpText('after', examples('squizzle cache list'))
    .action(async (_flags: unknown, command: Command) => {
      const session = await begin(command.optsWithGlobals<GlobalFlags>());
      const cache = await openCache(session);
      const entries: { readonly digest: string; readonly size: number; readonly usedAt: string }[] = [];
      for await (const { digest, size, usedAt } of cache.list())
        entries.push({ digest, size, usedAt: usedAt.toISOString() });
      entries.sort((a, b) => (a.usedAt < b.usedAt ? 1 : -1));
      const sizeBytes = entries.reduce((sum, { size }) => sum + size, 0);
      const folder = contentFolder(session.environment);
      session.output.result({ folder, entries, sizeBytes }, (paint) =>
        formatTable(
          [
            { title: 'DIGEST', cell: ({ digest }) => digest },
            { title: 'SIZE', align: 'right', cell: ({ size }) => formatBytes(size) },
            { title: 'USED', cell: ({ usedAt }) => shortTime(usedAt) },
          ],
          entries,
          paint.dim,
        ),
      );
      session.output.note(`${folder} holds ${formatBytes(sizeBytes)} in ${plural(entries.length, 'blob')}`);
    });
}

interface PruneFlags extends GlobalFlags {
  readonly olderThan?: number;
  readonly maxSize?: number;
}

function pruneCommand({ begin }: CommandContext): Command {
  return new Command('prune')
    .summary('remove what was not used for long')
    .description('Remove what was not used for long: beyond an age, or until the rest is small enough.')
    .option('--older-than <duration>', 'remove what was not used for so long (default: 30d, without --max-size)', toAge)
    .option('--max-size <size>', 'remove until no more than this is left, as 500MB', toSize)
    .addHelpText('after', examples('squizzle cache prune', 'squizzle cache prune --older-than 7d --max-size 500MB'))
    .action(async (_flags: unknown, command: Command) => {
      const { olderThan, maxSize, ...flags } = command.optsWithGlobals<PruneFlags>();
      const session = await begin(flags);
      const cache = await openCache(session);
      const byDefault = maxSize === undefined ? THIRTY_DAYS_MS : undefined;
      report(session, await cache.prune({ olderThanMs: olderThan ?? byDefault, maxBytes: maxSize }));
    });
}

function clearCommand({ begin }: CommandContext): Command {
  return new Command('clear')
    .summary('remove everything')
    .description('Remove everything. What is needed is read from the registry again.')
    .addHelpText('after', examples('squizzle cache clear'))
    .action(async (_flags: unknown, command: Command) => {
      const session = await begin(command.optsWithGlobals<GlobalFlags>());
      const cache = await openCache(session);
      report(session, await cache.clear());
    });
}

async function openCache({ environment }: Session) {
  const { createContentCache } = await environment.adapters.loadOciTools();
  return createContentCache(contentFolder(environment));
}

function report({ output }: Session, removed: { readonly removed: number; readonly freedBytes: number }): void {
  output.result(removed, () => [`removed ${plural(removed.removed, 'blob')}, ${formatBytes(removed.freedBytes)}`]);
}

const THIRTY_DAYS_MS = 30 * 86_400_000;
const LONGEST_AGE_MS = 3_650 * 86_400_000;

function toAge(text: string): number {
  const ms = parseDuration(text, LONGEST_AGE_MS);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration with its unit, as 12h or 30d.');
  return ms;
}

function toSize(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === undefined) throw new InvalidArgumentError('Expected a size with its unit, as 500MB or 2GB.');
  return bytes;
}
