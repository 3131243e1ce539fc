import { describe, expect, it } from 'vitest';
import { APPROVED, approvalOf, at, bundle, decide } from '../../test/policy-cases.ts';
import type { Predicate } from '../statements/statement.ts';

describe('evaluatePolicy: rejections', () => {
  const signature = bundle({ by: 'ci' });
  const monday = at('2026-05-25T00:00:00Z');
  const tuesday = at('2026-05-26T00:00:00Z');
  const reject = (differences: Predicate = {}, times: readonly Date[] = [monday], by = 'dba') =>
    approvalOf(by, { decision: 'reject', ...differences }, times);
  const approve = (differences: Predicate = {}, times: readonly Date[] = [tuesday], by = 'dba') =>
    approvalOf(by, differences, times);

  it.each([
    { what: 'a rejection alone', given: [reject()], code: 'ATTESTATION_REFUSED' },
    {
      what: 'and an earlier approval',
      given: [reject({}, [tuesday]), approve({}, [monday])],
      code: 'ATTESTATION_REFUSED',
    },
    { what: 'and an approval at the same time', given: [reject(), approve({}, [monday])], code: 'ATTESTATION_REFUSED' },
    { what: 'and a later approval', given: [reject(), approve()], code: undefined },
    { what: 'and an approval of no time', given: [reject(), approve({}, [])], code: 'ATTESTATION_REFUSED' },
    { what: 'of no time, and an approval', given: [reject({}, []), approve()], code: 'ATTESTATION_REFUSED' },
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
      given: [reject({ decidedAt: '2026-05-25T00:00:00Z' }), approve()],
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
        reject({ decidedAt: '2026-05-25T00:00:00Z' }, [tuesday]),
        approve({ decidedAt: '2026-05-26T00:00:00Z' }, [monday]),
      ],
      code: 'ATTESTATION_REFUSED',
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
});
