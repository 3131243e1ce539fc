import { describe, expect, it } from 'vitest';
import { APPROVED, approvalOf, bundle, decide, digest } from '../../test/policy-cases.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { SignerEvidence } from '../verification/verified-bundle.ts';
import { explainDecision } from './explain-decision.ts';

describe('explainDecision', () => {
  it('lists every bundle and every requirement with its reason', async () => {
    const bundles = [
      { ...bundle({ by: 'ci' }), source: 'referrer a' },
      { ...approvalOf('hsm'), source: 'referrer b' },
      { ...bundle({ by: 'hsm', type: 'https://example.test/x' }), source: 'referrer c' },
    ];
    const refused = [{ source: 'referrer d', code: 'SIGNATURE_INVALID', reason: 'it does not fit' }];
    const decision = await decide(APPROVED, { bundles, refused });
    expect(explainDecision(decision)).toEqual([
      `artifact ${digest('1.1.0')}`,
      'environment production: rule 1 (production)',
      `policy ${decision.policyDigest}`,
      `counted: referrer a: ${PREDICATE_TYPES.signature} by ci, key ${digest('ci')}: counts as a signature of ci`,
      `unused: referrer b: ${PREDICATE_TYPES.approval} by hsm, key ${digest('hsm')}: it is of hsm, and dba may make it`,
      `unused: referrer c: https://example.test/x by hsm, key ${digest('hsm')}: the rule does not ask for it`,
      'refused: referrer d: SIGNATURE_INVALID: it does not fit',
      'met: a signature of ci: by ci',
      `not met: an attestation ${PREDICATE_TYPES.approval} by dba, not by who signed: 0 of 1 (1 verified); referrer b: it is of hsm, and dba may make it`,
      `denied, ATTESTATION_REFUSED: ${decision.denial?.message ?? ''}`,
    ]);
  });

  it('keeps what strangers wrote on one line and away from the terminal', async () => {
    const san = 'a\nb\u001B[2J\u202Ec';
    const signer: SignerEvidence = { kind: 'keyless', issuer: 'i', san, claims: {} };
    const hostile = approvalOf('dba', { environment: 'x\ny\u001B]0;z' });
    const refused = [{ source: 's', code: 'SIGNER_UNKNOWN', reason: `it is of ${san}${'x'.repeat(10_000)}` }];
    const decision = await decide(APPROVED, { bundles: [bundle({ by: 'ci', signer }), hostile], refused });
    const text = explainDecision(decision).join('');
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\n\u001B\u202E]/);
    expect(text.length).toBeLessThan(3000);
  });
});
