/**
 * What every layout does with files: which are SQL, which are the same migration, and what becomes of one in the release.
 *
 * @module
 */
import { refuse, type FolderListing, type ListedFile } from '../folder-listing.ts';
import type { SourceFile, SourceText } from '../source-tree.ts';
import { findMarker } from './section-marker.ts';

export const SQL = '.sql';

/** A file as it is, or a part of one. */
export type Script = Omit<SourceText, 'path'>;

/** @throws {SquizzleError} `SOURCE_INVALID` for `.SQL`, which is another file on some systems. */
export function isScript(file: ListedFile): boolean {
  if (file.path.endsWith(SQL)) return true;
  if (file.path.toLowerCase().endsWith(SQL)) throw refuse(file.origin, "its extension must be '.sql' in lower case");
  return false;
}

export function scriptsOf(listing: FolderListing): readonly ListedFile[] {
  return listing.files.filter(isScript);
}

/** `a/b/1.sql` → `1.sql`. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** UTF-8 byte order: how tools written in Go and Rust sort names. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** @param name inside the release's folder of migrations, with `.sql`. */
export function toMigration(name: string, up: Script, down: Script | null): SourceFile {
  return {
    kind: 'migration',
    environment: null,
    path: `migrations/${name}`,
    ...withoutSections(up),
    rollback: down === null ? null : { path: `rollback/migrations/${name}`, ...withoutSections(down) },
  };
}

/** Refuses sections of ours in a file of another tool: what must be true would be a comment, the way back would run. */
export function withoutSections(script: Script): Script {
  return checkedScript(script, (text, origin) => {
    const marker = findMarker(text);
    if (marker === undefined) return;
    const reason = `'${marker.text}' begins a section, which files of this layout do not have; write 'layout: plain' in squizzle.yaml if it is meant, or reword the comment`;
    throw refuse(origin, reason, lineAt(text, marker.index));
  });
}

/** Files by key, in the order given. @throws {SquizzleError} `SOURCE_INVALID` naming both files that have one key. */
export function indexFiles<T extends { readonly file: ListedFile }>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
  what: string,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const entry of entries) {
    const other = found.get(keyOf(entry));
    if (other !== undefined) throw refuse(entry.file.origin, `has the same ${what} as ${other.file.origin}`);
    found.set(keyOf(entry), entry);
  }
  return found;
}

/** The same script, whose text is looked at whenever it is read. */
export function checkedScript(file: Script, check: (text: string, origin: string) => void): Script {
  const read = async (): Promise<Uint8Array> => {
    const bytes = await file.read();
    check(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), file.origin);
    return bytes;
  };
  return { origin: file.origin, read };
}

/** The number of the line, from 1, that the character is on. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
