import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { PulledArtifact } from '@squizzle/core';
import { createMemoryContentStore } from '@squizzle/core/testing';
import { beforeAll, expect, it, vi } from 'vitest';
import { attest, createParty, policyOf, publish, signRelease, type MemoryStore } from '../../test/policy-world.ts';
import { writeCosignSignature } from '../attachments/write-cosign-signature.ts';
import { approval } from '../statements/approval.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { createPolicyVerifier } from './create-policy-verifier.ts';
import type { Decision } from './decision.ts';

const [ci, dba] = [createParty('ci'), createParty('dba')];
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const taggedKey = {
  description: 'a key',
  publicKey: async () => createPublicKey(privateKey),
  sign: async (bytes: Uint8Array) => sign('sha256', bytes, privateKey),
};
const tagged = {
  ...createParty('tagged'),
  pem: createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString(),
};
const NOW = new Date('2026-06-01T12:00:00Z');

const policyRead = policyOf(
  `
apiVersion: squizzle.dev/trust/v1
principals:
  ci: {key: {pem: keys/ci.pub}}
  dba: {key: {pem: keys/dba.pub}}
  tagged: {key: {pem: keys/tagged.pub}}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [ci]}
      attestations:
        - {type: ${PREDICATE_TYPES.approval}, by: [dba], distinctFrom: signature, where: {environment: $env, decision: approve}, notExpired: true}
  - environments: [staging]
    require: {signature: {anyOf: [ci]}}
  - environments: [vault]
    require: {signature: {anyOf: [ci, tagged], min: 2}}
  - environments: [open]
    unsigned: {allowed: true, reason: laptops}
`,
  [ci, dba, tagged],
);

let published: PulledArtifact;

beforeAll(async () => {
  published = await publish(createMemoryContentStore(), '1.0.0');
});

interface World {
  readonly artifact: PulledArtifact;
  readonly own: MemoryStore;
  readonly remote: MemoryStore;
}

function createWorld(): World {
  const own = createMemoryContentStore('own');
  return { artifact: { ...published, store: own }, own, remote: createMemoryContentStore('remote') };
}

/** `at`: the hour of the day, as a later word of the same party counts more. */
async function say(decision: 'approve' | 'reject', at: number, { artifact }: World, store: MemoryStore): Promise<void> {
  const decidedAt = new Date(Date.UTC(2026, 5, 1, at)).toISOString();
  const said = { environment: 'production', decision, reason: 'because', expires: '2026-07-01T00:00:00Z', decidedAt };
  await attest(artifact, dba, PREDICATE_TYPES.approval, approval(said), store);
}

async function verify({ artifact, remote }: World, environment: string) {
  const alsoLookIn = vi.fn<() => Promise<MemoryStore[]>>(async () => [remote]);
  const decisions: Decision[] = [];
  const onDecision = (decision: Decision): void => void decisions.push(decision);
  const policy = await policyRead;
  const verifier = createPolicyVerifier({ policy, environment, now: () => NOW, onDecision, alsoLookIn });
  const outcome: unknown = await verifier.verify(artifact).catch((cause: unknown) => cause);
  const [decision, ...more] = decisions;
  expect(more).toEqual([]); // one decision, over all of it
  return { outcome, decision, alsoLookIn };
}

it('hears a rejection that is in the other store alone, though the own one has all that is asked for', async () => {
  const world = createWorld();
  await signRelease(world.artifact, ci, world.own);
  await say('approve', 1, world, world.own);
  await say('reject', 2, world, world.remote);
  const { outcome, decision } = await verify(world, 'production');
  expect(outcome).toMatchObject({ code: 'ATTESTATION_REFUSED' });
  expect(decision?.requirements.at(-1)?.reason).toMatch(/dba rejected it .* in memory remote/);
});

it('hears a newer approval in the other store, after a rejection in the own one', async () => {
  const world = createWorld();
  await signRelease(world.artifact, ci, world.own);
  await say('reject', 1, world, world.own);
  await say('approve', 2, world, world.remote);
  expect((await verify(world, 'production')).outcome).toMatchObject({ signer: { ci: expect.any(String) as unknown } });
});

it('adds up what is here and what is there, and the same document counts once', async () => {
  const world = createWorld();
  await signRelease(world.artifact, ci, world.own);
  await say('approve', 1, world, world.remote);
  await signRelease(world.artifact, ci, world.remote); // another document: ECDSA
  const { outcome, decision } = await verify(world, 'production');
  expect(outcome).toMatchObject({ attestations: [`${PREDICATE_TYPES.approval} by dba`] });
  expect(decision?.bundles).toHaveLength(3);
  const twice = await verify({ ...world, artifact: { ...world.artifact, store: world.remote } }, 'production');
  expect(twice.decision?.bundles).toHaveLength(2);
});

it("reads cosign's tags of both stores, which share a name and name different lists", async () => {
  const world = createWorld();
  const subject = world.artifact.root;
  const reference = 'ghcr.io/acme/db:v1.0.0';
  const nobody = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const nobodysKey = {
    description: 'nobody',
    publicKey: async () => createPublicKey(nobody),
    sign: async (bytes: Uint8Array) => sign('sha256', bytes, nobody),
  };
  await signRelease(world.artifact, ci, world.own);
  await writeCosignSignature({ subject, reference, signer: nobodysKey, store: world.own });
  await writeCosignSignature({ subject, reference, signer: taggedKey, store: world.remote });
  const { outcome } = await verify(world, 'vault');
  expect(outcome).toMatchObject({
    signer: { ci: expect.any(String) as unknown, tagged: expect.any(String) as unknown },
  });
});

it('asks for other stores where that may change the decision, and nowhere else', async () => {
  const world = createWorld();
  await signRelease(world.artifact, ci, world.own);
  expect((await verify(world, 'staging')).alsoLookIn).not.toHaveBeenCalled();
  expect((await verify(world, 'open')).alsoLookIn).not.toHaveBeenCalled();
  expect((await verify(world, 'nowhere')).alsoLookIn).not.toHaveBeenCalled();
  expect((await verify(world, 'production')).alsoLookIn).toHaveBeenCalledOnce();
  const unsigned = createWorld();
  await signRelease(unsigned.artifact, ci, unsigned.remote);
  const { outcome, alsoLookIn } = await verify(unsigned, 'staging');
  expect(outcome).toMatchObject({ signer: { ci: expect.any(String) as unknown } });
  expect(alsoLookIn).toHaveBeenCalledOnce();
});

it('lets through that another store cannot be reached: that is no silence', async () => {
  const { artifact } = createWorld();
  const alsoLookIn = () => Promise.reject(new RangeError('the wire was cut'));
  const policy = await policyRead;
  const verifier = createPolicyVerifier({ policy, environment: 'production', now: () => NOW, alsoLookIn });
  await expect(verifier.verify(artifact)).rejects.toThrow('the wire was cut');
});
