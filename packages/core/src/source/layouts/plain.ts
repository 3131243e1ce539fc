/**
 * SQUIZZLE's own layout: `NAME.sql` or `NAME.up.sql` runs, `NAME.down.sql` beside it undoes it.
 *
 * @module
 */
import { refuse, type FolderListing, type ListedFile } from '../folder-listing.ts';
import type { SourceFile, SourceText } from '../source-tree.ts';
import type { Layout } from './layout.ts';
import { checkedScript, fileName, lineAt, scriptsOf, SQL, type Script } from './script-files.ts';

const UP = '.up.sql';
const DOWN = '.down.sql';

export const plainLayout = {
  name: 'plain',
  detect: async () => true,
  arrange: async (listing) => arrangePairs(listing, { kind: 'migration', folder: 'migrations' }),
} as const satisfies Layout;

/** Where files of a kind go inside the release. */
export interface Target {
  readonly kind: SourceFile['kind'];
  readonly folder: 'migrations' | 'repeatable' | 'seeds';
  readonly environmentOf?: (path: string) => string | null;
}

/** Pairs of forward and rollback files, in natural order of the forward file's name. */
export function arrangePairs(listing: FolderListing, target: Target): readonly SourceFile[] {
  const scripts = scriptsOf(listing);
  scripts.forEach(refuseNameless);
  const downs = new Map(scripts.filter((file) => file.path.endsWith(DOWN)).map((file) => [stem(file.path), file]));
  const ups = new Map<string, ListedFile>();
  for (const file of scripts) {
    if (file.path.endsWith(DOWN)) continue;
    const name = stem(file.path);
    const other = ups.get(name);
    if (other !== undefined) throw refuse(file.origin, `is the same migration as ${other.origin}; keep one of them`);
    ups.set(name, file);
  }
  refuseOrphans(downs, ups);
  return [...ups].map(([name, file]) => toSource(name, file, downs.get(name), target));
}

/** `up.sql` and `down.sql` in a folder for each migration, as some tools have it: both would run, the wrong one first. */
function refuseNameless(file: ListedFile): void {
  const name = fileName(file.path);
  if (![`down${SQL}`, `up${SQL}`, UP, DOWN].includes(name)) return;
  throw refuse(file.origin, `has no name of its own; call the pair NAME${SQL} and NAME${DOWN}`);
}

/** `a/0001_users.up.sql` and `a/0001_users.down.sql` → `a/0001_users`. */
function stem(path: string): string {
  const ending = [UP, DOWN, SQL].find((each) => path.endsWith(each)) ?? '';
  return path.slice(0, path.length - ending.length);
}

function refuseOrphans(downs: ReadonlyMap<string, ListedFile>, ups: ReadonlyMap<string, ListedFile>): void {
  for (const [name, file] of downs) {
    if (!ups.has(name)) throw refuse(file.origin, `undoes nothing: there is no ${name}${SQL} beside it`);
  }
}

function toSource(name: string, file: ListedFile, down: ListedFile | undefined, target: Target): SourceFile {
  const rollback: SourceText | null =
    down === undefined ? null : { path: `rollback/${target.folder}/${name}${SQL}`, ...wholeFile(down) };
  return {
    kind: target.kind,
    path: `${target.folder}/${name}${SQL}`,
    environment: target.environmentOf?.(name) ?? null,
    ...wholeFile(file),
    rollback,
  };
}

const SECTION_MARK = /^[ \t]*--[ \t]*(migrate:down|\+goose[ \t]+down)\b/im;

/** A file in sections, run as a whole, would undo what it did a moment before. */
function wholeFile(file: ListedFile): Script {
  return checkedScript(file, (text, origin) => {
    const mark = SECTION_MARK.exec(text);
    if (mark === null) return;
    const layout = mark[1]?.startsWith('+') === true ? 'goose' : 'dbmate';
    const reason = `'${mark[0].trim()}' begins the way back in a file of ${layout}; write 'layout: ${layout}' in squizzle.yaml, or put the way back into NAME${DOWN}`;
    throw refuse(origin, reason, lineAt(text, mark.index));
  });
}
