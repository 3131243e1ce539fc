/**
 * What to do next about a denial of the trust policy: who has to say what, and with which command.
 *
 * @module
 */
import type { Decision, TrustPolicyDocument } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import { attestationTypes, isMade } from './attestation.ts';

type Demand = TrustPolicyDocument['rules'][number]['demand'];
type SignedDemand = Extract<Demand, { kind: 'signed' }>;
type Requirement = SignedDemand['attestations'][number];

export interface Denied {
  readonly decision: Decision;
  /** Of the release. */
  readonly version: string;
  readonly policy: Pick<TrustPolicyDocument, 'rules'>;
  readonly tools: Pick<SecurityTools, 'PREDICATE_TYPES'>;
}

/** One line; `undefined` where the denial says all there is to say. */
export function adviseOnDenial(denied: Denied): string | undefined {
  const { decision, version, policy } = denied;
  const demand = decision.rule === null ? undefined : policy.rules[decision.rule.index]?.demand;
  if (demand?.kind !== 'signed') return undefined;
  // In the order of the rule: the signature, its attestations, then what nobody can attest.
  const unmet = decision.requirements.findIndex(({ met }) => !met);
  if (unmet === 0) return `to go on: 'squizzle sign ${version}', by ${partiesOf(demand.signature)}`;
  const requirement = demand.attestations[unmet - 1];
  if (requirement !== undefined) return `to go on: ${adviseOnAttestation(requirement, denied)}`;
  if (decision.denial?.code !== 'ATTESTATION_REFUSED') return undefined;
  return `to go on: whoever rejected it may think again: ${approveCommand(denied)}`;
}

function adviseOnAttestation(requirement: Requirement, denied: Denied): string {
  const { type, distinctFromSignature } = requirement;
  const { approval } = denied.tools.PREDICATE_TYPES;
  const who = `by ${partiesOf({ anyOf: requirement.by, min: requirement.min })}`;
  const others = distinctFromSignature ? ', and not by who signed' : '';
  return `${type === approval ? approveCommand(denied) : attestCommand(type, denied)}, ${who}${others}`;
}

function approveCommand({ decision: { environment }, version }: Denied): string {
  return `'squizzle approve ${version} --env ${environment} --reason "…"'`;
}

function attestCommand(type: string, { version, tools }: Denied): string {
  const name = Object.entries(attestationTypes(tools)).find(([, each]) => each === type)?.[0] ?? type;
  return `'squizzle attest ${version} --type ${name}${isMade(name) ? '' : ' --predicate …'}'`;
}

function partiesOf({ anyOf, min }: SignedDemand['signature']): string {
  return anyOf.length === 1 ? anyOf.join('') : `${min} of ${anyOf.join(', ')}`;
}
