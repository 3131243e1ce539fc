/**
 * Comments above the sections of a file belong to both ways. For limits that is meant; what must be true before the way
 * forth is seldom true before the way back, and would stop it.
 *
 * @module
 */
import { refuse } from '../folder-listing.ts';

const CHECK = /^[ \t]*--[ \t]*squizzle:.*[ \t]check[ \t]*"/i;

/** @throws {SquizzleError} `SOURCE_INVALID` for a `check` directive above the sections of a file that has both. */
export function refuseHeaderCheck(lines: readonly string[], origin: string, upMark: string, downMark: string): void {
  const at = lines.findIndex((line) => CHECK.test(line));
  if (at === -1) return;
  const reason = `this check would stop the way back as well; move it behind '${upMark}', or behind '${downMark}' if that is meant`;
  throw refuse(origin, reason, at + 1);
}
