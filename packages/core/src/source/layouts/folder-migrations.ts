/**
 * One folder for each migration with a `migration.sql` in it: Prisma's way, and drizzle-kit's from version 1.
 *
 * @module
 */
import { refuse, type FolderListing, type ListedFile } from '../folder-listing.ts';
import type { SourceFile } from '../source-tree.ts';
import { compareBytes, scriptsOf, toMigration, type Script } from './script-files.ts';

const UP = 'migration.sql';
const DOWN = 'down.sql';
const SCRIPT = /^([^/]+)\/(migration|down)\.sql$/;

/**
 * `NAME/migration.sql` runs, `NAME/down.sql` undoes it, by name in byte order.
 *
 * @throws {SquizzleError} `SOURCE_INVALID` for other SQL files, and for a folder without `migration.sql`.
 */
export function arrangeFolders(
  listing: FolderListing,
  tool: string,
  toScript: (file: ListedFile) => Script = (file) => file,
): readonly SourceFile[] {
  for (const file of scriptsOf(listing)) {
    if (!SCRIPT.test(file.path)) throw refuse(file.origin, `is not NAME/${UP}, so ${tool} would not run it; move it`);
  }
  const files = new Map(listing.files.map((file) => [file.path, file]));
  return foldersOf(listing).map((folder) => {
    const [up, down] = [files.get(`${folder}/${UP}`), files.get(`${folder}/${DOWN}`)];
    if (up === undefined) throw refuse(`${listing.label}/${folder}`, `has no ${UP}; write it, or remove the folder`);
    return toMigration(up.path, toScript(up), down ?? null);
  });
}

/** Folders of migrations that have a file of this name. */
export function foldersWith(listing: FolderListing, name: string): readonly string[] {
  return foldersOf(listing).filter((folder) => listing.files.some((file) => file.path === `${folder}/${name}`));
}

function foldersOf({ files }: FolderListing): readonly string[] {
  const folders = files.flatMap(({ path }) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []));
  return [...new Set(folders)].sort(compareBytes);
}
