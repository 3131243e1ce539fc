/**
 * A release past the policy of its environment: what comes before every plan.
 *
 * @module
 */
import {
  isSquizzleError,
  SquizzleError,
  verifyArtifact,
  type History,
  type PulledArtifact,
  type VerifiedArtifact,
} from '@squizzle/core';
import type { Decision } from '@squizzle/security';
import type { ReleaseStore } from '../adapters.ts';
import { configInvalid } from '../config/config-problem.ts';
import { TRUST_FILE } from '../config/trust-file.ts';
import { storesWith } from './attach-statement.ts';
import { adviseOnDenial } from './denial-advice.ts';
import type { FindOptions } from './find-release.ts';
import type { Project } from './project.ts';
import type { Trust } from './trust.ts';

export interface Verdict {
  readonly verified: VerifiedArtifact;
  /** Every signature and requirement with what it came to; empty where the environment itself says what it demands. */
  readonly explanation: readonly string[];
}

export interface GateOptions extends FindOptions {
  /** Of the database that the release is meant for: without it a replayed release is not noticed. */
  readonly history?: History | undefined;
}

/**
 * @throws {SquizzleError} `POLICY_MISSING` with the lines to write; `SIGNATURE_MISSING`, and what the trust policy denies
 *   with; `CONFIG_INVALID` for two policies; `USAGE_INVALID` where a pin asks for an environment that is said; what the
 *   stores throw.
 */
export async function judgeRelease(
  pulled: PulledArtifact,
  project: Project,
  options: GateOptions = {},
): Promise<Verdict> {
  const trust = await project.trust();
  return trust === null ? judgeByEnvironment(pulled, project) : judgeByPolicy(pulled, project, trust, options);
}

/** As {@link judgeRelease}, for those who need no reasons. */
export async function verifyRelease(
  pulled: PulledArtifact,
  project: Project,
  options: GateOptions = {},
): Promise<VerifiedArtifact> {
  return (await judgeRelease(pulled, project, options)).verified;
}

/** Where there is no trust policy. */
async function judgeByEnvironment(pulled: PulledArtifact, { loaded, target, signal }: Project): Promise<Verdict> {
  const { name, policy } = target();
  try {
    return { verified: await verifyArtifact(pulled, policy, { signal }), explanation: [] };
  } catch (cause) {
    throw isSquizzleError(cause, 'POLICY_MISSING') ? policyMissing(name, loaded.name, cause) : cause;
  }
}

async function judgeByPolicy(
  pulled: PulledArtifact,
  project: Project,
  trust: Trust,
  { history, from }: GateOptions,
): Promise<Verdict> {
  const { policy, tools } = trust;
  const { name: environment, policy: own } = project.target();
  if (own !== undefined) await refuseTwo(environment, policy.file, project);
  requireSaid(project, trust);
  const decisions: Decision[] = [];
  const verifier = tools.createPolicyVerifier({
    policy,
    environment,
    now: project.environment.now,
    onDecision: (decision) => void decisions.push(decision),
    alsoLookIn: async (artifact) => (from === undefined ? findOthers(artifact, project) : []),
  });
  try {
    const verified = await verifyArtifact(pulled, { verifier }, { signal: project.signal, history });
    return { verified, explanation: decisions.flatMap((decision) => tools.explainDecision(decision)) };
  } catch (cause) {
    const [decision] = decisions;
    const { version } = pulled.manifest;
    const advice = decision === undefined ? undefined : adviseOnDenial({ decision, version, policy, tools });
    if (advice === undefined || !isSquizzleError(cause)) throw cause;
    throw new SquizzleError(cause.code, `${cause.message}\n${advice}`, cause.details, { cause: cause.cause });
  }
}

/**
 * The project's other store, where it has the very release: approvals and rejections are attached there, long after the
 * release was pulled. One that cannot be reached is an error: it is not known who said no.
 */
async function findOthers(artifact: PulledArtifact, project: Project): Promise<readonly ReleaseStore[]> {
  const stores = await storesWith(artifact, project);
  return stores.filter((store) => store !== artifact.store);
}

/**
 * A pin from outside says which policy, and the environment says which rule of it: whoever can change the repository alone
 * must not choose that one, either.
 *
 * @throws {SquizzleError} `USAGE_INVALID`
 */
function requireSaid(project: Project, { pins }: Trust): void {
  const { name, isSaid } = project.target();
  const pin = pins.find(({ isOutside }) => isOutside);
  if (isSaid || pin === undefined) return;
  const message = `which environment is it? ${pin.by} pins the trust policy, and the environment chooses its rule: name it with --env or SQUIZZLE_ENV, so that ${project.loaded.name} cannot choose ('${name}' is its choice)`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: '--env' });
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
