import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PulledArtifact, VerifiedArtifact } from '../model/artifact.ts';
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

  it('is the only way to something that can be planned', () => {
    expectTypeOf<PulledArtifact>().not.toExtend<VerifiedArtifact>();
    expectTypeOf<Parameters<typeof planMigration>[0]>().toEqualTypeOf<VerifiedArtifact>();
  });
});
