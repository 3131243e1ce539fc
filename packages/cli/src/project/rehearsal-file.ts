/**
 * What `squizzle rehearse --json` wrote, as an attestation says it.
 *
 * @module
 */
import { SquizzleError, type PulledArtifact, type Rehearsal } from '@squizzle/core';
import type { Predicate } from '@squizzle/security';
import type { OpenSigner } from './open-signer.ts';

/** @throws {SquizzleError} `USAGE_INVALID` for a rehearsal of another release, and for what is none. */
export function reportOfFile(
  said: Predicate,
  file: string,
  { root, manifest }: PulledArtifact,
  { tools }: Pick<OpenSigner, 'tools'>,
): Predicate {
  const { digest, startedAt, finishedAt } = said;
  if (!isRehearsal(said) || typeof startedAt !== 'string' || typeof finishedAt !== 'string') {
    throw refuse(`${file} is not what 'squizzle rehearse --json' writes`);
  }
  if (digest !== root.digest)
    throw refuse(`${file} is about another release than ${manifest.version} (${root.digest})`);
  return tools.rehearsalReport({ rehearsal: said, startedAt, finishedAt });
}

/** As far as the attestation has it. */
function isRehearsal(said: object): said is Omit<Rehearsal, 'statements'> {
  const { from, to, server, schemaDigest, rollback, again } = said as Partial<Record<string, unknown>>;
  return (
    (from === null || typeof from === 'string') &&
    [to, server, schemaDigest].every((each) => typeof each === 'string') &&
    typeof rollback === 'object' &&
    rollback !== null &&
    'missing' in rollback &&
    (rollback.missing === null || typeof rollback.missing === 'string') &&
    'differences' in rollback &&
    isList(rollback.differences) &&
    isList(again)
  );
}

const isList = (value: unknown): boolean => value === null || Array.isArray(value);

function refuse(message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument: '--predicate' });
}
