/**
 * Compares what releases require with what the server has, before anything runs.
 *
 * @module
 */
import semverCoerce from 'semver/functions/coerce.js';
import semverSatisfies from 'semver/functions/satisfies.js';
import type { ServerFacts } from '../contracts/database-driver.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { PlannedRelease } from '../model/plan.ts';

/** @throws {SquizzleError} `REQUIREMENT_UNMET` naming the release, what it requires and what was found. */
export function checkRequirements(releases: readonly PlannedRelease[], server: ServerFacts): void {
  for (const { version, manifest } of releases) {
    const { postgres, extensions } = manifest.requires;
    if (postgres !== null && !satisfies(server.version, postgres)) {
      throw unmet(`${version} requires PostgreSQL ${postgres}`, `the server is ${server.version}`);
    }
    const lacking = extensions.find((name) => !server.extensions.includes(name));
    if (lacking !== undefined)
      throw unmet(
        `${version} requires the extension ${lacking}`,
        'the server does not offer it: install it there first',
      );
  }
}

function satisfies(server: string, range: string): boolean {
  const version = semverCoerce(server);
  return version !== null && semverSatisfies(version, range);
}

function unmet(requirement: string, found: string): SquizzleError<'REQUIREMENT_UNMET'> {
  return new SquizzleError('REQUIREMENT_UNMET', `${requirement}; ${found}`, { requirement, found });
}
