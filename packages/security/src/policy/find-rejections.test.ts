import { describe, expect, it } from 'vitest';
import { APPROVED, approvalOf, at, bundle, decide, SIGNED } from '../../test/policy-cases.ts';
import type { Predicate } from '../statements/statement.ts';
import type { JudgedBundle } from './policy-input.ts';

describe('evaluatePolicy: rejections', () => {
  const signature = bundle({ by: 'ci' });
  const monday = at('2026-05-25T00:00:00Z');
  const tuesday = at('2026-05-26T00:00:00Z');
  const reject = (differences: Predicate = {}, times: readonly Date[] = [monday], name = 'dba') =>
    approvalOf(name, { decision: 'reject', ...differences }, times);
  const approve = (differences: Predicate = {}, times: readonly Date[] = [tuesday], name = 'dba') =>
    approvalOf(name, differences, times);

  const [anna, bert] = ['anna@acme.test', 'bert@acme.test'] as const;
  const by = (san: string, judged: JudgedBundle): JudgedBundle => ({
    ...judged,
    verified: { ...judged.verified, signer: { kind: 'keyless', issuer: 'https://dex.acme.test', san, claims: {} } },
  });

  it.each([
    { what: 'a rejection alone', given: [reject()], code: 'ATTESTATION_REFUSED' },
    {
      what: 'and an earlier approval',
      given: [by(anna, reject({}, [tuesday])), by(anna, approve({}, [monday]))],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval at the same time',
      given: [by(anna, reject()), by(anna, approve({}, [monday]))],
      code: 'ATTESTATION_REFUSED',
    },
    { what: 'and a later approval', given: [by(anna, reject()), by(anna, approve())], code: undefined },
    {
      what: 'and a later approval, both by key: an old one can be witnessed anew by anybody',
      given: [reject(), approve()],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and a later approval by another party of the same name',
      given: [by(anna, reject()), by(bert, approve())],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval decided later by another party of the same name',
      given: [
        by(anna, reject({ decidedAt: '2026-05-25T00:00:00Z' })),
        by(bert, approve({ decidedAt: '2026-05-26T00:00:00Z' })),
      ],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval said to be decided when nobody could have',
      given: [reject({ decidedAt: '2026-05-25T00:00:00Z' }), approve({ decidedAt: '2062-01-01T00:00:00Z' }), approve()],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'said to be decided when nobody could have, and an approval',
      given: [by(anna, reject({ decidedAt: '2062-01-01T00:00:00Z' })), by(anna, approve())],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval decided by a clock that is a little ahead',
      given: [reject({ decidedAt: '2026-05-25T00:00:00Z' }), approve({ decidedAt: '2026-06-01T12:05:00Z' })],
      code: undefined,
    },
    {
      what: 'and an approval of no time',
      given: [by(anna, reject()), by(anna, approve({}, []))],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'of no time, and an approval',
      given: [by(anna, reject({}, [])), by(anna, approve())],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and a later approval by another',
      given: [reject({}, [monday], 'ci'), approve()],
      code: 'ATTESTATION_REFUSED',
    },
    { what: 'by one whom the rule does not name', given: [reject({}, [monday], 'hsm'), approve()], code: undefined },
    {
      what: 'for another environment',
      given: [reject({ environment: 'test' }), approve({}, [monday])],
      code: undefined,
    },
    {
      what: 'that expired',
      given: [reject({ expires: '2026-05-31T00:00:00Z' }, [tuesday]), approve({}, [monday])],
      code: undefined,
    },
    {
      what: 'and a later approval by one who shares a name that the rule does not have',
      given: [
        { ...reject(), principals: ['dba', 'other'] },
        { ...approve({}, [tuesday], 'ci'), principals: ['ci', 'other'] },
      ],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'that never expires',
      given: [reject({ expires: null }, [tuesday]), approve({}, [monday])],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval witnessed later that was decided before',
      given: [reject({ decidedAt: '2026-05-25T00:00:00Z' }), approve({ decidedAt: '2026-05-20T00:00:00Z' })],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval witnessed later that does not say when it was decided',
      given: [by(anna, reject({ decidedAt: '2026-05-25T00:00:00Z' })), by(anna, approve())],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'and an approval decided later, neither witnessed: it is one party’s own word',
      given: [reject({ decidedAt: '2026-05-25T00:00:00Z' }, []), approve({ decidedAt: '2026-05-26T00:00:00Z' }, [])],
      code: undefined,
    },
    {
      what: 'and an approval said to be decided later that was witnessed before',
      given: [
        by(anna, reject({ decidedAt: '2026-05-25T00:00:00Z' }, [tuesday])),
        by(anna, approve({ decidedAt: '2026-05-26T00:00:00Z' }, [monday])),
      ],
      code: 'ATTESTATION_REFUSED',
    },
    {
      what: 'witnessed anew after an approval, both by key: the word counts',
      given: [
        reject({ decidedAt: '2026-05-25T00:00:00Z' }, [tuesday]),
        approve({ decidedAt: '2026-05-26T00:00:00Z' }, [monday]),
      ],
      code: undefined,
    },
    {
      what: 'and an approval decided and witnessed later',
      given: [reject({ decidedAt: '2026-05-25T00:00:00Z' }), approve({ decidedAt: '2026-05-26T00:00:00Z' })],
      code: undefined,
    },
  ])('a rejection, $what: $code', async ({ given, code }) => {
    // the approval that is asked for is there in any case, by one who is not asked about
    const rule = APPROVED.replace('by: [dba]', 'by: [dba, hsm]').replace('distinctFrom: signature, ', '');
    const named = given.some(({ principals }) => principals.includes('hsm')) ? APPROVED : rule;
    const other = named === rule ? [approvalOf('hsm')] : [];
    const decision = await decide(named, { bundles: [signature, ...given, ...other] });
    expect(decision.denial?.code).toBe(code);
  });

  const beyond = {
    source: 'referrers',
    code: 'BUNDLE_TOO_LARGE',
    reason: 'of 40 32 are looked at',
    beyondLimit: true,
  } as const;
  const approvalNow = approvalOf('dba');
  it.each([
    { what: 'beyond the limit', rule: APPROVED, refused: [beyond], code: 'ATTESTATION_REFUSED' },
    {
      what: 'that is too large alone',
      rule: APPROVED,
      refused: [{ source: 'a', code: 'BUNDLE_TOO_LARGE', reason: 'r' }],
      code: undefined,
    },
    {
      what: 'beyond the limit, of a rule that asks nobody to approve',
      rule: SIGNED,
      refused: [beyond],
      code: undefined,
    },
    { what: 'of no kind', rule: APPROVED, refused: [], code: undefined },
  ] as const)('denies what may hide a rejection: something $what: $code', async ({ rule, refused, code }) => {
    const decision = await decide(rule, { bundles: [signature, approvalNow], refused });
    expect(decision.denial?.code).toBe(code);
    if (code !== undefined)
      expect(decision.denial?.message).toMatch(
        /a rejection may be hidden in referrers.*delete.*or raise limits\.referrers/,
      );
  });
});
