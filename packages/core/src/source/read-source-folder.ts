/**
 * Reads a project's source folders into a {@link SourceTree}.
 *
 * @module
 */
import { join } from 'node:path';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { collisionKey } from '../format/step-path.ts';
import { listFolder, refuse } from './folder-listing.ts';
import type { LayoutName } from './layouts/layout.ts';
import { layoutFor } from './layouts/layouts.ts';
import { arrangePairs } from './layouts/plain.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';

export interface SourceFolders {
  /** The project's folder; the others are given relative to it. */
  readonly root: string;
  readonly migrations: string;
  readonly repeatable: string;
  readonly seeds: string;
}

/**
 * Migrations by the layout, then repeatables, then seeds, each in natural order.
 * A missing folder of repeatables or seeds is an empty one; a missing folder of migrations is a fault.
 *
 * @throws {SquizzleError} `SOURCE_NOT_FOUND`; `SOURCE_INVALID` naming the file and what is wrong with it;
 *   `CONFIG_INVALID` for a layout that is none.
 */
export async function readSourceFolder(
  folders: SourceFolders,
  layout: LayoutName | 'auto' = 'auto',
): Promise<SourceTree> {
  const listing = await listFolder(join(folders.root, folders.migrations), folders.migrations);
  if (listing === undefined) throw missing(folders.migrations);
  const { arrange } = await layoutFor(listing, layout);
  const files = [...(await arrange(listing)), ...(await readRepeatables(folders)), ...(await readSeeds(folders))];
  refuseTwins(files);
  return { files };
}

/** A layout may have repeatables among its migrations: they and those of the other folder go to one place. */
function refuseTwins(files: readonly SourceFile[]): void {
  const seen = new Map<string, SourceFile>();
  for (const file of files) {
    const other = seen.get(collisionKey(file.path));
    if (other !== undefined)
      throw refuse(file.origin, `would be ${file.path} in the release, as ${other.origin} is; rename one of them`);
    seen.set(collisionKey(file.path), file);
  }
}

async function readRepeatables({ root, repeatable }: SourceFolders): Promise<readonly SourceFile[]> {
  const listing = await listFolder(join(root, repeatable), repeatable);
  return arrangePairs(listing ?? { label: repeatable, files: [] }, { kind: 'repeatable', folder: 'repeatable' });
}

async function readSeeds({ root, seeds }: SourceFolders): Promise<readonly SourceFile[]> {
  const listing = await listFolder(join(root, seeds), seeds);
  return arrangePairs(listing ?? { label: seeds, files: [] }, {
    kind: 'seed',
    folder: 'seeds',
    environmentOf: firstFolder,
  });
}

/** `production/plans` belongs to production, `plans` to all. */
function firstFolder(path: string): string | null {
  const [folder, ...rest] = path.split('/');
  return rest.length === 0 || folder === undefined ? null : folder;
}

function missing(path: string): SquizzleError<'SOURCE_NOT_FOUND'> {
  const message = `there is no folder ${path}; create it ('squizzle init' does) or name another under 'sources' in squizzle.yaml`;
  return new SquizzleError('SOURCE_NOT_FOUND', message, { path });
}
