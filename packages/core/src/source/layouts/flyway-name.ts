/**
 * Flyway's names: `V1.2__add_users.sql`, `U1.2__add_users.sql`, `R__views.sql`, and its versions.
 *
 * @see https://documentation.red-gate.com/fd/migrations-271585107.html
 * @module
 */
import { refuse, type ListedFile } from '../folder-listing.ts';
import { fileName } from './script-files.ts';

export type FlywayName =
  | { readonly kind: 'versioned' | 'undo'; readonly version: FlywayVersion }
  | { readonly kind: 'repeatable'; readonly description: string };

/** Parts by value, without zeros at the end: `1`, `1.0` and `1_0` are one version. */
export type FlywayVersion = readonly bigint[];

const VERSIONED = /^([VUB])(\d+(?:[._]\d+)*)__(.+)\.sql$/;
const REPEATABLE = /^R__(.+)\.sql$/;
/** What Flyway takes for a migration, in SQL or not, or for the settings of one. */
const CLAIMED = /^(?:[VUB]\d[\d._]*__|R__)/;
const CALLBACK = /^(?:before|after|create)[A-Z]\w*\.sql$/;

/** Whether the file's name is one that Flyway looks for. */
export function isFlywayName(path: string): boolean {
  return CLAIMED.test(fileName(path)) && path.endsWith('.sql');
}

/**
 * @returns `undefined` for files that Flyway does not look at either.
 * @throws {SquizzleError} `SOURCE_INVALID` for what Flyway would treat in a way that a release cannot keep.
 */
export function parseFlywayName(file: ListedFile): FlywayName | undefined {
  const name = fileName(file.path);
  const [, prefix, version = ''] = VERSIONED.exec(name) ?? [];
  if (prefix === 'B')
    throw refuse(
      file.origin,
      'is a baseline, which Flyway runs on empty databases in place of older migrations; a release runs the same everywhere: take it out, and keep the migrations it stands for',
    );
  if (prefix !== undefined)
    return { kind: prefix === 'U' ? 'undo' : 'versioned', version: parseFlywayVersion(version) };
  const description = REPEATABLE.exec(name)?.[1];
  if (description !== undefined) return { kind: 'repeatable', description };
  const fault = faultOf(name);
  if (fault !== undefined) throw refuse(file.origin, fault);
  return undefined;
}

function faultOf(name: string): string | undefined {
  if (CLAIMED.test(name) && name.endsWith('.sql.conf'))
    return "holds settings of a script, which SQUIZZLE does not read; take it out, and write '-- squizzle: transaction=off' into the script where it said executeInTransaction=false";
  if (CLAIMED.test(name) && !name.endsWith('.sql'))
    return 'is a migration in another language; a release holds SQL alone: write it as SQL';
  if (CALLBACK.test(name) || /^(?:before|after)[A-Z]\w*__/.test(name))
    return 'is a callback, which Flyway runs around migrations and SQUIZZLE does not; put its SQL into a migration';
  if (!name.endsWith('.sql')) return undefined;
  return 'is not named V<version>__<description>.sql, U<version>__… or R__<description>.sql, so Flyway would pass it over; rename it';
}

export function parseFlywayVersion(text: string): FlywayVersion {
  const parts = text.split(/[._]/).map(BigInt);
  while (parts.length > 1 && parts.at(-1) === 0n) parts.pop();
  return parts;
}

/** Part by part, by value; a missing part counts as zero. */
export function compareFlywayVersions(a: FlywayVersion, b: FlywayVersion): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? 0n, b[at] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
