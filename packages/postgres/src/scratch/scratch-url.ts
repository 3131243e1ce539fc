/**
 * The connection string of another database of the same server, all else in it being kept letter by letter.
 *
 * @module
 */

/** Scheme and authority, the path, the rest. A password's own `/`, `?` or `#` is percent-encoded. */
const PARTS = /^(\w+:\/\/[^/?#]*)(?:\/[^?#]*)?([?#].*)?$/s;

/** @param connectionString one that a driver takes. @param database a name of letters, digits and underscores. */
export function withDatabase(connectionString: string, database: string): string {
  return connectionString.replace(PARTS, (_, server: string, rest: string | undefined) => {
    return `${server}/${database}${rest ?? ''}`;
  });
}
