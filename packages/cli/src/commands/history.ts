/**
 * `squizzle history`: the ledger of the database.
 *
 * @module
 */
import type { LedgerEvent } from '@squizzle/core';
import { Command, InvalidArgumentError } from 'commander';
import { formatDuration } from '../duration.ts';
import type { GlobalFlags } from '../global-options.ts';
import { formatTable } from '../output/table.ts';
import { describeIdentity } from '../output/trust-words.ts';
import { plural, shortDigest, shortTime } from '../output/words.ts';
import { examples, type CommandContext } from './command-context.ts';

interface HistoryFlags extends GlobalFlags {
  readonly limit: number;
}

const DEFAULT_LIMIT = 20;

export function historyCommand({ open }: CommandContext): Command {
  return new Command('history')
    .summary('show what the ledger of the database says')
    .description(
      'Show what happened to the database: every apply, rollback, baseline, repair and failure, newest first.',
    )
    .option('--limit <count>', 'how many events, 0 for all', toCount, DEFAULT_LIMIT)
    .addHelpText('after', examples('squizzle history', 'squizzle history --limit 0 --json'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<HistoryFlags>();
      await using project = await open(flags);
      const { output, signal } = project;
      const environment = project.target().name;
      const driver = await project.driver();
      const all = (await driver.readHistory({ signal })).events.toReversed();
      const events = flags.limit === 0 ? all : all.slice(0, flags.limit);
      output.result({ environment, database: driver.description, total: all.length, events }, (paint) =>
        formatTable(
          [
            { title: '#', align: 'right', cell: ({ seq }) => String(seq) },
            { title: 'WHEN', cell: ({ finishedAt }) => shortTime(finishedAt) },
            {
              title: 'EVENT',
              cell: ({ event }) => event,
              paint: (text, { event }) =>
                event === 'failed' ? paint.red(text) : event === 'repaired' ? paint.yellow(text) : text,
            },
            { title: 'VERSION', cell: ({ version }) => version },
            { title: 'TOOK', align: 'right', cell: ({ durationMs }) => formatDuration(durationMs) },
            { title: 'BY', cell: ({ actor }) => actor },
            { title: 'DIGEST', cell: ({ artifactDigest }) => shortDigest(artifactDigest) },
            { title: 'DETAILS', cell: describeDetails },
          ],
          events,
          paint.dim,
        ),
      );
      if (all.length === 0) output.note(`${environment} (${driver.description}) has no history yet`);
      else if (events.length < all.length)
        output.note(`${events.length} of ${plural(all.length, 'event')}; --limit 0 shows all`);
    });
}

function describeDetails(entry: LedgerEvent): string {
  const said = [...describeOddities(entry), describeCause(entry)].filter((each) => each !== null);
  return said.length === 0 ? '-' : said.join('; ');
}

/** What a reader must not miss: places that were not run, and changes by other hands that are part of the schema since. */
function describeOddities({ event, details }: LedgerEvent): readonly string[] {
  const { skipped, driftedFrom } = details;
  const places = Array.isArray(skipped) ? [`taken as done, not run: ${skipped.join(', ')}`] : [];
  const isOver = event === 'applied' || event === 'reverted';
  return isOver && typeof driftedFrom === 'string' ? [...places, 'the schema had drifted before'] : places;
}

function describeCause({ event, details, signer }: LedgerEvent): string | null {
  const { code, path, line, unsignedReason, repair, object, detected } = details;
  if (event === 'repaired') return [repair, object].filter((each) => typeof each === 'string').join(' ');
  if (typeof detected === 'string') return `found by its schema (${detected})`;
  if (typeof code === 'string') return typeof path === 'string' ? `${code} at ${path}:${String(line)}` : code;
  if (signer !== null) return `signed by ${describeIdentity(signer)}`;
  return typeof unsignedReason === 'string' ? `unsigned: ${unsignedReason}` : null;
}

function toCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, 0 or more.');
  return Number(text);
}
