/**
 * A release past the policy of its environment: what comes before every plan.
 *
 * @module
 */
import {
  isSquizzleError,
  SquizzleError,
  verifyArtifact,
  type PulledArtifact,
  type VerifiedArtifact,
} from '@squizzle/core';
import type { Project } from './project.ts';

/** @throws {SquizzleError} `POLICY_MISSING` with the lines to write; `SIGNATURE_MISSING`. */
export async function verifyRelease(pulled: PulledArtifact, project: Project): Promise<VerifiedArtifact> {
  const { name, policy } = project.target();
  try {
    return await verifyArtifact(pulled, policy);
  } catch (cause) {
    if (!isSquizzleError(cause, 'POLICY_MISSING')) throw cause;
    throw policyMissing(name, project.loaded.name, cause);
  }
}

function policyMissing(environment: string, file: string, cause: Error): SquizzleError<'POLICY_MISSING'> {
  const message = [
    `the environment '${environment}' says nothing about who must have signed a release; nothing is run on trust.`,
    `To do without signatures, say so and why, in ${file}:`,
    '',
    'environments:',
    `  ${environment}:`,
    '    trust:',
    '      unsigned:',
    '        allowed: true',
    "        reason: 'write here why'",
  ].join('\n');
  return new SquizzleError('POLICY_MISSING', message, { environment }, { cause });
}
