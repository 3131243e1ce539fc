/**
 * A policy that says something in every place, with the keys it names.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { TrustPolicyDocument } from '../src/policy/trust-policy.ts';
import { BUILTIN_ROOTS } from '../src/trusted-root/builtin-trusted-root.ts';
import { createParty, policyOf } from './policy-world.ts';

export const ci = createParty('ci');
export const hsm = createParty('hsm');
/** Of the root that the policy pins. */
export const [pin = ''] = BUILTIN_ROOTS['sigstore-public-good'];

export const POLICY = `apiVersion: squizzle.dev/trust/v1
expires: 2027-06-30T00:00:00Z
roots:
  public: {trustedRoot: {builtin: sigstore-public-good, sha256: ${pin}}}
  plain: {}
principals:
  gh:
    keyless:
      root: public
      issuer: https://token.actions.githubusercontent.com
      san: {exact: "https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main"}
      claims: {sourceRepositoryId: "42"}
  ci: {key: {pem: keys/ci.pub, from: 2026-01-01, until: 2027-01-31}}
  hsm: {key: {pem: keys/hsm.pub, sha256: ${hsm.fingerprint}}, root: plain}
rules:
  - environments: [production, "prod-*"]
    require:
      signature: {anyOf: [gh, ci], min: 2}
      attestations:
        - {type: "https://slsa.dev/provenance/v1", by: [gh], where: {buildDefinition.buildType: "https://*", passed: true, runs: 3}, maxAge: 7d}
        - {type: "https://squizzle.dev/attestations/approval/v1", by: [hsm], distinctFrom: signature, where: {environment: $env}, notExpired: true}
    antiRollback: {versions: increasing, chain: required}
  - environments: [test]
    unsigned: {allowed: true, reason: " laptops "}
limits: {bundleBytes: 65536, tlogEntries: 4}
`;

/** @throws {SquizzleError} `POLICY_INVALID`, `TRUST_ROOT_INVALID` */
export async function readSample(text: string = POLICY): Promise<TrustPolicyDocument> {
  return policyOf(text, [ci, hsm]);
}

/** What the error says, of a policy that is refused. */
export async function faultsOf(text: string): Promise<string> {
  const outcome = await readSample(text).catch((cause: unknown) => cause);
  if (isSquizzleError(outcome)) return outcome.message;
  throw new RangeError('the policy was taken', { cause: outcome });
}
