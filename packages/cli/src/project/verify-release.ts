/**
 * A release past the policy of its environment: what comes before every plan.
 *
 * @module
 */
import {
  isSquizzleError,
  pullDescriptor,
  SquizzleError,
  verifyArtifact,
  type History,
  type PulledArtifact,
  type TrustPolicy,
  type VerifiedArtifact,
} from '@squizzle/core';
import { configInvalid } from '../config/config-problem.ts';
import { TRUST_FILE } from '../config/trust-file.ts';
import type { Project } from './project.ts';

export interface Verdict {
  readonly verified: VerifiedArtifact;
  /** Every signature and requirement with what it came to; empty where the environment itself says what it demands. */
  readonly explanation: readonly string[];
}

/**
 * @param history of the database that the release is meant for, where there is one: without it a replayed release is not
 *   noticed.
 * @throws {SquizzleError} `POLICY_MISSING` with the lines to write; `SIGNATURE_MISSING`, and what the trust policy denies
 *   with; `CONFIG_INVALID` for two policies.
 */
export async function judgeRelease(pulled: PulledArtifact, project: Project, history?: History): Promise<Verdict> {
  const { name } = project.target();
  const explanation: string[] = [];
  const policy = await findPolicy(project, explanation);
  const context = { signal: project.signal, history };
  try {
    return { verified: await verifyArtifact(pulled, policy, context), explanation };
  } catch (cause) {
    if (isSquizzleError(cause, 'POLICY_MISSING')) throw policyMissing(name, project.loaded.name, cause);
    const shared =
      policy !== undefined && 'verifier' in policy && isLacking(cause) ? await findShared(pulled, project) : undefined;
    if (shared === undefined) throw cause;
    return { verified: await verifyArtifact(shared, policy, context), explanation };
  }
}

/** What somebody may have said since the release was pulled. */
function isLacking(cause: unknown): boolean {
  return LACKING.some((code) => isSquizzleError(cause, code));
}

const LACKING = ['SIGNATURE_MISSING', 'SIGNATURE_REFUSED', 'ATTESTATION_MISSING', 'ATTESTATION_EXPIRED'] as const;

/**
 * The same release as the remote store has it, where the one at hand is the own store's: approvals are attached there,
 * long after the release was pulled. A remote store that cannot be reached says nothing.
 */
async function findShared({ root, store }: PulledArtifact, project: Project): Promise<PulledArtifact | undefined> {
  if (store !== (await project.store())) return undefined;
  try {
    const remote = await project.findRemote();
    return remote === undefined ? undefined : await pullDescriptor(root, remote, { signal: project.signal });
  } catch (cause) {
    if (!isSquizzleError(cause) || cause.code === 'CANCELLED') throw cause;
    return undefined;
  }
}

/** As {@link judgeRelease}, for those who need no reasons. */
export async function verifyRelease(
  pulled: PulledArtifact,
  project: Project,
  history?: History,
): Promise<VerifiedArtifact> {
  return (await judgeRelease(pulled, project, history)).verified;
}

async function findPolicy(project: Project, explanation: string[]): Promise<TrustPolicy | undefined> {
  const { name: environment, policy: own } = project.target();
  const trust = await project.trust();
  if (trust === null) return own;
  if (own !== undefined) await refuseTwo(environment, trust.policy.file, project);
  const { createPolicyVerifier, explainDecision } = trust.tools;
  const onDecision = (decision: Parameters<typeof explainDecision>[0]): void => {
    explanation.splice(0, Infinity, ...explainDecision(decision));
  };
  return {
    verifier: createPolicyVerifier({ policy: trust.policy, environment, now: project.environment.now, onDecision }),
  };
}

/** @throws {SquizzleError} `CONFIG_INVALID` at the lines of the environment. */
async function refuseTwo(environment: string, policy: string, { loaded }: Project): Promise<never> {
  const { twoPolicies } = await import('../config/parse-config.ts');
  const problems = twoPolicies(loaded.config, policy, loaded.file);
  const key = `environments.${environment}.`;
  throw configInvalid(
    loaded.name,
    problems.filter((problem) => problem.key?.startsWith(key) === true),
  );
}

function policyMissing(environment: string, file: string, cause: Error): SquizzleError<'POLICY_MISSING'> {
  const message = [
    `the environment '${environment}' says nothing about who must have signed a release; nothing is run on trust.`,
    `Who must have signed stands in ${TRUST_FILE} beside ${file}: docs/trust-policy.md.`,
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
