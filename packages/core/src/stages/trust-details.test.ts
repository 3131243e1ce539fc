import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { Verification } from '../contracts/verifier.ts';
import { publishChain, UNSIGNED } from '../testing/shop.ts';
import { trustDetails } from './trust-details.ts';
import { verifyArtifact } from './verify.ts';

const policyDigest = digestOf(Uint8Array.of(1));
const NOTHING: Verification = { signer: null, unsignedReason: null, policyDigest: null, attestations: [] };

describe('trustDetails', () => {
  it.each<{ verification: Partial<Verification>; details: object; why: string }>([
    { verification: {}, details: {}, why: 'what is not there is left out, so old entries and new hash alike' },
    {
      verification: { signer: { ci: 'https://ci.test' }, policyDigest },
      details: { policyDigest },
      why: 'the signers have a column of their own',
    },
    {
      verification: { policyDigest, attestations: ['https://slsa.dev/provenance/v1 by ci'] },
      details: { policyDigest, attestations: ['https://slsa.dev/provenance/v1 by ci'] },
      why: 'what was asked for and found can be audited later',
    },
  ])('keeps $details: $why', async ({ verification, details }) => {
    const pulled = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } });
    const verifier = { verify: async () => ({ ...NOTHING, ...verification }) };
    expect(trustDetails(await verifyArtifact(pulled, { verifier }))).toEqual(details);
  });

  it('keeps the reason for which nobody had to sign', async () => {
    const pulled = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } });
    expect(trustDetails(await verifyArtifact(pulled, UNSIGNED))).toEqual({ unsignedReason: 'a test' });
  });
});
