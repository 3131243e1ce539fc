/**
 * A layout knows how one family of tools lays out migrations: which files run, in which order, what undoes them.
 *
 * Its promise: what is read runs as the tool would have run it, and what cannot be read so is refused by name.
 *
 * @see docs/layouts.md
 * @module
 */
import type { FolderListing } from '../folder-listing.ts';
import type { SourceFile } from '../source-tree.ts';

/** What `layout:` in squizzle.yaml may say, besides `auto`. */
export type LayoutName = 'plain' | 'golang-migrate' | 'drizzle-kit' | 'prisma' | 'flyway' | 'dbmate' | 'goose';

export interface Layout {
  readonly name: LayoutName;
  /** Whether the folder is laid out this way. Only names are looked at, or the beginnings of files. */
  detect(listing: FolderListing): Promise<boolean>;
  /**
   * The folder's migrations in order.
   *
   * @throws {SquizzleError} `SOURCE_INVALID` for what does not fit the layout: nothing is passed over in silence.
   */
  arrange(listing: FolderListing): Promise<readonly SourceFile[]>;
}
