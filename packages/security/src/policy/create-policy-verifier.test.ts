import { ERROR_CATALOG, isSquizzleError, signArtifact, type History, type PulledArtifact } from '@squizzle/core';
import { createMemoryContentStore, sealedLedger } from '@squizzle/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attest,
  createParty,
  policyOf,
  publish,
  signRelease,
  versionOf,
  type MemoryStore,
} from '../../test/policy-world.ts';
import { thrownBy } from '../../test/told-by.ts';
import { toAttachment } from '../attachments/to-attachment.ts';
import { approval } from '../statements/approval.ts';
import { createSignatureStatement } from '../statements/create-statement.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { createPolicyVerifier } from './create-policy-verifier.ts';
import type { Decision } from './decision.ts';
import { requirePolicyDigest } from './policy-signature.ts';

const [ci, dba, hsm, mallory] = ['ci', 'dba', 'hsm', 'mallory'].map(createParty) as [Party, Party, Party, Party];
type Party = ReturnType<typeof createParty>;
const PARTIES = [ci, dba, hsm];
const NOW = new Date('2026-06-01T12:00:00Z');

const POLICY = `
apiVersion: squizzle.dev/trust/v1
expires: 2027-06-30
principals:
  ci: {key: {pem: keys/ci.pub, from: 2026-01-01, until: 2026-12-31}}
  dba: {key: {pem: keys/dba.pub}}
  hsm: {key: {pem: keys/hsm.pub}}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [ci]}
      attestations:
        - type: https://squizzle.dev/attestations/approval/v1
          by: [dba]
          distinctFrom: signature
          where: {environment: $env, decision: approve}
          notExpired: true
    antiRollback: {versions: increasing, chain: required}
  - environments: [staging]
    require: {signature: {anyOf: [dba]}}
  - environments: [vault]
    require: {signature: {anyOf: [ci, dba, hsm], min: 2}}
  - environments: ["dev*"]
    unsigned: {allowed: true, reason: laptops}
`;

/** Read once: reading takes longer than deciding. */
const policyRead = policyOf(POLICY, PARTIES);

const APPROVAL = {
  environment: 'production',
  decision: 'approve',
  reason: 'reviewed',
  expires: '2026-07-01T00:00:00Z',
  decidedAt: '2026-06-01T11:00:00Z',
} as const;

interface World {
  readonly store: MemoryStore;
  readonly first: PulledArtifact;
  readonly second: PulledArtifact;
  /** Descends from neither. */
  readonly apart: PulledArtifact;
}

/** Built once: signatures alone differ, and they lie in a store of their own. */
const releases: { first?: PulledArtifact; second?: PulledArtifact; apart?: PulledArtifact } = {};

beforeAll(async () => {
  const store = createMemoryContentStore();
  releases.first = await publish(store, '1.0.0');
  releases.second = await publish(store, '1.1.0', releases.first);
  releases.apart = await publish(createMemoryContentStore(), '1.2.0');
});

function createWorld(): World {
  const store = createMemoryContentStore();
  const { first, second, apart } = releases;
  if (first === undefined || second === undefined || apart === undefined) throw new RangeError('not built yet');
  return { store, first: { ...first, store }, second: { ...second, store }, apart: { ...apart, store } };
}

async function approve(
  artifact: PulledArtifact,
  store: MemoryStore,
  differences: Partial<typeof APPROVAL> | object = {},
  by = dba,
) {
  await attest(artifact, by, PREDICATE_TYPES.approval, approval({ ...APPROVAL, ...differences }), store);
}

function historyOf(...artifacts: readonly PulledArtifact[]): History {
  const events = sealedLedger(
    ...artifacts.map(({ manifest, root }) => ({ version: manifest.version, artifactDigest: root.digest })),
  );
  return { initialized: true, events, journal: [] };
}

const keyText = ({ fingerprint }: Party): string => `key sha256:${fingerprint}`;

interface Row {
  readonly name: string;
  readonly environment?: string;
  readonly now?: Date;
  /** Leaves the artifact and the history that are asked about; without one `second` and no history. */
  prepare(world: World): Promise<{ readonly artifact?: PulledArtifact; readonly history?: History } | void>;
  readonly code: keyof typeof ERROR_CATALOG;
  /** Of the explanation, or of the message where there is none. */
  readonly explains: RegExp;
}

/** Denied, each for one reason. */
const DENIED: readonly Row[] = [
  {
    name: 'unsigned',
    prepare: async () => {},
    code: 'SIGNATURE_MISSING',
    explains: /^not met: a signature of ci: 0 of 1 \(there is none\)$/m,
  },
  {
    name: 'an attestation is no signature',
    prepare: async ({ second, store }) => approve(second, store),
    code: 'SIGNATURE_MISSING',
    explains: /^not met: a signature of ci: 0 of 1 \(there is none\)$/m,
  },
  {
    name: 'the wrong signer: a key of nobody',
    prepare: async ({ second, store }) => signRelease(second, mallory, store),
    code: 'SIGNATURE_REFUSED',
    explains: /^refused: referrer sha256:[0-9a-f]+.*: SIGNER_UNKNOWN: /m,
  },
  {
    name: 'the right signer of another environment',
    prepare: async ({ second, store }) => signRelease(second, dba, store),
    code: 'SIGNATURE_REFUSED',
    explains: /^unused: .* by dba, key sha256:[0-9a-f]{64}: it is of dba, and ci may make it$/m,
  },
  {
    name: 'the right signer, in an environment where another must sign',
    environment: 'staging',
    prepare: async ({ second, store }) => signRelease(second, ci, store),
    code: 'SIGNATURE_REFUSED',
    explains: /it is of ci, and dba may make it/,
  },
  {
    name: 'an environment without rule',
    environment: 'elsewhere',
    prepare: async ({ second, store }) => signRelease(second, ci, store),
    code: 'POLICY_DENIED',
    explains: /^environment elsewhere: no rule is for it$/m,
  },
  {
    name: 'an expired policy',
    now: new Date('2027-07-01T00:00:00Z'),
    prepare: async ({ second, store }) => signRelease(second, ci, store),
    code: 'POLICY_EXPIRED',
    explains: /squizzle\.trust\.yaml expired 2027-06-30T23:59:59\.999Z/,
  },
  {
    name: 'an expired key, and nothing proves that it signed before',
    now: new Date('2027-01-01T00:00:00Z'),
    prepare: async ({ second, store }) => signRelease(second, ci, store),
    code: 'SIGNATURE_REFUSED',
    explains:
      /^refused: .*: KEY_EXPIRED: the key is trusted from 2026-01-01T00:00:00\.000Z until 2026-12-31T23:59:59\.999Z/m,
  },
  {
    name: 'a threshold that one principal meets twice',
    environment: 'vault',
    prepare: async ({ second, store }) => {
      await signRelease(second, ci, store);
      await signRelease(second, ci, store);
    },
    code: 'SIGNATURE_REFUSED',
    explains: /^not met: a signature of 2 of ci, dba, hsm: 1 of 2 \(ci\); the same party counts once$/m,
  },
  {
    name: 'an attestation is missing',
    prepare: async ({ second, store }) => signRelease(second, ci, store),
    code: 'ATTESTATION_MISSING',
    explains: /^not met: an attestation \S+approval\/v1 by dba, not by who signed: 0 of 1 \(there is none\)$/m,
  },
  {
    name: 'an attestation is stale',
    now: new Date('2026-07-01T00:00:00Z'),
    prepare: async ({ second, store }) => {
      await signRelease(second, ci, store);
      await approve(second, store);
    },
    code: 'ATTESTATION_EXPIRED',
    explains: /it expired 2026-07-01T00:00:00\.000Z/,
  },
  {
    name: 'an attestation by the wrong party',
    prepare: async ({ second, store }) => {
      await signRelease(second, ci, store);
      await approve(second, store, {}, ci);
    },
    code: 'ATTESTATION_REFUSED',
    explains: /it is of ci, and dba may make it/,
  },
  {
    name: 'an approval for another environment',
    prepare: async ({ second, store }) => {
      await signRelease(second, ci, store);
      await approve(second, store, { environment: 'staging' });
    },
    code: 'ATTESTATION_REFUSED',
    explains: /environment is 'staging', not 'production'/,
  },
  {
    name: 'a rejection beside an approval',
    prepare: async ({ second, store }) => {
      await signRelease(second, ci, store);
      await approve(second, store);
      await approve(second, store, { decision: 'reject', reason: 'locks the orders table' });
    },
    code: 'ATTESTATION_REFUSED',
    explains:
      /^not met: no rejection: dba rejected it for production \(.*\), giving as reason 'locks the orders table'$/m,
  },
  {
    name: 'a replayed old release',
    prepare: async ({ first, second, store }) => {
      await signRelease(first, ci, store);
      await approve(first, store);
      return { artifact: first, history: historyOf(first, second) };
    },
    code: 'RELEASE_REPLAYED',
    explains: /1\.0\.0 is older than 1\.1\.0, which the database has/,
  },
  {
    name: 'a release that does not descend from the database’s',
    prepare: async ({ first, apart, store }) => {
      await signRelease(apart, ci, store);
      await approve(apart, store);
      return { artifact: apart, history: historyOf(first) };
    },
    code: 'RELEASE_REPLAYED',
    explains: /the database has 1\.0\.0, from which 1\.2\.0 does not descend/,
  },
  {
    name: 'a moved tag: the signature was copied from the artifact that was signed',
    prepare: async ({ first, second, store }) => {
      const bundle = await ci.signer.sign(createSignatureStatement(first.root));
      await signArtifact(second, { sign: async () => toAttachment(bundle) }, store);
    },
    code: 'SIGNATURE_REFUSED',
    explains: /^refused: .*: ARTIFACT_MISMATCH: /m,
  },
  {
    name: 'a moved tag: the artifact that it names was never signed',
    prepare: async ({ first, store }) => signRelease(first, ci, store),
    code: 'SIGNATURE_MISSING',
    explains: /there is none/,
  },
];

async function decide(row: Pick<Row, 'environment' | 'now' | 'prepare'>) {
  const world = createWorld();
  const { artifact = world.second, history } = (await row.prepare(world)) ?? {};
  const decisions: Decision[] = [];
  const verifier = createPolicyVerifier({
    policy: await policyRead,
    environment: row.environment ?? 'production',
    now: () => row.now ?? NOW,
    onDecision: (decision) => decisions.push(decision),
  });
  const outcome = await verifier.verify(artifact, { history }).catch((cause: unknown) => cause);
  return { outcome, decisions, artifact };
}

const verifierFor = async (environment: string, now = NOW) =>
  createPolicyVerifier({ policy: await policyRead, environment, now: () => now });

describe('createPolicyVerifier', () => {
  it.each(DENIED)('denies: $name ($code)', async (row) => {
    const { outcome, decisions, artifact } = await decide(row);
    expect(outcome).toMatchObject({ name: 'SquizzleError', code: row.code });
    expect(ERROR_CATALOG[row.code].exitCode).toBe(4);
    expect(decisions).toMatchObject([{ allowed: false, denial: { code: row.code } }]);
    if (!isSquizzleError(outcome)) return;
    expect(outcome.message).not.toContain('\n');
    if (isSquizzleError(outcome, 'POLICY_EXPIRED')) {
      expect(outcome.message).toMatch(row.explains);
      return;
    }
    const details = outcome.details as { digest: string; environment: string; explanation: readonly string[] };
    expect(details).toMatchObject({ digest: artifact.root.digest, environment: row.environment ?? 'production' });
    expect(details.explanation.join('\n')).toMatch(row.explains);
    expect(details.explanation.at(-1)).toBe(`denied, ${row.code}: ${outcome.message}`);
  });

  it('denies an edited policy file by its digest', async () => {
    const policy = await policyRead;
    const loosened = await policyOf(POLICY.replace('min: 2', 'min: 1'), PARTIES);
    const thrown = await thrownBy(() => requirePolicyDigest(loosened, policy.digest));
    expect(thrown).toMatchObject({ code: 'POLICY_CHANGED', details: { expected: policy.digest } });
    expect(ERROR_CATALOG.POLICY_CHANGED.exitCode).toBe(4);
  });

  it('allows what is signed by who must sign, and says who that was', async () => {
    const { outcome, decisions } = await decide({
      prepare: async ({ first, second, store }) => {
        await signRelease(second, ci, store);
        await signRelease(second, mallory, store);
        await approve(second, store);
        return { artifact: second, history: historyOf(first) };
      },
    });
    const policy = await policyRead;
    expect(outcome).toEqual({
      signer: { ci: keyText(ci) },
      unsignedReason: null,
      policyDigest: policy.digest,
      attestations: ['https://squizzle.dev/attestations/approval/v1 by dba'],
    });
    expect(decisions).toMatchObject([{ allowed: true, denial: null, rule: { index: 0 } }]);
  });

  it('allows two parties where two are asked for', async () => {
    const { outcome } = await decide({
      environment: 'vault',
      prepare: async ({ second, store }) => {
        await signRelease(second, ci, store);
        await signRelease(second, hsm, store);
      },
    });
    expect(outcome).toMatchObject({ signer: { ci: keyText(ci), hsm: keyText(hsm) } });
  });

  it('gives the reason where unsigned releases are allowed, and looks at no store', async () => {
    const untouchable = new Proxy({}, { get: () => expect.fail('the store was asked') }) as MemoryStore;
    const world = createWorld();
    const policy = await policyRead;
    const verifier = await verifierFor('dev-anna');
    await expect(verifier.verify({ ...world.second, store: untouchable })).resolves.toEqual({
      signer: null,
      unsignedReason: 'laptops',
      policyDigest: policy.digest,
      attestations: [],
    });
  });

  it.each([
    { environment: 'elsewhere', now: NOW, code: 'POLICY_DENIED' },
    { environment: 'production', now: new Date('2030-01-01T00:00:00Z'), code: 'POLICY_EXPIRED' },
    { environment: 'dev', now: new Date('2030-01-01T00:00:00Z'), code: 'POLICY_EXPIRED' },
  ])('says $code before it looks at the store', async ({ environment, now, code }) => {
    const untouchable = new Proxy({}, { get: () => expect.fail('the store was asked') }) as MemoryStore;
    const world = createWorld();
    const verifier = await verifierFor(environment, now);
    await expect(verifier.verify({ ...world.second, store: untouchable })).rejects.toMatchObject({ code });
  });

  it('lets through what reading the store throws: an unreachable store is no missing signature', async () => {
    const world = createWorld();
    const broken: MemoryStore = {
      ...world.store,
      // oxlint-disable-next-line require-yield
      async *referrers() {
        throw new RangeError('the wire was cut');
      },
    };
    const verifier = await verifierFor('production');
    await expect(verifier.verify({ ...world.second, store: broken })).rejects.toThrow('the wire was cut');
  });

  it('stops when the caller does', async () => {
    const { second } = createWorld();
    const verifier = await verifierFor('production');
    await expect(verifier.verify(second, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('does not let a rolled back release stand in the way', async () => {
    const { outcome } = await decide({
      prepare: async ({ first, second, store }) => {
        await signRelease(first, ci, store);
        await approve(first, store);
        const events = sealedLedger(
          { version: versionOf('1.0.0'), artifactDigest: first.root.digest },
          { version: versionOf('1.1.0'), artifactDigest: second.root.digest },
          { event: 'reverted', version: versionOf('1.1.0'), artifactDigest: second.root.digest },
        );
        return { artifact: first, history: { initialized: true, events, journal: [] } };
      },
    });
    expect(outcome).toMatchObject({ signer: { ci: keyText(ci) } });
  });
});
