/**
 * Every layout by name, and which one a folder has.
 *
 * @module
 */
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { refuse, type FolderListing } from '../folder-listing.ts';
import { dbmateLayout } from './dbmate.ts';
import { drizzleKitLayout } from './drizzle-kit.ts';
import { flywayLayout } from './flyway.ts';
import { golangMigrateLayout } from './golang-migrate.ts';
import { gooseLayout } from './goose.ts';
import type { Layout, LayoutName } from './layout.ts';
import { plainLayout } from './plain.ts';
import { prismaLayout } from './prisma.ts';

export type { LayoutName } from './layout.ts';

const LAYOUTS: { readonly [N in LayoutName]: Layout & { readonly name: N } } = {
  plain: plainLayout,
  'golang-migrate': golangMigrateLayout,
  'drizzle-kit': drizzleKitLayout,
  prisma: prismaLayout,
  flyway: flywayLayout,
  dbmate: dbmateLayout,
  goose: gooseLayout,
};

export const LAYOUT_NAMES = Object.keys(LAYOUTS) as readonly LayoutName[];

/**
 * @param name of a layout, or `auto`: the one layout that claims the folder, the plain one when none does.
 * @throws {SquizzleError} `CONFIG_INVALID` for a name that is none; `SOURCE_INVALID` when several layouts claim the folder.
 */
export async function layoutFor(listing: FolderListing, name: string): Promise<Layout> {
  if (name === 'auto') return detectLayout(listing);
  const known = LAYOUT_NAMES.find((each) => each === name);
  if (known !== undefined) return LAYOUTS[known];
  const message = `expected 'layout' to be auto, ${LAYOUT_NAMES.join(', ')}; found '${name}'`;
  throw new SquizzleError('CONFIG_INVALID', message, { file: 'squizzle.yaml', key: 'layout' });
}

async function detectLayout(listing: FolderListing): Promise<Layout> {
  const claims: Layout[] = [];
  for (const layout of Object.values(LAYOUTS)) {
    if (layout !== plainLayout && (await layout.detect(listing))) claims.push(layout);
  }
  const [claim = plainLayout, ...others] = claims;
  if (others.length === 0) return claim;
  const names = claims.map((each) => each.name);
  const advice = names.map((each) => `'layout: ${each}'`).join(' or ');
  throw refuse(listing.label, `looks like ${names.join(' and like ')}; write ${advice} in squizzle.yaml`);
}
