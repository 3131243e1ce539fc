/**
 * What a program that we start gets to see: everything but our own settings and what is a password by its name.
 *
 * @module
 */

export type Variables = Readonly<Record<string, string | undefined>>;

/** `SQUIZZLE_KEY_PASSWORD`, `COSIGN_PASSWORD`, `PGPASSWORD`, `KEY_PASSPHRASE` … */
const WITHHELD = /^SQUIZZLE_|PASSW(?:OR)?D|PASSPHRASE/i;

export function programEnvironment(env: Variables): Record<string, string> {
  const shown = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      !WITHHELD.test(entry[0]) && entry[1] !== undefined && !entry[1].includes('\0'),
  );
  return Object.fromEntries(shown);
}
