/**
 * `squizzle list`: the releases of the store, of the remote store, or of the database.
 *
 * @module
 */
import { appliedReleases } from '@squizzle/core';
import { Command, Option } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { formatTable, type Column } from '../output/table.ts';
import { plural, shortDigest, shortTime } from '../output/words.ts';
import { addStoreChoice, chosenStore, type StoreChoice } from '../project/chosen-store.ts';
import { listReleases, type ListedRelease } from '../project/list-releases.ts';
import type { Project } from '../project/project.ts';
import { examples, type CommandContext } from './command-context.ts';

interface ListFlags extends GlobalFlags, StoreChoice {
  readonly applied?: true;
}

export function listCommand({ open }: CommandContext): Command {
  const command = new Command('list')
    .summary('list releases')
    .description(
      "List the releases of the project's own store; with --registry those of the remote store, and which of them are here, too; with --applied those that the ledger of the database says it has.",
    );
  return addStoreChoice(command, 'list')
    .addOption(new Option('--applied', 'list what the database has').conflicts(['local', 'registry']))
    .addHelpText('after', examples('squizzle list', 'squizzle list --registry', 'squizzle list --applied --json'))
    .action(async (_flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<ListFlags>();
      await using project = await open(flags);
      await (flags.applied === true ? listApplied(project) : listStored(project, flags));
    });
}

const COLUMNS: readonly Column<ListedRelease>[] = [
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'FILES', align: 'right', cell: ({ steps }) => String(steps) },
  { title: 'CREATED', cell: ({ created }) => shortTime(created) },
  { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
  { title: 'COMMIT', cell: ({ revision }) => revision?.slice(0, 12) ?? '-' },
  { title: 'TAGS', cell: ({ tags }) => tags.join(', ') },
];

async function listStored(project: Project, flags: ListFlags): Promise<void> {
  const { output, signal } = project;
  const store = await chosenStore(project, flags, 'local');
  const own = await project.store();
  const releases = await listReleases(store, signal);
  if (store === own) {
    output.result({ store: store.description, releases }, (paint) => formatTable(COLUMNS, releases, paint.dim));
  } else {
    const marked = await Promise.all(
      releases.map(async (release) => ({ ...release, local: await isHere(release, own, signal) })),
    );
    const here: Column<(typeof marked)[number]> = { title: 'HERE', cell: ({ local }) => (local ? 'yes' : 'no') };
    const columns = [...COLUMNS.slice(0, -1), here, ...COLUMNS.slice(-1)];
    output.result({ store: store.description, releases: marked }, (paint) => formatTable(columns, marked, paint.dim));
  }
  output.note(releases.length === 0 ? emptyNote(store.description, store === own) : plural(releases.length, 'release'));
}

async function isHere(
  { digest }: ListedRelease,
  own: Awaited<ReturnType<Project['store']>>,
  signal: AbortSignal,
): Promise<boolean> {
  return (await own.resolve(digest as Parameters<typeof own.resolve>[0], { signal })) !== undefined;
}

function emptyNote(store: string, isOwn: boolean): string {
  const more = isOwn ? "; 'squizzle build' makes one, 'squizzle list --registry' shows those of the remote" : '';
  return `${store} holds no release${more}`;
}

async function listApplied(project: Project): Promise<void> {
  const { output, signal } = project;
  const environment = project.target().name;
  const driver = await project.driver();
  const events = appliedReleases(await driver.readHistory({ signal }));
  const releases = events.map(({ version, artifactDigest: digest, finishedAt: appliedAt, actor }) => {
    return { version, digest, appliedAt, actor };
  });
  output.result({ environment, database: driver.description, releases }, (paint) =>
    formatTable(
      [
        { title: 'VERSION', cell: ({ version }) => version },
        { title: 'APPLIED', cell: ({ appliedAt }) => shortTime(appliedAt) },
        { title: 'BY', cell: ({ actor }) => actor },
        { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
      ],
      releases,
      paint.dim,
    ),
  );
  output.note(`${environment} (${driver.description}) has ${plural(releases.length, 'release')}`);
}
