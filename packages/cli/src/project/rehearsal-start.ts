/**
 * The release at which a rehearsal begins.
 *
 * @module
 */
import { currentVersion, SquizzleError, type VerifiedArtifact, type Version } from '@squizzle/core';
import type { Project } from './project.ts';

const EMPTY = 'empty';

/**
 * @param named a version of the chain, or `empty`; `undefined`: what the environment's database is at.
 * @returns `null` for an empty database.
 * @throws {SquizzleError} `VERSION_INVALID` for what the release does not descend from; what reading the ledger throws.
 */
export async function findStart(
  { releases, manifest }: VerifiedArtifact,
  named: string | undefined,
  project: Project,
): Promise<Version | null> {
  if (named === EMPTY) return null;
  const from = named === undefined ? await currentOf(project) : named.replace(/^v/, '');
  if (from === null) return null;
  // A database that has the release already rehearses the way from the release before.
  if (from === manifest.version) return releases.at(-2)?.version ?? null;
  const found = releases.find(({ version }) => version === from);
  if (found !== undefined) return found.version;
  const known = releases.map(({ version }) => version).join(', ');
  const message = `${manifest.version} does not descend from ${from}; --base takes a release of its chain (${known}) or '${EMPTY}'`;
  throw new SquizzleError('VERSION_INVALID', message, { version: from });
}

async function currentOf(project: Project): Promise<Version | null> {
  const driver = await project.driver();
  return currentVersion(await driver.readHistory({ signal: project.signal }));
}
