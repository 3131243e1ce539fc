/**
 * Decisions for tests of policies: bundles as if they had been verified, over a policy of one rule or two.
 *
 * @module
 */
import { digestOf, type Digest } from '@squizzle/oci-spec';
import { evaluatePolicy } from '../src/policy/evaluate-policy.ts';
import type { JudgedBundle, PolicyInput, ReleaseFacts } from '../src/policy/policy-input.ts';
import type { TrustPolicyDocument } from '../src/policy/trust-policy.ts';
import { PREDICATE_TYPES, type Predicate } from '../src/statements/statement.ts';
import type { SignerEvidence } from '../src/verification/verified-bundle.ts';
import { createParty, policyOf, versionOf } from './policy-world.ts';

const parties = ['ci', 'dba', 'hsm'].map(createParty);
const NOW = new Date('2026-06-01T12:00:00Z');
export const digest = (text: string): Digest => digestOf(Buffer.from(text));
export const release = (version: string, content = version): ReleaseFacts => ({
  version: versionOf(version),
  digest: digest(content),
});

const read = new Map<string, Promise<TrustPolicyDocument>>();

/** Each policy is read once: reading takes longer than deciding. */
export async function policyWith(rule: string, before = ''): Promise<TrustPolicyDocument> {
  const text = `${before}\n${rule}`;
  const known = read.get(text) ?? parse(rule, before);
  read.set(text, known);
  return known;
}

const parse = async (rule: string, before: string): Promise<TrustPolicyDocument> =>
  policyOf(
    `apiVersion: squizzle.dev/trust/v1
${before}
principals:
  ci: {key: {pem: keys/ci.pub}}
  dba: {key: {pem: keys/dba.pub}}
  hsm: {key: {pem: keys/hsm.pub}}
rules:
${rule}`,
    parties,
  );

export const keyOf = (name: string): SignerEvidence => ({ kind: 'key', fingerprint: digest(name).slice(7) });
export const at = (text: string): Date => new Date(text);

export interface BundleDraft {
  readonly by: string | readonly string[];
  readonly type?: string | null;
  readonly predicate?: Predicate;
  readonly signer?: SignerEvidence;
  readonly times?: readonly Date[];
}

let count = 0;

export function bundle({
  by,
  type = PREDICATE_TYPES.signature,
  predicate = {},
  signer,
  times = [],
}: BundleDraft): JudgedBundle {
  const principals = [by].flat();
  const statement =
    type === null ? null : { _type: 'https://in-toto.io/Statement/v1', subject: [], predicateType: type, predicate };
  return {
    source: `referrer ${count++}`,
    principals,
    verified: { signer: signer ?? keyOf(principals[0] ?? ''), statement, times },
  };
}

export const approvalOf = (by: string, differences: Predicate = {}, times: readonly Date[] = []): JudgedBundle =>
  bundle({
    by,
    type: PREDICATE_TYPES.approval,
    predicate: { environment: 'production', decision: 'approve', expires: '2026-07-01T00:00:00Z', ...differences },
    times,
  });

/** About 1.1.0 after 1.0.0, for production, without a database. */
export async function decide(rule: string, differences: Partial<PolicyInput> = {}) {
  const own = release('1.1.0');
  return evaluatePolicy({
    policy: await policyWith(rule),
    environment: 'production',
    artifact: { ...own, chain: [release('1.0.0'), own] },
    bundles: [],
    refused: [],
    applied: null,
    now: NOW,
    ...differences,
  });
}

export const SIGNED = '  - {environments: [production], require: {signature: {anyOf: [ci]}}}';
export const attested = (fields: string): string =>
  `  - {environments: [production], require: {signature: {anyOf: [ci]}, attestations: [{${fields}}]}}`;
export const APPROVED = attested(
  `type: "${PREDICATE_TYPES.approval}", by: [dba], distinctFrom: signature, where: {environment: $env, decision: approve}, notExpired: true`,
);
