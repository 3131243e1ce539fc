/**
 * SLSA provenance v1 of a build that no CI system describes: all of it is the word of whoever signs.
 *
 * @see https://slsa.dev/spec/v1.0/provenance
 * @module
 */
import { requireOrder, requireText, requireTime } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

export const GENERIC_BUILD_TYPE = 'https://squizzle.dev/buildtypes/release/v1';

export interface GenericBuild {
  /** URI of what built: a machine, a service. */
  readonly builderId: string;
  /** URL of the repository, without credentials. */
  readonly source: string;
  /** The git commit. */
  readonly commit: string;
  /** A full git ref, `refs/heads/main`. */
  readonly ref?: string;
  /** RFC 3339. */
  readonly startedOn: string;
  readonly finishedOn: string;
  /** Tells this run from others of the same builder. */
  readonly invocationId?: string;
}

/**
 * @throws {RangeError} for an empty text, what is no time, an end before the beginning, or a source with credentials.
 */
export function genericProvenance(input: GenericBuild): Predicate {
  const { builderId, source, commit, ref, invocationId } = input;
  const startedOn = requireTime('startedOn', input.startedOn);
  const finishedOn = requireTime('finishedOn', input.finishedOn);
  requireOrder(['startedOn', startedOn], ['finishedOn', finishedOn]);
  requireNoCredentials(source);
  const uri = `git+${requireText('source', source)}${ref === undefined ? '' : `@${requireText('ref', ref)}`}`;
  return {
    buildDefinition: {
      buildType: GENERIC_BUILD_TYPE,
      externalParameters: { source, ...(ref === undefined ? {} : { ref }) },
      resolvedDependencies: [{ uri, digest: { gitCommit: requireText('commit', commit) } }],
    },
    runDetails: {
      builder: { id: requireText('builderId', builderId) },
      metadata: {
        ...(invocationId === undefined ? {} : { invocationId: requireText('invocationId', invocationId) }),
        startedOn,
        finishedOn,
      },
    },
  };
}

/** The message does not repeat the URL: a password is in it. `ssh://git@…` names no secret. */
function requireNoCredentials(source: string): void {
  if (!URL.canParse(source)) return;
  const { protocol, username, password } = new URL(source);
  if (password === '' && (username === '' || protocol === 'ssh:')) return;
  throw new RangeError('source must be a URL without credentials: everybody can read a provenance');
}
