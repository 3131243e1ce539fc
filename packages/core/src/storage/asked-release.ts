/**
 * Whether a release is the one that was asked for.
 *
 * Whoever may push to a registry may point any tag at anything: what a release is stands in its own manifest, under its
 * digest, never in the name that it was found by.
 *
 * @module
 */
import type { Descriptor, Digest, Tag } from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { movingTagHolds, type Version } from '../model/version.ts';

/** What must be true of a release to be the one that a selector means. A digest, `latest` and tags of one's own demand nothing. */
export interface AskedRelease {
  /** How it was asked for, as messages say it: `1.2.0`, `^1.2`, `commit 4f2a9c1`. */
  readonly selector: string;
  /** What the store is asked for. */
  readonly name: Tag | Digest;
  readonly version?: Version;
  /** The moving tag whose line it must belong to. */
  readonly line?: Tag;
  /** How its commit begins. */
  readonly revision?: string;
}

export interface FoundRelease {
  readonly root: Descriptor;
  /** `undefined`: it is no release. */
  readonly version: Version | undefined;
  readonly revision: string | null;
}

/**
 * @param place the store, as messages name it.
 * @throws {SquizzleError} `TAG_MOVED` saying what was asked for and what is there.
 */
export function refuseOtherRelease(asked: AskedRelease, found: FoundRelease, place: string): void {
  if (isAsked(asked, found)) return;
  const { selector, name, version } = asked;
  const { digest } = found.root;
  const actual = describeFound(asked, found);
  const message = [
    `${selector} was asked for, but the tag ${name} of ${place} names ${actual} (${digest})`,
    'nothing was done with it. Find out who moved that tag before you trust the place; a release can be asked for by its digest, which no tag changes',
  ].join('; ');
  const details = { tag: name, expected: version ?? selector, actual: found.version ?? digest };
  throw new SquizzleError('TAG_MOVED', message, details);
}

function isAsked({ version, line, revision }: AskedRelease, found: FoundRelease): boolean {
  if (version !== undefined && found.version !== version) return false;
  if (line !== undefined && (found.version === undefined || !movingTagHolds(line, found.version))) return false;
  return revision === undefined || found.revision?.startsWith(revision) === true;
}

function describeFound({ revision: asked }: AskedRelease, { version, revision }: FoundRelease): string {
  if (version === undefined) return 'what is no release';
  if (asked === undefined) return `release ${version}`;
  return `release ${version} of ${revision === null ? 'no commit' : `commit ${revision}`}`;
}
