import { createMemoryContentStore } from '@squizzle/core/testing';
import type { Descriptor } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { withPoint } from '../../test/key-forms.ts';
import {
  attest,
  createParty,
  policyOf,
  publish,
  signRelease,
  type MemoryStore,
  type Party,
} from '../../test/policy-world.ts';
import { createSignatureStatement } from '../statements/create-statement.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { createPolicyVerifier } from './create-policy-verifier.ts';
import { judgeBundle } from './judge-bundle.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const [ci, dba, mallory] = ['ci', 'dba', 'mallory'].map(createParty) as [Party, Party, Party];
const sha256 = 'ab'.repeat(32);

const policyFor = async (parties: readonly Party[], signature = 'anyOf: [ci]') =>
  policyOf(
    `apiVersion: squizzle.dev/trust/v1
principals:
${parties.map(({ name }) => `  ${name}: {key: {pem: keys/${name}.pub}}`).join('\n')}
rules:
  - environments: [production]
    require: {signature: {${signature}}}
`,
    parties,
  );

const APPROVED = `apiVersion: squizzle.dev/trust/v1
principals:
  ci: {key: {pem: keys/ci.pub}}
  dba: {key: {pem: keys/dba.pub}}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [ci]}
      attestations: [{type: ${PREDICATE_TYPES.approval}, by: [dba], where: {environment: $env, decision: approve}}]
limits: {referrers: 2}
`;

interface BundleJson {
  readonly verificationMaterial: { readonly publicKey: { hint: string } };
  readonly dsseEnvelope: { payload: string };
}

/** A signature of the party, changed in some way. */
async function bundleOf(party: Party, change: (bundle: BundleJson) => void = () => undefined) {
  const { json } = await party.signer.sign(createSignatureStatement({ digest: `sha256:${sha256}` as never }));
  const bundle = JSON.parse(json) as BundleJson;
  change(bundle);
  return { source: 'the test', json: JSON.stringify(bundle), subject: { sha256 }, cosignPayload: null };
}

const withHint =
  (hint: string) =>
  ({ verificationMaterial: { publicKey } }: BundleJson): void => {
    publicKey.hint = hint;
  };
const withOther = ({ dsseEnvelope }: BundleJson): void => {
  dsseEnvelope.payload = Buffer.from('{}').toString('base64');
};

describe('whose bundle it is', () => {
  it.each([
    { hint: undefined, why: 'the hint is that of the key' },
    { hint: '', why: 'there is no hint' },
    { hint: 'my-release-key', why: 'another tool has hints of its own' },
    { hint: Buffer.from(ci.fingerprint, 'hex').toString('base64'), why: 'the hint is that of another principal' },
  ])('is found by the signature: $why', async ({ hint }) => {
    const found = await bundleOf(dba, hint === undefined ? undefined : withHint(hint));
    expect(await judgeBundle(found, await policyFor([ci, dba]), NOW)).toMatchObject({
      kind: 'judged',
      bundles: [{ principals: ['dba'], verified: { signer: { fingerprint: dba.fingerprint } } }],
    });
  });

  it.each([
    { party: mallory, change: undefined, code: 'SIGNER_UNKNOWN', why: 'it is of a key that the policy does not name' },
    { party: mallory, change: withHint(''), code: 'SIGNER_UNKNOWN', why: 'and does not say so' },
    { party: dba, change: withOther, code: 'SIGNATURE_INVALID', why: 'its key is known, and it was changed' },
  ])('is told as $code where $why', async ({ party, change, code }) => {
    const judged = await judgeBundle(await bundleOf(party, change), await policyFor([ci, dba]), NOW);
    expect(judged).toMatchObject({ kind: 'refused', bundle: { source: 'the test', code } });
  });
});

it('one key written in two ways is one party: no policy takes it for two', async () => {
  const again: Party = { ...ci, name: 'again', pem: withPoint(ci.publicKey, 'compressed') };
  const reading = policyFor([ci, again], 'anyOf: [ci, again], min: 2');
  await expect(reading).rejects.toMatchObject({
    code: 'POLICY_INVALID',
    message: expect.stringContaining("has the same key as 'ci'") as string,
  });
});

describe('a flood of bundles', () => {
  const MANY = 8;
  /** Large, and of nobody: every key of the policy is tried. */
  const junk = () =>
    bundleOf(mallory, (bundle) => {
      withHint('')(bundle);
      bundle.dsseEnvelope.payload = Buffer.alloc(700_000, 32).toString('base64');
    });
  const policy = policyFor([ci, ...Array.from({ length: MANY - 1 }, (_, at) => createParty(`k${at}`))]);

  it('lets others have their turn before each key', async () => {
    const [found, read] = [await junk(), await policy];
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    try {
      await judgeBundle(found, read, NOW);
    } finally {
      clearImmediate(next);
    }
    expect(turns).toBeGreaterThanOrEqual(MANY);
  });

  it('that may hide a rejection denies where an approval is asked for', async () => {
    const store = createMemoryContentStore();
    const release = await publish(store, '1.0.0');
    const approval = (decision: string) => ({ environment: 'production', decision, reason: 'looked at' });
    const asking = await policyOf(APPROVED, [ci, dba]);
    const verifier = createPolicyVerifier({ policy: asking, environment: 'production', now: () => NOW });
    await signRelease(release, ci, store);
    await attest(release, dba, PREDICATE_TYPES.approval, approval('approve'), store);
    await expect(verifier.verify(release)).resolves.toMatchObject({ signer: { ci: expect.any(String) as string } });
    const listed: Descriptor[] = [];
    for await (const referrer of store.referrers(release.root)) listed.push(referrer);
    await attest(release, dba, PREDICATE_TYPES.approval, approval('reject'), store);
    const flooded: MemoryStore = {
      ...store,
      async *referrers(subject) {
        yield* listed;
        yield* store.referrers(subject);
      },
    };
    await expect(verifier.verify({ ...release, store: flooded })).rejects.toMatchObject({
      code: 'ATTESTATION_REFUSED',
    });
  });

  it('ends when it is told to, with the reason of the signal', async () => {
    const store = createMemoryContentStore();
    const release = await publish(store, '1.0.0');
    await signRelease(release, ci, store);
    const verifier = createPolicyVerifier({ policy: await policy, environment: 'production', now: () => NOW });
    const stop = new AbortController();
    setImmediate(() => stop.abort(new RangeError('enough')));
    await expect(verifier.verify(release, { signal: stop.signal })).rejects.toThrow('enough');
  });
});
