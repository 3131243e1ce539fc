/** Policies over identities, with real bundles of a whole Sigstore on this machine: certificate, log, timestamp. */
import { createHash } from 'node:crypto';
import { signArtifact, type PulledArtifact } from '@squizzle/core';
import { createMemoryContentStore } from '@squizzle/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  emailClaims,
  githubClaims,
  startLocalSigstore,
  type LocalSigstore,
} from '../../test/local-sigstore/local-sigstore.ts';
import { publish, type MemoryStore } from '../../test/policy-world.ts';
import { createSigner } from '../attachments/create-signer.ts';
import { SIGSTORE_AUDIENCE } from '../keyless/identity-token.ts';
import { claimsOfToken } from '../keyless/token-claims.ts';
import { createKeylessStatementSigner } from '../signing/keyless-statement-signer.ts';
import { approval } from '../statements/approval.ts';
import { createSignatureStatement, createStatement } from '../statements/create-statement.ts';
import { githubProvenance } from '../statements/github-provenance.ts';
import { PREDICATE_TYPES, type Predicate } from '../statements/statement.ts';
import { createPolicyVerifier } from './create-policy-verifier.ts';
import type { Decision } from './decision.ts';
import { parseTrustPolicy } from './parse-trust-policy.ts';

const SAN = 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main';

let sigstore: LocalSigstore;
let release: PulledArtifact;

beforeAll(async () => {
  sigstore = await startLocalSigstore();
  release = await publish(createMemoryContentStore(), '1.0.0');
});

afterAll(async () => sigstore.close());

const policyText = (): string => `
apiVersion: squizzle.dev/trust/v1
expires: 2099-01-01
roots:
  corp: {trustedRoot: {file: root.json, sha256: ${createHash('sha256').update(sigstore.trustedRootJson).digest('hex')}}}
principals:
  ci: {keyless: {root: corp, issuer: "${sigstore.url}", san: {exact: "${SAN}"}, claims: {sourceRepositoryId: "42"}}}
  dba: {keyless: {root: corp, issuer: "${sigstore.url}", san: {exact: anna@acme.test}}}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [ci]}
      attestations:
        - {type: "${PREDICATE_TYPES.provenance}", by: [ci], where: {buildDefinition.externalParameters.workflow.repository: "https://github.com/acme/db"}, maxAge: 1h}
        - {type: "${PREDICATE_TYPES.approval}", by: [dba], distinctFrom: signature, where: {environment: $env, decision: approve}, notExpired: true}
`;

type Claims = ReturnType<typeof githubClaims>;

async function tokenOf(claims: Claims): Promise<string> {
  sigstore.setClaims(claims);
  return sigstore.mint(SIGSTORE_AUDIENCE);
}

async function attach(
  store: MemoryStore,
  claims: Claims,
  type: string,
  predicate: (claims: Readonly<Record<string, unknown>>) => Predicate,
) {
  const token = await tokenOf(claims);
  const signer = createKeylessStatementSigner({
    instance: sigstore.instance(2),
    identity: { description: 'test', token: async () => token },
    trustedRoot: null,
  });
  const statement = createSigner(signer, (subject) =>
    type === PREDICATE_TYPES.signature
      ? createSignatureStatement(subject)
      : createStatement(subject, type, predicate(claimsOfToken(token).all)),
  );
  await signArtifact(release, statement, store);
}

const nothing = (): Predicate => ({});
const sign = async (store: MemoryStore, claims: Claims) => attach(store, claims, PREDICATE_TYPES.signature, nothing);
const approve = async (store: MemoryStore, claims: Claims) =>
  attach(store, claims, PREDICATE_TYPES.approval, () =>
    approval({
      environment: 'production',
      decision: 'approve',
      reason: 'reviewed',
      expires: '2099-01-01T00:00:00Z',
      decidedAt: '2026-01-01T00:00:00Z',
    }),
  );
const provenance = async (store: MemoryStore, claims: Claims, changes: Readonly<Record<string, unknown>> = {}) =>
  attach(store, claims, PREDICATE_TYPES.provenance, (all) => githubProvenance({ claims: { ...all, ...changes } }));

async function decide(prepare: (store: MemoryStore) => Promise<void>, now = new Date()) {
  const store = createMemoryContentStore();
  await prepare(store);
  const decisions: Decision[] = [];
  const policy = await parseTrustPolicy(policyText(), {
    file: 'squizzle.trust.yaml',
    readFile: async () => Buffer.from(sigstore.trustedRootJson),
  });
  const verifier = createPolicyVerifier({
    policy,
    environment: 'production',
    now: () => now,
    onDecision: (decision) => decisions.push(decision),
  });
  const outcome = await verifier.verify({ ...release, store }).catch((cause: unknown) => cause);
  return { outcome, explanation: JSON.stringify(decisions) };
}

const ci = githubClaims();
const anna = emailClaims('anna@acme.test');

describe('a policy over identities', () => {
  it('allows what CI built and signed, and a person approved', async () => {
    const { outcome } = await decide(async (store) => {
      await sign(store, ci);
      await provenance(store, ci);
      await approve(store, anna);
    });
    expect(outcome).toMatchObject({
      signer: { ci: `${SAN} (${sigstore.url})` },
      attestations: [`${PREDICATE_TYPES.provenance} by ci`, `${PREDICATE_TYPES.approval} by dba`],
    });
  });

  it.each([
    {
      what: 'another workflow of the repository',
      claims: githubClaims({ workflow: 'pr.yml' }),
      says: '/pr.yml@refs/heads/main',
    },
    { what: 'another branch', claims: githubClaims({ ref: 'refs/heads/evil' }), says: '@refs/heads/evil' },
    { what: 'a repository that took the name', claims: githubClaims({ repositoryId: '43' }), says: SAN },
    { what: 'a person', claims: emailClaims('mallory@acme.test'), says: 'mallory@acme.test' },
  ])('refuses a signature of $what, and says whose it is', async ({ claims, says }) => {
    const { outcome, explanation } = await decide(async (store) => sign(store, claims));
    expect(outcome).toMatchObject({ code: 'SIGNATURE_REFUSED' });
    expect(explanation).toContain('SIGNER_UNKNOWN');
    expect(explanation).toContain(says);
  });

  it('refuses a provenance that a job of the right identity made up', async () => {
    const { outcome } = await decide(async (store) => {
      await sign(store, ci);
      await provenance(store, ci, { sha: 'b'.repeat(40) });
      await approve(store, anna);
    });
    expect(outcome).toMatchObject({ code: 'ATTESTATION_REFUSED' });
    expect(String(outcome)).toContain(
      `it says '${'b'.repeat(40)}' at buildDefinition.resolvedDependencies[0], and its certificate '${'a'.repeat(40)}'`,
    );
  });

  it('refuses a provenance that is too old, by the time that the log or authority vouches for', async () => {
    const later = new Date(Date.now() + 2 * 3_600_000);
    const { outcome } = await decide(async (store) => {
      await sign(store, ci);
      await provenance(store, ci);
      await approve(store, anna);
    }, later);
    expect(outcome).toMatchObject({ code: 'ATTESTATION_EXPIRED' });
  });

  it('refuses an approval of who signed', async () => {
    const { outcome } = await decide(async (store) => {
      await sign(store, ci);
      await provenance(store, ci);
      await approve(store, ci);
    });
    expect(outcome).toMatchObject({ code: 'ATTESTATION_REFUSED' });
  });

  it('refuses signatures of another Sigstore', async () => {
    await using other = await startLocalSigstore();
    const token = await other.mint(SIGSTORE_AUDIENCE);
    const signer = createKeylessStatementSigner({
      instance: other.instance(2),
      identity: { description: 'test', token: async () => token },
      trustedRoot: null,
    });
    const { outcome, explanation } = await decide(async (store) => {
      await signArtifact(release, createSigner(signer, createSignatureStatement), store);
    });
    expect(outcome).toMatchObject({ code: 'SIGNATURE_REFUSED' });
    expect(explanation).toContain('CERTIFICATE_INVALID');
  });
});
