import { describe, expect, it } from 'vitest';
import { hsm, pin, POLICY, readSample as read } from '../../test/policy-sample.ts';
import { createParty, readKeysOf } from '../../test/policy-world.ts';
import { parseTrustPolicy } from './parse-trust-policy.ts';
import { digestPolicy } from './policy-digest.ts';

describe('the digest of a policy', () => {
  it.each([
    { what: 'a comment', edit: ['roots:', '# of ours\nroots:'], same: true },
    { what: 'layout', edit: ['  plain: {}', '  plain:\n    {}'], same: true },
    { what: 'a date written otherwise', edit: ['2027-06-30T00:00:00Z', '2027-06-30T02:00:00+02:00'], same: true },
    { what: 'what is the default', edit: ['bundleBytes: 65536', 'referrers: 32, bundleBytes: 65536'], same: true },
    { what: 'a threshold', edit: ['min: 2', 'min: 1'], same: false },
    { what: 'a later end', edit: ['until: 2027-01-31', 'until: 2027-02-01'], same: false },
    { what: 'an environment', edit: ['[test]', '[test, production]'], same: false },
    { what: 'an age', edit: ['maxAge: 7d', 'maxAge: 8d'], same: false },
    { what: 'a limit', edit: ['tlogEntries: 4', 'tlogEntries: 5'], same: false },
    { what: 'the proofs of a root', edit: [`${pin}}}`, `${pin}}, require: {scts: 0}}`], same: false },
    { what: 'the name of an environment', edit: ['prod-*', 'prod*'], same: false },
    {
      what: 'what is implied, written',
      edit: ['{environment: $env}', '{decision: approve, environment: $env}'],
      same: false,
    },
    { what: 'a value that is asked for', edit: ['passed: true', "passed: 'true'"], same: false },
  ])('digest: $what, the same: $same', async ({ edit: [from = '', to = ''], same }) => {
    expect(POLICY).toContain(from);
    const changed = await read(POLICY.replace(from, to));
    expect(changed.digest === (await read(POLICY)).digest).toBe(same);
  });

  it('is over what the policy says, and not over what is implied', async () => {
    const policy = await read(POLICY);
    const [first] = policy.rules;
    if (first?.demand.kind !== 'signed') throw new RangeError('not signed');
    const attestations = first.demand.attestations.map((each) => ({
      ...each,
      where: each.where.filter(({ implied }) => implied !== true),
    }));
    expect(attestations).not.toEqual(first.demand.attestations);
    const rules = [{ ...first, demand: { ...first.demand, attestations } }, ...policy.rules.slice(1)];
    expect(digestPolicy({ ...policy, rules })).toBe(policy.digest);
  });

  it('digest: another key under the same name is another policy', async () => {
    const replaced = { ...createParty('ci'), name: 'ci' };
    const changed = await parseTrustPolicy(POLICY, { file: 'p', readFile: readKeysOf([replaced, hsm]) });
    expect(changed.digest).not.toBe((await read(POLICY)).digest);
  });
});
