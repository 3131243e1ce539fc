/**
 * drizzle-kit: `<tag>.sql`, in the order of `meta/_journal.json`; from version 1, `<name>/migration.sql` with a
 * `snapshot.json` beside it, by name. `<tag>.down.sql` and `<name>/down.sql`, which drizzle-kit does not know, undo them.
 *
 * `--> statement-breakpoint` is a comment to PostgreSQL, and stays.
 *
 * @see https://orm.drizzle.team/docs/drizzle-kit-generate
 * @module
 */
import * as v from 'valibot';
import { refuse, type FolderListing, type ListedFile } from '../folder-listing.ts';
import type { SourceFile } from '../source-tree.ts';
import { arrangeFolders, foldersWith } from './folder-migrations.ts';
import type { Layout } from './layout.ts';
import { checkedScript, lineAt, scriptsOf, SQL, toMigration, type Script } from './script-files.ts';

const JOURNAL = 'meta/_journal.json';
const DOWN = '.down.sql';

const journalSchema = v.object({
  dialect: v.picklist(['postgresql', 'pg']),
  entries: v.array(v.object({ idx: v.pipe(v.number(), v.safeInteger()), tag: v.pipe(v.string(), v.nonEmpty()) })),
});

interface Entry {
  readonly idx: number;
  readonly tag: string;
}

export const drizzleKitLayout = {
  name: 'drizzle-kit',
  detect: async (listing) => journalOf(listing) !== undefined || foldersWithSnapshot(listing).length > 0,
  arrange: async (listing) => {
    const journal = journalOf(listing);
    if (journal !== undefined) return arrangeJournal(listing, journal.origin, await readJournal(journal));
    if (foldersWithSnapshot(listing).length > 0) return arrangeFolders(listing, 'drizzle-kit', toScript);
    throw refuse(listing.label, `has no ${JOURNAL}, which drizzle-kit writes; choose another 'layout'`);
  },
} as const satisfies Layout;

function journalOf({ files }: FolderListing): ListedFile | undefined {
  return files.find((file) => file.path === JOURNAL);
}

function foldersWithSnapshot(listing: FolderListing): readonly string[] {
  const migrations = new Set(foldersWith(listing, 'migration.sql'));
  return foldersWith(listing, 'snapshot.json').filter((folder) => migrations.has(folder));
}

async function readJournal(journal: ListedFile): Promise<readonly Entry[]> {
  const result = v.safeParse(journalSchema, parseJson(await journal.read(), journal.origin));
  if (!result.success) {
    const [issue] = result.issues;
    const at = v.getDotPath(issue) ?? 'the journal';
    throw refuse(journal.origin, `${at}: expected ${issue.expected ?? issue.message}, found ${issue.received}`);
  }
  refuseDisorder(result.output.entries, journal.origin);
  return result.output.entries;
}

function parseJson(bytes: Uint8Array, origin: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown fault';
    throw refuse(origin, `is not JSON (${reason}); after a merge, let drizzle-kit write it again`);
  }
}

/** drizzle-kit runs the list as it stands; two branches merged by hand leave numbers that contradict it. */
function refuseDisorder(entries: readonly Entry[], origin: string): void {
  const tags = new Set<string>();
  for (const [at, { idx, tag }] of entries.entries()) {
    const before = entries[at - 1];
    if (before !== undefined && idx <= before.idx)
      throw refuse(origin, `entry '${tag}' has idx ${idx} after ${before.idx}: the order is not clear; number it anew`);
    if (tags.has(tag)) throw refuse(origin, `names '${tag}' twice`);
    tags.add(tag);
  }
}

function arrangeJournal(listing: FolderListing, journal: string, entries: readonly Entry[]): readonly SourceFile[] {
  const files = new Map(scriptsOf(listing).map((file) => [file.path, file]));
  const arranged = entries.map(({ tag }) => {
    const [up, down] = [files.get(tag + SQL), files.get(tag + DOWN)];
    if (up === undefined) throw refuse(journal, `names '${tag}', but there is no ${tag}${SQL}`);
    files.delete(tag + SQL);
    files.delete(tag + DOWN);
    return toMigration(up.path, toScript(up), down ?? null);
  });
  const [stray] = files.values();
  if (stray !== undefined)
    throw refuse(stray.origin, `is not in ${JOURNAL}, so drizzle-kit would not run it; generate it with --custom`);
  return arranged;
}

const BREAKPOINT = /--> statement-breakpoint/g;

/** drizzle-kit cuts at the breakpoint; PostgreSQL reads on, and may take both statements for one. */
function toScript(file: ListedFile): Script {
  return checkedScript(file, (text, origin) => {
    const cut = [...text.matchAll(BREAKPOINT)].find(({ index }) => !endsStatement(text, index));
    if (cut === undefined) return;
    const reason = "the statement before 'statement-breakpoint' does not end with ';'; write one";
    throw refuse(origin, reason, lineAt(text, cut.index));
  });
}

/** Looks at the last line with something on it: it ends with `;`, or is a comment. */
function endsStatement(text: string, end: number): boolean {
  const before = text.slice(0, end).trimEnd();
  const last = before.slice(before.lastIndexOf('\n') + 1);
  return /^\s*(--.*)?$|;\s*(--.*)?$|\*\/$/.test(last);
}
