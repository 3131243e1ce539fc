/**
 * Faults of an archive as `ARCHIVE_INVALID`: which member, what is wrong with it, what to do.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** Ends reading: `entry` is the member at fault, `null` where it is the archive itself. */
export type Refuse = (entry: string | null, reason: string, options?: ErrorOptions) => never;

/** Characters of a hostile name that a message repeats. */
const SHOWN_LENGTH = 200;

/** @param path how people know the archive: the file, the image's layer. */
export function refuserOf(path: string): Refuse {
  return (entry, reason, options) => {
    const shown = entry === null ? null : entry.slice(0, SHOWN_LENGTH);
    const where = shown === null ? path : `${path}: ${JSON.stringify(shown)}`;
    const message = `${where} ${reason}; get the archive again from whoever made it`;
    throw new SquizzleError('ARCHIVE_INVALID', message, { path, entry: shown, reason }, options);
  };
}
