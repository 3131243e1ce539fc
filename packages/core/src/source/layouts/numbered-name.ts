/**
 * Names that begin with a number, in one folder, without subfolders: dbmate's and goose's.
 *
 * @module
 */
import { refuse, type FolderListing, type ListedFile } from '../folder-listing.ts';
import { indexFiles, scriptsOf } from './script-files.ts';

export interface NumberedFile {
  readonly file: ListedFile;
  /** Digits, as they stand. */
  readonly number: string;
}

export interface NumberedNames {
  readonly tool: string;
  /** Matches names that the tool runs; the first group is the number. */
  readonly pattern: RegExp;
  /** How a name looks, for messages. */
  readonly example: string;
  /** What makes two numbers one: dbmate compares text, goose values. */
  readonly keyOf: (number: string) => string;
}

/** @throws {SquizzleError} `SOURCE_INVALID` for SQL files that the tool would not run, and for a number used twice. */
export function numberedFiles(listing: FolderListing, names: NumberedNames): readonly NumberedFile[] {
  const entries = scriptsOf(listing).map((file) => parseName(file, names));
  return [...indexFiles(entries, ({ number }) => names.keyOf(number), 'number').values()];
}

function parseName(file: ListedFile, { tool, pattern, example }: NumberedNames): NumberedFile {
  if (file.path.includes('/'))
    throw refuse(file.origin, `lies in a subfolder, which ${tool} does not read; move it up`);
  const number = pattern.exec(file.path)?.[1];
  if (number === undefined)
    throw refuse(file.origin, `is not named ${example}, so ${tool} would not run it; rename it`);
  return { file, number };
}

/** By value, however long. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}
