import { describe, expect, it } from 'vitest';
import { APPROVED, approvalOf, at, attested, bundle, decide, digest, keyOf } from '../../test/policy-cases.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';

describe('evaluatePolicy: attestations', () => {
  const signature = bundle({ by: 'ci' });

  it.each([
    { what: 'as asked for', given: [approvalOf('dba')], code: undefined },
    { what: 'none', given: [], code: 'ATTESTATION_MISSING' },
    {
      what: 'of another type',
      given: [bundle({ by: 'dba', type: PREDICATE_TYPES.rehearsal })],
      code: 'ATTESTATION_MISSING',
    },
    { what: 'by another', given: [approvalOf('hsm')], code: 'ATTESTATION_REFUSED' },
    {
      what: 'for another environment',
      given: [approvalOf('dba', { environment: 'test' })],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'for a pattern of environments',
      given: [approvalOf('dba', { environment: '*' })],
      code: 'ATTESTATION_REFUSED',
    },
    { what: 'for a variable', given: [approvalOf('dba', { environment: '$env' })], code: 'ATTESTATION_REFUSED' },
    { what: 'for a list', given: [approvalOf('dba', { environment: ['production'] })], code: 'ATTESTATION_REFUSED' },
    { what: 'expired', given: [approvalOf('dba', { expires: '2026-06-01T12:00:00Z' })], code: 'ATTESTATION_EXPIRED' },
    {
      what: 'expired a moment later',
      given: [approvalOf('dba', { expires: '2026-06-01T12:00:00.001Z' })],
      code: undefined,
    },
    { what: 'without end', given: [approvalOf('dba', { expires: null })], code: 'ATTESTATION_REFUSED' },
    { what: 'until no time', given: [approvalOf('dba', { expires: 'tomorrow' })], code: 'ATTESTATION_REFUSED' },
    {
      what: 'decided ahead',
      given: [approvalOf('dba', { decidedAt: '2062-01-01T00:00:00Z' })],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'decided by a clock a little ahead',
      given: [approvalOf('dba', { decidedAt: '2026-06-01T12:05:00Z' })],
      code: undefined,
    },
    { what: 'decided at no time', given: [approvalOf('dba', { decidedAt: 'today' })], code: 'ATTESTATION_REFUSED' },
    { what: 'until a day', given: [approvalOf('dba', { expires: '2027-01-01' })], code: 'ATTESTATION_REFUSED' },
    {
      what: 'one that expired beside one that did not',
      given: [approvalOf('dba', { expires: '2026-01-01T00:00:00Z' }), approvalOf('dba')],
      code: undefined,
    },
    {
      what: 'by who signed, under another name',
      given: [
        bundle({
          by: 'dba',
          signer: keyOf('ci'),
          type: PREDICATE_TYPES.approval,
          predicate: approvalOf('dba').verified.statement?.predicate ?? {},
        }),
      ],
      code: 'ATTESTATION_REFUSED',
    },
  ])('$what: $code', async ({ given, code }) => {
    expect((await decide(APPROVED, { bundles: [signature, ...given] })).denial?.code).toBe(code);
  });

  const bare = (where: string) => attested(`type: "${PREDICATE_TYPES.approval}", by: [dba]${where}`);
  it.each([
    { where: '', said: {}, met: true, why: 'an approval for the environment' },
    { where: '', said: { environment: 'staging' }, met: false, why: 'for another environment' },
    { where: '', said: { decision: 'reject', environment: 'staging' }, met: false, why: 'a rejection for another' },
    { where: '', said: { decision: 'maybe' }, met: false, why: 'no approval' },
    { where: ', where: {reason: r}', said: { decision: 'maybe', reason: 'r' }, met: false, why: 'other conditions' },
    { where: ', where: {decision: "*"}', said: { decision: 'maybe' }, met: true, why: 'the policy says otherwise' },
    { where: ', where: {environment: test}', said: { environment: 'test' }, met: true, why: 'the policy says which' },
    {
      where: ', where: {environment: test}',
      said: { environment: 'test', decision: 'no' },
      met: false,
      why: 'only that',
    },
  ])('implies that an approval approves, for the environment: $why, $met', async ({ where, said, met }) => {
    const { allowed } = await decide(bare(where), { bundles: [signature, approvalOf('dba', said)] });
    expect(allowed).toBe(met);
  });

  it('does not take an approval of one who signed the release too', async () => {
    const rule = APPROVED.replace('anyOf: [ci]', 'anyOf: [ci, dba]');
    const bundles = [bundle({ by: 'ci' }), bundle({ by: 'dba' }), approvalOf('dba')];
    const decision = await decide(rule, { bundles });
    expect(decision.denial?.code).toBe('ATTESTATION_REFUSED');
    expect(decision.denial?.message).toContain('dba signed the release too');
  });

  it('does not take an approval of another party of a name that signed', async () => {
    const rule = APPROVED.replace('anyOf: [ci]', 'anyOf: [ci, dba]');
    const { denial } = await decide(rule, {
      bundles: [bundle({ by: 'dba', signer: keyOf('other') }), approvalOf('dba')],
    });
    expect(denial?.code).toBe('ATTESTATION_REFUSED');
  });

  it('counts distinct parties', async () => {
    const rule = APPROVED.replace('by: [dba]', 'by: [dba, hsm], min: 2');
    const once = await decide(rule, { bundles: [signature, approvalOf('dba'), approvalOf('dba')] });
    expect(once.denial?.code).toBe('ATTESTATION_MISSING');
    expect(once.denial?.message).toContain('1 of 2 (dba); the same party counts once');
    const twice = await decide(rule, { bundles: [signature, approvalOf('dba'), approvalOf('hsm')] });
    expect(twice).toMatchObject({
      allowed: true,
      attestations: [`${PREDICATE_TYPES.approval} by dba`, `${PREDICATE_TYPES.approval} by hsm`],
    });
  });

  it.each([
    { what: 'young', times: ['2026-05-30T12:00:00Z'], code: undefined },
    { what: 'as old as may be', times: ['2026-05-25T12:00:00Z'], code: undefined },
    { what: 'older', times: ['2026-05-25T11:59:59Z'], code: 'ATTESTATION_EXPIRED' },
    {
      what: 'of which the oldest time is older',
      times: ['2026-05-01T00:00:00Z', '2026-05-31T00:00:00Z'],
      code: 'ATTESTATION_EXPIRED',
    },
    { what: 'of no time that anybody vouches for', times: [], code: 'ATTESTATION_REFUSED' },
  ])('maxAge, $what: $code', async ({ times, code }) => {
    const rule = attested(`type: t, by: [dba], maxAge: 7d`);
    const given = bundle({ by: 'dba', type: 't', times: times.map(at) });
    expect((await decide(rule, { bundles: [signature, given] })).denial?.code).toBe(code);
  });

  it.each([
    { where: 'a.b: x', predicate: { a: { b: 'x' } }, met: true, why: 'a path' },
    { where: 'a.b: x', predicate: { 'a.b': 'x' }, met: false, why: 'a name with a dot cannot be reached' },
    { where: 'a.1: y', predicate: { a: ['x', 'y'] }, met: true, why: 'a list by index' },
    { where: 'constructor.name: Object', predicate: {}, met: false, why: 'what every object inherits is no field' },
    { where: '__proto__: x', predicate: {}, met: false, why: 'nor is what it inherits from' },
    { where: 'a.length: 1', predicate: { a: 'x' }, met: false, why: 'nor what a text has' },
    { where: 'a: true', predicate: { a: true }, met: true, why: 'truth' },
    { where: 'a: true', predicate: { a: 'true' }, met: false, why: 'truth is no text' },
    { where: 'a: 1', predicate: { a: 1 }, met: true, why: 'a number' },
    { where: 'a: "1"', predicate: { a: 1 }, met: false, why: 'a number is no text' },
    { where: 'v: $version', predicate: { v: '1.1.0' }, met: true, why: 'the version' },
    { where: 'v: v$version', predicate: { v: 'v1.1.0' }, met: true, why: 'within a text' },
    { where: 'd: $digest', predicate: { d: digest('1.1.0') }, met: true, why: 'the digest' },
    { where: 'a: $$env', predicate: { a: '$env' }, met: true, why: 'a dollar' },
    { where: 'a: "https://h/*"', predicate: { a: 'https://h/x' }, met: true, why: 'a glob' },
    { where: 'a: "https://h/*"', predicate: { a: 'https://h/x/y' }, met: false, why: 'a star stops at a slash' },
    { where: 'a: "https://h/**"', predicate: { a: 'https://h/x/y' }, met: true, why: 'two do not' },
    { where: 'a: x', predicate: { a: '*' }, met: false, why: 'stars of the predicate are letters' },
    { where: 'a: "x.z"', predicate: { a: 'xyz' }, met: false, why: 'dots are dots' },
  ])('where {$where}: $met ($why)', async ({ where, predicate, met }) => {
    const rule = attested(`type: t, by: [dba], where: {${where}}`);
    const decision = await decide(rule, { bundles: [signature, bundle({ by: 'dba', type: 't', predicate })] });
    expect(decision.denial?.code).toBe(met ? undefined : 'ATTESTATION_REFUSED');
  });

  it('fills in an environment with a star as it is', async () => {
    const rule = attested('type: t, by: [dba], where: {e: $env}').replace('[production]', '["*"]');
    const given = (e: string) => ({
      environment: 'a*',
      bundles: [signature, bundle({ by: 'dba', type: 't', predicate: { e } })],
    });
    expect((await decide(rule, given('a*'))).allowed).toBe(true);
    expect((await decide(rule, given('ab'))).allowed).toBe(false);
  });

  it('takes no provenance that says something else than its certificate', async () => {
    const rule = attested(`type: "${PREDICATE_TYPES.provenance}", by: [dba]`);
    const claims = { sourceRepositoryUri: 'https://github.com/acme/db' };
    const provenance = (repository: string) =>
      bundle({
        by: 'dba',
        type: PREDICATE_TYPES.provenance,
        predicate: { buildDefinition: { externalParameters: { workflow: { repository } } } },
        signer: { kind: 'keyless', issuer: 'i', san: 's', claims },
      });
    expect((await decide(rule, { bundles: [signature, provenance('https://github.com/acme/db')] })).allowed).toBe(true);
    const { denial } = await decide(rule, { bundles: [signature, provenance('https://github.com/evil/db')] });
    expect(denial?.code).toBe('ATTESTATION_REFUSED');
    expect(denial?.message).toContain(
      "it says 'https://github.com/evil/db' at buildDefinition.externalParameters.workflow.repository",
    );
  });

  it.each([
    { workflow: { path: '.github/workflows/release.yml' }, met: false, why: 'the certificate has another workflow' },
    { workflow: { path: '.github/workflows/test.yml' }, met: false, why: 'the policy asks for another' },
    { workflow: {}, met: false, why: 'it states none' },
    {
      workflow: { path: '.github/workflows/release.yml' },
      file: 'release.yml',
      met: true,
      why: 'all three agree',
    },
  ])('a condition on the workflow, $met: $why', async ({ workflow, file = 'test.yml', met }) => {
    const path = 'buildDefinition.externalParameters.workflow.path';
    const rule = attested(
      `type: "${PREDICATE_TYPES.provenance}", by: [dba], where: {${path}: .github/workflows/release.yml}`,
    );
    const claims = { buildConfigUri: `https://github.com/acme/db/.github/workflows/${file}@refs/heads/main` };
    const provenance = bundle({
      by: 'dba',
      type: PREDICATE_TYPES.provenance,
      predicate: { buildDefinition: { externalParameters: { workflow } } },
      signer: { kind: 'keyless', issuer: 'i', san: 's', claims },
    });
    expect((await decide(rule, { bundles: [signature, provenance] })).allowed).toBe(met);
  });
});
