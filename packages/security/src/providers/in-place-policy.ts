/**
 * The policy of a provider: one of these may have signed, whatever the environment. It has no document, so no digest.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { Verifier } from '@squizzle/core';
import { createPolicyVerifier } from '../policy/create-policy-verifier.ts';
import { DEFAULT_LIMITS } from '../policy/read-policy.ts';
import type { PolicyRoot, Principal, TrustPolicyDocument } from '../policy/trust-policy.ts';
import type { TrustedSigner } from '../verification/trusted-signer.ts';

export interface InPlacePolicy {
  readonly root: PolicyRoot;
  /** By a name that the ledger keeps. */
  readonly signers: ReadonlyMap<string, TrustedSigner>;
  readonly now: () => Date;
}

export function createInPlaceVerifier({ root, signers, now }: InPlacePolicy): Verifier {
  const verifier = createPolicyVerifier({ policy: toDocument(root, signers), environment: 'any', now });
  return {
    verify: async (artifact, context) => ({ ...(await verifier.verify(artifact, context)), policyDigest: null }),
  };
}

function toDocument(root: PolicyRoot, signers: ReadonlyMap<string, TrustedSigner>): TrustPolicyDocument {
  const principals = new Map<string, Principal>();
  for (const [name, signer] of signers) principals.set(name, { name, root, signer });
  return {
    file: 'the provider',
    digest: NO_DOCUMENT,
    expires: null,
    roots: new Map([[root.name, root]]),
    principals,
    rules: [{ environments: ['*'], demand: demandOf([...signers.keys()]) }],
    limits: DEFAULT_LIMITS,
  };
}

function demandOf(anyOf: readonly string[]): TrustPolicyDocument['rules'][number]['demand'] {
  return {
    kind: 'signed',
    signature: { anyOf, min: 1 },
    attestations: [],
    antiRollback: { increasing: false, chain: false },
  };
}

/** Never handed out: `createInPlaceVerifier` leaves it away. */
const NO_DOCUMENT = `sha256:${'0'.repeat(64)}` as Digest;
