import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Verification, Verifier } from '../contracts/verifier.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { PulledArtifact, VerifiedArtifact } from '../model/artifact.ts';
import { EMPTY_HISTORY } from '../model/history.ts';
import { publishChain } from '../testing/shop.ts';
import type { planMigration } from './plan.ts';
import { verifyArtifact, type TrustPolicy } from './verify.ts';

describe('verifyArtifact', () => {
  it.each<{ policy: TrustPolicy | undefined; code: string; why: string }>([
    { policy: undefined, code: 'POLICY_MISSING', why: 'an environment that says nothing permits nothing' },
    { policy: { unsigned: { allowed: false } }, code: 'SIGNATURE_MISSING', why: 'unsigned releases are not allowed' },
    {
      policy: { unsigned: { allowed: true, reason: '  ' } },
      code: 'POLICY_MISSING',
      why: 'an exception needs a reason',
    },
  ])('refuses with $code: $why', async ({ policy, code }) => {
    const pulled = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } });
    await expect(verifyArtifact(pulled, policy)).rejects.toMatchObject({ code });
  });

  it('records the reason for which an unsigned release was let through', async () => {
    const pulled = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } });
    const verified = await verifyArtifact(pulled, { unsigned: { allowed: true, reason: 'a laptop' } });
    expect(verified).toMatchObject({ signer: null, unsignedReason: 'a laptop' });
  });

  it('records what the verifier established, and hands it the history of the database', async () => {
    const pulled = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } });
    const established: Verification = {
      signer: { ci: 'https://ci.test/release.yml' },
      unsignedReason: null,
      policyDigest: digestOf(Uint8Array.of(1)),
      attestations: ['https://slsa.dev/provenance/v1 by ci'],
    };
    const asked: unknown[] = [];
    const verifier: Verifier = {
      verify: async (...given) => {
        asked.push(...given);
        return established;
      },
    };
    const context = { history: EMPTY_HISTORY, signal: new AbortController().signal };
    expect(await verifyArtifact(pulled, { verifier }, context)).toMatchObject(established);
    expect(asked).toEqual([pulled, context]);
  });

  it('throws what the verifier throws: there is no verified artifact then', async () => {
    const pulled = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } });
    const denial = new SquizzleError('SIGNATURE_REFUSED', 'said by the test', {
      digest: pulled.root.digest,
      environment: 'production',
      explanation: [],
    });
    const verifier: Verifier = { verify: async () => Promise.reject(denial) };
    await expect(verifyArtifact(pulled, { verifier })).rejects.toBe(denial);
  });

  it('is the only way to something that can be planned', () => {
    expectTypeOf<PulledArtifact>().not.toExtend<VerifiedArtifact>();
    expectTypeOf<Parameters<typeof planMigration>[0]>().toEqualTypeOf<VerifiedArtifact>();
  });
});
