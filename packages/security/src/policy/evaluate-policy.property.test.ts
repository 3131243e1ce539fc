import { digestOf } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createParty, policyOf, versionOf } from '../../test/policy-world.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import type { JudgedBundle, PolicyInput } from './policy-input.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const NOW = new Date('2026-06-01T12:00:00Z');
const policyRead = policyOf(
  `apiVersion: squizzle.dev/trust/v1
expires: 2026-12-31
principals:
${NAMES.map((name) => `  ${name}: {key: {pem: keys/${name}.pub}}`).join('\n')}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [a, b, c], min: 2}
      attestations:
        - {type: "${PREDICATE_TYPES.approval}", by: [b, c, d], distinctFrom: signature, where: {environment: $env, decision: approve}, notExpired: true}
        - {type: t, by: [a, d], where: {ok: true}, maxAge: 7d}
    antiRollback: {versions: increasing, chain: required}
  - environments: [open]
    unsigned: {allowed: true, reason: r}
`,
  NAMES.map(createParty),
);

const digest = (text: string) => digestOf(Buffer.from(text));
const release = (version: string) => ({ version: versionOf(version), digest: digest(version) });

const predicate = fc.record({
  environment: fc.constantFrom('production', 'test'),
  decision: fc.constantFrom('approve', 'approve', 'approve', 'reject'),
  expires: fc.constantFrom('2026-07-01T00:00:00Z', '2026-05-01T00:00:00Z', 'never'),
  ok: fc.constantFrom(true, true, false, 'true'),
});
const times = fc.constantFrom([], [new Date('2026-05-30T00:00:00Z')], [new Date('2026-01-01T00:00:00Z')]);

const bundleOf = (principals: fc.Arbitrary<string[]>): fc.Arbitrary<JudgedBundle> =>
  fc.record({
    source: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 8 }),
    principals,
    verified: fc.record({
      signer: fc.record({ kind: fc.constant('key' as const), fingerprint: fc.constantFrom('1', '2', '3', '4', '5') }),
      statement: fc.option(
        fc.record({
          _type: fc.constant('https://in-toto.io/Statement/v1'),
          subject: fc.constant([]),
          predicateType: fc.constantFrom(
            PREDICATE_TYPES.signature,
            PREDICATE_TYPES.signature,
            PREDICATE_TYPES.approval,
            't',
            'u',
          ),
          predicate,
        }),
      ),
      times,
    }),
  });

const anyBundle = bundleOf(fc.subarray([...NAMES, 'z'], { minLength: 1 }));
/** Of nobody whom the rule names. */
const irrelevant = bundleOf(fc.constant(['z']));
const refused = fc.record({ source: fc.string(), code: fc.constant('SIGNATURE_INVALID'), reason: fc.string() });

/** What the rule asks for, whole: most of what is drawn at random is denied. */
const sound = (name: string, fingerprint: string, predicateType: string): JudgedBundle => ({
  source: name,
  principals: [name],
  verified: {
    signer: { kind: 'key', fingerprint },
    statement: {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [],
      predicateType,
      predicate: { environment: 'production', decision: 'approve', expires: '2026-07-01T00:00:00Z', ok: true },
    },
    times: [new Date('2026-05-30T00:00:00Z')],
  },
});
const SOUND = [
  sound('a', '1', PREDICATE_TYPES.signature),
  sound('b', '2', PREDICATE_TYPES.signature),
  sound('d', '4', PREDICATE_TYPES.approval),
  sound('d', '4', 't'),
];
const anyBundles = fc
  .tuple(fc.subarray(SOUND, { minLength: 2 }), fc.array(anyBundle, { maxLength: 4 }))
  .map(([some, others]) => [...some, ...others]);

const input = fc.record({
  environment: fc.constantFrom('production', 'production', 'production', 'open', 'other'),
  bundles: anyBundles,
  refused: fc.array(refused, { maxLength: 2 }),
  applied: fc.constantFrom(null, [], [release('1.0.0')], [release('1.2.0')], [release('1.0.1')]),
  now: fc.constantFrom(NOW, NOW, NOW, new Date('2027-01-01T00:00:00Z')),
});

const own = release('1.1.0');
const toInput = async (drawn: Omit<PolicyInput, 'policy' | 'artifact'>): Promise<PolicyInput> => ({
  policy: await policyRead,
  artifact: { ...own, chain: [release('1.0.0'), own] },
  ...drawn,
});

describe('evaluatePolicy, for whatever it is given', () => {
  it('allows if and only if every requirement of a rule is met', async () => {
    let allowed = 0;
    await fc.assert(
      fc.asyncProperty(input, async (drawn) => {
        const given = await toInput(drawn);
        const decision = evaluatePolicy(given);
        const isMet = decision.requirements.length > 0 && decision.requirements.every(({ met }) => met);
        expect(decision.allowed).toBe(isMet);
        expect(decision.denial === null).toBe(decision.allowed);
        if (!decision.allowed || drawn.environment !== 'production') return;
        allowed++;
        for (const type of [PREDICATE_TYPES.signature, PREDICATE_TYPES.approval, 't']) {
          const without = drawn.bundles.filter(({ verified: { statement } }) =>
            type === PREDICATE_TYPES.signature
              ? statement !== null && statement.predicateType !== type
              : statement?.predicateType !== type,
          );
          expect(evaluatePolicy({ ...given, bundles: without }).allowed).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
    // else the test would say nothing of permissions
    expect(allowed).toBeGreaterThan(3);
  });

  it('never comes to allow by refused bundles, or by those of parties that the rule does not name', async () => {
    const more = fc.record({
      bundles: fc.array(irrelevant, { maxLength: 3 }),
      refused: fc.array(refused, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(input, more, async (drawn, added) => {
        const before = evaluatePolicy(await toInput(drawn));
        const after = evaluatePolicy(
          await toInput({
            ...drawn,
            bundles: [...added.bundles, ...drawn.bundles],
            refused: [...added.refused, ...drawn.refused],
          }),
        );
        expect(after.allowed).toBe(before.allowed);
      }),
      { numRuns: 100 },
    );
  });

  it('never allows where an approval is asked for and not all was looked at', async () => {
    const beyond = { source: 'referrers', code: 'BUNDLE_TOO_LARGE', reason: 'r', beyondLimit: true } as const;
    await fc.assert(
      fc.asyncProperty(input, async (drawn) => {
        const given = await toInput({ ...drawn, environment: 'production', refused: [...drawn.refused, beyond] });
        expect(evaluatePolicy(given).allowed).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('does not depend on the order of the bundles', async () => {
    const shuffled = input.chain((drawn) =>
      fc.tuple(fc.constant(drawn), fc.shuffledSubarray(drawn.bundles, { minLength: drawn.bundles.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([drawn, bundles]) => {
        const [one, other] = [await toInput(drawn), await toInput({ ...drawn, bundles })].map(evaluatePolicy);
        expect(other?.allowed).toBe(one?.allowed);
        expect(other?.denial?.code).toBe(one?.denial?.code);
      }),
      { numRuns: 100 },
    );
  });
});
