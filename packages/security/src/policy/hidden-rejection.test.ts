/** What somebody can do to a rejection who may push to the store and holds no key. */
import { createMemoryContentStore } from '@squizzle/core/testing';
import { MEDIA_TYPES, type Digest } from '@squizzle/oci-spec';
import { expect, it } from 'vitest';
import { attest, createParty, policyOf, publish, signRelease, type MemoryStore } from '../../test/policy-world.ts';
import { approval } from '../statements/approval.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { createPolicyVerifier } from './create-policy-verifier.ts';

const [ci, dba] = ['ci', 'dba'].map(createParty) as [Party, Party];
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
type Party = ReturnType<typeof createParty>;

const policyRead = policyOf(
  `apiVersion: squizzle.dev/trust/v1
principals: {ci: {key: {pem: keys/ci.pub}}, dba: {key: {pem: keys/dba.pub}}}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [ci]}
      attestations: [{type: "${PREDICATE_TYPES.approval}", by: [dba], notExpired: true}]
  - environments: [staging]
    require: {signature: {anyOf: [ci]}}
limits: {referrers: 8}
`,
  [ci, dba],
);

/** As the store lists what somebody has pushed; what lies beyond the limit is never asked for. */
const flooded = (store: MemoryStore, count: number): MemoryStore => ({
  ...store,
  async *referrers(subject, options) {
    yield* store.referrers(subject, options);
    for (let index = 0; index < count; index++) {
      const digest = `sha256:${(0xff00 + index).toString(16).padStart(64, 'f')}` as Digest;
      yield { mediaType: MEDIA_TYPES.ociManifest, digest, size: 2, artifactType: BUNDLE };
    }
  },
});

it.each([
  { junk: 6, environment: 'production', code: undefined, why: 'all is looked at' },
  { junk: 7, environment: 'production', code: 'ATTESTATION_REFUSED', why: 'a rejection may lie beyond the limit' },
  { junk: 7, environment: 'staging', code: undefined, why: 'nobody is asked to approve' },
])('a flood of $junk beside 2 that count, for $environment: $code ($why)', async ({ junk, environment, code }) => {
  const store = createMemoryContentStore();
  const release = await publish(store, '1.0.0');
  await signRelease(release, ci, store);
  const said = { environment, reason: 'reviewed', decidedAt: '2026-06-01T00:00:00Z', expires: '2026-07-01T00:00:00Z' };
  await attest(release, dba, PREDICATE_TYPES.approval, approval({ ...said, decision: 'approve' }), store);
  const now = () => new Date('2026-06-02T00:00:00Z');
  const verifier = createPolicyVerifier({ policy: await policyRead, environment, now });
  const outcome = await verifier.verify({ ...release, store: flooded(store, junk) }).catch((cause: unknown) => cause);
  if (code === undefined) expect(outcome).toMatchObject({ signer: { ci: `key sha256:${ci.fingerprint}` } });
  else {
    expect(outcome).toMatchObject({ code });
    expect(String(outcome)).toMatch(/a rejection may be hidden in .*: delete there what nobody needs, or raise limits/);
  }
});
