import { describe, expect, it } from 'vitest';
import { createParty, policyOf } from '../../test/policy-world.ts';
import { thrownBy } from '../../test/told-by.ts';
import { createStatement } from '../statements/create-statement.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { TrustedSigner } from '../verification/trusted-signer.ts';
import { requirePolicyDigest, signTrustPolicy, verifyPolicySignature } from './policy-signature.ts';

const officer = createParty('officer');
const mallory = createParty('mallory');
const trusted: TrustedSigner = { kind: 'key', publicKey: officer.publicKey };
const options = {
  root: null,
  thresholds: { logEntries: 0, timestamps: 0, scts: 0 },
  now: new Date('2026-06-01T00:00:00Z'),
};

const policyFor = async (environment: string) =>
  policyOf(`
apiVersion: squizzle.dev/trust/v1
expires: 2027-06-30
rules:
  - {environments: [${environment}], unsigned: {allowed: true, reason: r}}
`);

describe('verifyPolicySignature', () => {
  it('says who signed the policy', async () => {
    const policy = await policyFor('test');
    const { json } = await signTrustPolicy(policy, officer.signer);
    const verified = verifyPolicySignature(policy, json, trusted, options);
    expect(verified.signer).toEqual({ kind: 'key', fingerprint: officer.fingerprint });
    expect(verified.statement).toMatchObject({
      subject: [{ name: 'squizzle.trust.yaml', digest: { sha256: policy.digest.slice(7) } }],
      predicateType: PREDICATE_TYPES.trustPolicy,
      predicate: { expires: '2027-06-30T23:59:59.999Z' },
    });
  });

  it('refuses a policy that was edited after it was signed', async () => {
    const { json } = await signTrustPolicy(await policyFor('test'), officer.signer);
    const loosened = await policyFor('production');
    const thrown = await thrownBy(() => verifyPolicySignature(loosened, json, trusted, options));
    expect(thrown).toMatchObject({ code: 'POLICY_CHANGED', details: { actual: loosened.digest } });
    expect(thrown.message).toContain('ARTIFACT_MISMATCH: ');
  });

  it('refuses a signature of somebody else', async () => {
    const policy = await policyFor('test');
    const { json } = await signTrustPolicy(policy, mallory.signer);
    expect(() => verifyPolicySignature(policy, json, trusted, options)).toThrow(
      expect.objectContaining({ code: 'POLICY_CHANGED' }),
    );
  });

  it('refuses a statement about the policy that is no signature of it', async () => {
    const policy = await policyFor('test');
    const statement = createStatement(policy, PREDICATE_TYPES.signature, {});
    const { json } = await officer.signer.sign(statement);
    expect(() => verifyPolicySignature(policy, json, trusted, options)).toThrow(/is no signature of a policy/);
  });

  it('refuses what is no bundle', async () => {
    const policy = await policyFor('test');
    const thrown = await thrownBy(() => verifyPolicySignature(policy, '{}', trusted, options));
    expect(thrown).toMatchObject({ code: 'POLICY_CHANGED', cause: { code: 'BUNDLE_INVALID' } });
  });
});

describe('requirePolicyDigest', () => {
  it('is content with the pinned policy alone', async () => {
    const [policy, other] = [await policyFor('test'), await policyFor('production')];
    expect(() => requirePolicyDigest(policy, policy.digest)).not.toThrow();
    const thrown = await thrownBy(() => requirePolicyDigest(other, policy.digest));
    expect(thrown).toMatchObject({
      code: 'POLICY_CHANGED',
      details: { expected: policy.digest, actual: other.digest },
    });
  });
});
