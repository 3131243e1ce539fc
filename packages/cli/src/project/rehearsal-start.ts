/**
 * The release at which a rehearsal begins.
 *
 * @module
 */
import { currentVersion, SquizzleError, type History, type VerifiedArtifact, type Version } from '@squizzle/core';

const EMPTY = 'empty';

/**
 * @param named a version of the chain, or `empty`; `undefined`: what the database is at.
 * @param history of that database; left out where a version is named.
 * @returns `null` for an empty database.
 * @throws {SquizzleError} `VERSION_INVALID` for what the release does not descend from.
 */
export function findStart(
  { releases, manifest }: VerifiedArtifact,
  named: string | undefined,
  history: History | undefined,
): Version | null {
  if (named === EMPTY) return null;
  const current = history === undefined ? null : currentVersion(history);
  const from = named === undefined ? current : named.replace(/^v/, '');
  if (from === null) return null;
  // A database that has the release already rehearses the way from the release before.
  if (from === manifest.version) return releases.at(-2)?.version ?? null;
  const found = releases.find(({ version }) => version === from);
  if (found !== undefined) return found.version;
  const known = releases.map(({ version }) => version).join(', ');
  const message = `${manifest.version} does not descend from ${from}; --base takes a release of its chain (${known}) or '${EMPTY}'`;
  throw new SquizzleError('VERSION_INVALID', message, { version: from });
}
