/**
 * What a layer is made of: folders, files and links, in the order in which they shall stand in it.
 *
 * Owner and time are the layer's to say, not the entry's: they would make its digest depend on who built it and when.
 *
 * @module
 */
import type { Bytes } from '@squizzle/oci-spec';

/** Paths from the image's root, POSIX, without a slash at either end: `migrations/1.0.0/migrations/0001.sql`. */
export type LayerEntry = FolderEntry | FileEntry | LinkEntry;

export interface FolderEntry {
  readonly type: 'folder';
  readonly path: string;
  /** Permission bits, as in `0o755`. */
  readonly mode: number;
}

export interface FileEntry {
  readonly type: 'file';
  readonly path: string;
  readonly mode: number;
  /** It stands before the content, so it must be known before that is read. */
  readonly sizeBytes: number;
  /** Called once, when its turn has come. Gives exactly `sizeBytes` bytes. */
  open(): Bytes;
}

/** A symbolic link. */
export interface LinkEntry {
  readonly type: 'link';
  readonly path: string;
  readonly target: string;
}

export type LayerEntries = AsyncIterable<LayerEntry> | Iterable<LayerEntry>;
