/**
 * Prisma Migrate: `<timestamp>_<name>/migration.sql`, `migration_lock.toml` beside the folders, and a `down.sql` that
 * Prisma itself does not run.
 *
 * @see https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
 * @module
 */
import { refuse, type FolderListing } from '../folder-listing.ts';
import { arrangeFolders, foldersWith } from './folder-migrations.ts';
import type { Layout } from './layout.ts';

const LOCK = 'migration_lock.toml';
const PROVIDER = 'postgresql';

export const prismaLayout = {
  name: 'prisma',
  detect: async (listing) => listing.files.some((file) => file.path === LOCK) || looksGenerated(listing),
  arrange: async (listing) => {
    await checkLock(listing);
    return arrangeFolders(listing, 'Prisma');
  },
} as const satisfies Layout;

/** The lock file was lost: the folders still tell. drizzle-kit leaves a snapshot in each of its own. */
function looksGenerated(listing: FolderListing): boolean {
  const drizzle = new Set(foldersWith(listing, 'snapshot.json'));
  return foldersWith(listing, 'migration.sql').some((folder) => /^\d+_/.test(folder) && !drizzle.has(folder));
}

async function checkLock(listing: FolderListing): Promise<void> {
  const lock = listing.files.find((file) => file.path === LOCK);
  if (lock === undefined)
    throw refuse(listing.label, `has no ${LOCK}, which Prisma writes; put it back, or choose another 'layout'`);
  const text = Buffer.from(await lock.read()).toString('utf8');
  const provider = /^[ \t]*provider[ \t]*=[ \t]*["']([^"'\n]*)["']/m.exec(text)?.[1];
  if (provider === PROVIDER) return;
  throw refuse(
    lock.origin,
    `expected provider = "${PROVIDER}", found ${provider === undefined ? 'none' : `"${provider}"`}`,
  );
}
