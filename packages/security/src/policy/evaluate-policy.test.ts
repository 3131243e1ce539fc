import { describe, expect, it } from 'vitest';
import { at, bundle, decide, keyOf, policyWith, release, SIGNED } from '../../test/policy-cases.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';

describe('evaluatePolicy: rules', () => {
  it.each([
    { environment: 'production', index: 0, why: 'the first that is for it' },
    { environment: 'prod-eu', index: 1, why: 'a glob' },
    { environment: 'prod-eu-1', index: 1, why: 'a star stands for any characters' },
    { environment: 'prod', index: null, why: 'a glob takes the whole name' },
    { environment: 'PRODUCTION', index: null, why: 'letters are compared as they are' },
    { environment: 'production ', index: null, why: 'nothing is trimmed' },
    { environment: '*', index: null, why: 'the name of an environment is no glob' },
    { environment: '', index: null, why: 'no name is no environment' },
  ])('$environment is of rule $index: $why', async ({ environment, index }) => {
    const rules = `${SIGNED}\n  - {environments: ["prod-*"], require: {signature: {anyOf: [dba]}}}`;
    const decision = await decide(rules, { environment });
    expect(decision.rule?.index ?? null).toBe(index);
    expect(decision.denial?.code).toBe(index === null ? 'POLICY_DENIED' : 'SIGNATURE_MISSING');
  });

  it('takes the first rule, also where a later one would allow', async () => {
    const rules = `${SIGNED}\n  - {environments: ["*"], unsigned: {allowed: true, reason: r}}`;
    expect(await decide(rules)).toMatchObject({ allowed: false, rule: { index: 0 } });
    expect(await decide(rules, { environment: 'x' })).toMatchObject({
      allowed: true,
      unsignedReason: 'r',
      signers: {},
    });
  });

  it.each([
    { now: '2026-06-01T11:59:59.999Z', allowed: true, why: 'just before' },
    { now: '2026-06-01T12:00:00.000Z', allowed: false, why: 'the moment itself is over' },
  ])('expires at a moment: $why', async ({ now, allowed }) => {
    const policy = await policyWith(SIGNED, 'expires: 2026-06-01T12:00:00Z');
    const decision = await decide(SIGNED, { policy, now: at(now), bundles: [bundle({ by: 'ci' })] });
    expect(decision.allowed).toBe(allowed);
    expect(decision.denial?.code).toBe(allowed ? undefined : 'POLICY_EXPIRED');
  });
});

describe('evaluatePolicy: signatures', () => {
  const two = '  - {environments: [production], require: {signature: {anyOf: [ci, dba, hsm], min: 2}}}';

  it.each([
    { what: 'a statement', bundles: [bundle({ by: 'ci' })], code: undefined },
    { what: 'a signature over the bytes', bundles: [bundle({ by: 'ci', type: null })], code: undefined },
    { what: 'nothing', bundles: [], code: 'SIGNATURE_MISSING' },
    {
      what: 'a provenance',
      bundles: [bundle({ by: 'ci', type: PREDICATE_TYPES.provenance })],
      code: 'SIGNATURE_MISSING',
    },
    { what: 'another party', bundles: [bundle({ by: 'dba' })], code: 'SIGNATURE_REFUSED' },
  ])('$what: $code', async ({ bundles, code }) => {
    expect((await decide(SIGNED, { bundles })).denial?.code).toBe(code);
  });

  it.each([
    { what: 'two parties', bundles: [bundle({ by: 'ci' }), bundle({ by: 'hsm' })], allowed: true },
    { what: 'one party twice', bundles: [bundle({ by: 'ci' }), bundle({ by: 'ci' })], allowed: false },
    {
      what: 'one key under two names',
      bundles: [bundle({ by: 'ci', signer: keyOf('k') }), bundle({ by: 'dba', signer: keyOf('k') })],
      allowed: false,
    },
    {
      what: 'one signature of one who has two names',
      bundles: [bundle({ by: ['ci', 'dba'] })],
      allowed: false,
    },
    {
      what: 'one identity under two names',
      bundles: ['ci', 'dba'].map((by) =>
        bundle({ by, signer: { kind: 'keyless', issuer: 'i', san: 'anna', claims: { buildTrigger: by } } }),
      ),
      allowed: false,
    },
    {
      what: 'two parties of one name',
      bundles: [bundle({ by: 'ci', signer: keyOf('a') }), bundle({ by: 'ci', signer: keyOf('b') })],
      allowed: false,
    },
    {
      what: 'two parties, of which one has both names',
      bundles: [bundle({ by: ['ci', 'dba'], signer: keyOf('a') }), bundle({ by: 'ci', signer: keyOf('b') })],
      allowed: true,
    },
    {
      what: 'one that is asked for and one that is not',
      bundles: [bundle({ by: 'ci' }), bundle({ by: 'x' })],
      allowed: false,
    },
  ])('two of three, $what: $allowed', async ({ bundles, allowed }) => {
    const decision = await decide(two, { bundles });
    expect(decision.allowed).toBe(allowed);
    expect(decision.denial?.code).toBe(allowed ? undefined : 'SIGNATURE_REFUSED');
    expect(Object.keys(decision.signers).length).toBe(allowed ? 2 : 1);
  });

  it('is never met by nobody, whatever a policy made by hand says', async () => {
    const policy = await policyWith(SIGNED);
    const [rule] = policy.rules;
    if (rule?.demand.kind !== 'signed') throw new RangeError('not signed');
    const none = { ...rule, demand: { ...rule.demand, signature: { anyOf: [], min: 0 } } };
    const decision = await decide(SIGNED, { policy: { ...policy, rules: [none] }, bundles: [bundle({ by: 'ci' })] });
    expect(decision.allowed).toBe(false);
  });
});

describe('evaluatePolicy: anti-rollback', () => {
  const rule = (fields: string): string => `${SIGNED.slice(0, -1)}, antiRollback: {${fields}}}`;
  const both = 'versions: increasing, chain: required';

  it.each([
    { fields: both, applied: null, met: true, why: 'no database at hand' },
    { fields: both, applied: [], met: true, why: 'an empty database' },
    { fields: both, applied: [release('1.0.0')], met: true, why: 'the release before' },
    { fields: both, applied: [release('1.0.0'), release('1.1.0')], met: true, why: 'the release itself' },
    { fields: 'versions: increasing', applied: [release('1.2.0')], met: false, why: 'a later one' },
    {
      fields: 'versions: increasing',
      applied: [release('1.1.0', 'other')],
      met: false,
      why: 'the same version, of other content',
    },
    {
      fields: 'versions: increasing',
      applied: [release('1.1.0+build', 'other')],
      met: false,
      why: 'build metadata has no order',
    },
    {
      fields: 'versions: increasing',
      applied: [release('1.0.9', 'other')],
      met: true,
      why: 'the chain is not asked for',
    },
    {
      fields: 'versions: increasing',
      applied: [release('1.1.0-rc.1')],
      met: true,
      why: 'a prerelease is before its release',
    },
    {
      fields: 'chain: required',
      applied: [release('1.0.0', 'other')],
      met: false,
      why: 'another artifact of the version',
    },
    { fields: 'chain: required', applied: [release('1.0.1')], met: false, why: 'a release that the chain lacks' },
    {
      fields: 'chain: required',
      applied: [release('0.9.0'), release('1.0.0')],
      met: false,
      why: 'an earlier one that it lacks',
    },
    { fields: 'chain: required', applied: [release('1.0.0'), release('1.2.0')], met: false, why: 'one after it' },
  ])('$fields: $met with $why', async ({ fields, applied, met }) => {
    const decision = await decide(rule(fields), { bundles: [bundle({ by: 'ci' })], applied });
    expect(decision.denial?.code).toBe(met ? undefined : 'RELEASE_REPLAYED');
    if (applied === null)
      expect(decision.requirements.slice(1)).toMatchObject([{ reason: 'not asked: no database at hand' }, {}]);
  });
});
