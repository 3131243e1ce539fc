/**
 * SQUIZZLE's own layout: `NAME.sql` or `NAME.up.sql` runs, `NAME.down.sql` beside it undoes it. Either may be divided into
 * sections; then the way back may be one of them.
 *
 * @module
 */
import { refuse, type FolderListing, type ListedFile } from '../folder-listing.ts';
import type { SourceFile } from '../source-tree.ts';
import type { Layout } from './layout.ts';
import { readDivided, type DividedFile, type MainSection } from './plain-sections.ts';
import { checkedScript, fileName, lineAt, scriptsOf, SQL, type Script } from './script-files.ts';
import { findLooseMarkers, findMarker } from './section-marker.ts';

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
export async function arrangePairs(listing: FolderListing, target: Target): Promise<readonly SourceFile[]> {
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
  const sources: SourceFile[] = [];
  for (const [name, file] of ups) sources.push(await toSource(name, file, downs.get(name), target));
  return sources;
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

async function toSource(
  name: string,
  file: ListedFile,
  downFile: ListedFile | undefined,
  target: Target,
): Promise<SourceFile> {
  const { main, down: section } = await readPlain(file, 'up');
  if (section !== null && downFile !== undefined) {
    throw refuse(file.origin, `has a section '-- +down', and ${downFile.origin} is there too; keep one of them`);
  }
  const down = downFile === undefined ? section : (await readPlain(downFile, 'down')).main;
  return {
    kind: target.kind,
    path: `${target.folder}/${name}${SQL}`,
    environment: target.environmentOf?.(name) ?? null,
    ...main,
    rollback: down === null ? null : { path: `rollback/${target.folder}/${name}${SQL}`, ...down },
  };
}

async function readPlain(file: ListedFile, main: MainSection): Promise<DividedFile> {
  return (await readDivided(file, main)) ?? { main: wholeFile(file), down: null };
}

const OTHER_MARKER = /^[ \t]*--[ \t]*(migrate:down|\+goose[ \t]+down)\b/im;

/** A file in sections, run as a whole, would undo what it did a moment before. */
function wholeFile(file: ListedFile): Script {
  return checkedScript(file, (text, origin) => {
    const mark = OTHER_MARKER.exec(text);
    if (mark !== null) throw refuse(origin, otherReason(mark[0].trim()), lineAt(text, mark.index));
    const marker = findMarker(text);
    if (marker !== undefined) {
      const reason = `'${marker.text}' comes too late: the first section begins in the first 16 KiB, with comments alone above it`;
      throw refuse(origin, reason, lineAt(text, marker.index));
    }
    const likely = findLooseMarkers(text, []).find(
      ({ bare, distance, word }) => bare && distance < 2 && word.length > 2,
    );
    if (likely === undefined) return;
    const reason = `'${likely.text}' looks like '-- +${likely.nearest}', which begins a section; write it so at the beginning of the line, or reword the comment`;
    throw refuse(origin, reason, lineAt(text, likely.index));
  });
}

function otherReason(mark: string): string {
  const layout = mark.includes('+') ? 'goose' : 'dbmate';
  return `'${mark}' begins the way back in a file of ${layout}; write 'layout: ${layout}' in squizzle.yaml, or put the way back into NAME${DOWN}`;
}
