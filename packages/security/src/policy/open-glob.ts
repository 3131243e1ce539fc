/**
 * Globs of names in certificates that strangers can fit: everybody may have a repository at a host, and a mail address.
 *
 * @module
 */

/** Whole before the first star: protocol, host, and two parts of the path. */
const FIXED_PLACE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/*]+\/[^/*]+\/[^/*]+\//;

/** Whole behind the last `@`. */
const FIXED_DOMAIN = /@[^@*]+$/;

/** Why the glob is refused; `undefined` for one that says whose the name is. */
export function findOpenGlob(glob: string): string | undefined {
  if (!glob.includes('*')) return undefined;
  if (/^(?:https?:\/\/)?[*/@.]*$/.test(glob)) {
    return `'${glob}' is everybody whom the issuer knows: name the host and the repository, or the mail domain`;
  }
  if (glob.includes('://')) {
    if (FIXED_PLACE.test(glob)) return undefined;
    return `'${glob}' may be strangers: name the host, the owner and the repository before the first '*', as https://github.com/acme/db/…`;
  }
  if (FIXED_DOMAIN.test(glob)) return undefined;
  return `'${glob}' may be strangers: name the mail domain behind the '@', without '*'`;
}
