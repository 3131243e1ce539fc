/**
 * golang-migrate: `<number>_<title>.up.sql` and `<number>_<title>.down.sql`, by number; the title means nothing.
 *
 * Stricter than the plain layout, which reads the same files: a number is used once, and every file is of a pair.
 *
 * @see https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md
 * @module
 */
import { refuse, type ListedFile } from '../folder-listing.ts';
import type { Layout } from './layout.ts';
import { compareNumbers } from './numbered-name.ts';
import { indexFiles, isScript, scriptsOf, SQL, toMigration } from './script-files.ts';

const NAME = /^(\d+)_([^/]*)\.(up|down)\.sql$/;

interface PairFile {
  readonly file: ListedFile;
  /** Without leading zeros. */
  readonly number: string;
  readonly direction: 'up' | 'down';
}

export const golangMigrateLayout = {
  name: 'golang-migrate',
  detect: async ({ files }) => {
    const scripts = files.filter(isScript);
    return scripts.length > 0 && scripts.every((file) => NAME.test(file.path));
  },
  arrange: async (listing) => {
    const entries = scriptsOf(listing).map(parseName);
    const ofDirection = (direction: 'up' | 'down'): ReadonlyMap<string, PairFile> =>
      indexFiles(
        entries.filter((entry) => entry.direction === direction),
        ({ number }) => number,
        'number and direction',
      );
    const [ups, downs] = [ofDirection('up'), ofDirection('down')];
    refuseOrphans(downs, ups);
    return [...ups.values()]
      .toSorted((a, b) => compareNumbers(a.number, b.number))
      .map(({ file, number }) => toMigration(stem(file) + SQL, file, downs.get(number)?.file ?? null));
  },
} as const satisfies Layout;

function parseName(file: ListedFile): PairFile {
  const [, number, , direction] = NAME.exec(file.path) ?? [];
  if (number === undefined)
    throw refuse(
      file.origin,
      'is not named <number>_<title>.up.sql or .down.sql, in the folder itself, as golang-migrate wants it',
    );
  return { file, number: BigInt(number).toString(), direction: direction === 'down' ? 'down' : 'up' };
}

function stem(file: ListedFile): string {
  return file.path.slice(0, -'.up.sql'.length);
}

function refuseOrphans(downs: ReadonlyMap<string, PairFile>, ups: ReadonlyMap<string, PairFile>): void {
  for (const [number, { file }] of downs) {
    if (!ups.has(number)) throw refuse(file.origin, `undoes nothing: there is no ${number}_….up.sql`);
  }
}
