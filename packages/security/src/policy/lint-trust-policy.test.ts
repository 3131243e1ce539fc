import { describe, expect, it } from 'vitest';
import { createParty, readKeysOf } from '../../test/policy-world.ts';
import { BUILTIN_ROOTS } from '../trusted-root/builtin-trusted-root.ts';
import { lintTrustPolicy } from './lint-trust-policy.ts';

const parties = [createParty('ci'), createParty('dba')];
const [pin = ''] = BUILTIN_ROOTS['sigstore-public-good'];

/** Says nothing that lint has advice on. */
const POLICY = `apiVersion: squizzle.dev/trust/v1
expires: 2027-06-30
roots:
  public: {trustedRoot: {builtin: sigstore-public-good, sha256: ${pin}}}
principals:
  gh: {keyless: {root: public, issuer: https://issuer.test, san: {exact: "https://github.com/acme/db/a.yml@refs/heads/main"}, claims: {sourceRepositoryId: "42"}}}
  anna: {keyless: {root: public, issuer: https://dex.test, san: {exact: anna@acme.test}}}
  ci: {key: {pem: keys/ci.pub, until: 2027-01-31}}
  dba: {key: {pem: keys/dba.pub}}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [gh, ci]}
      attestations:
        - {type: "https://squizzle.dev/attestations/approval/v1", by: [anna], distinctFrom: signature, where: {environment: $env, decision: approve}, notExpired: true}
  - environments: [development]
    unsigned: {allowed: true, reason: laptops}
`;

const lint = async (text: string, now = new Date('2026-06-01T00:00:00Z')) =>
  (await lintTrustPolicy(text, { file: 'p', readFile: readKeysOf(parties), now: () => now })).map(
    ({ severity, key, line, message }) => `${severity} ${line} ${key ?? '-'}: ${message}`,
  );

describe('lintTrustPolicy', () => {
  it('has nothing to say of a policy that is as it should be', async () => {
    expect(await lint(POLICY)).toEqual([]);
  });

  it('has nothing to say of an approval whose conditions are implied', async () => {
    expect(await lint(POLICY.replace('where: {environment: $env, decision: approve}, ', ''))).toEqual([]);
  });

  it.each([
    { what: 'no end', edit: ['expires: 2027-06-30\n', ''], says: /^warning 1 -: 'expires' is missing/ },
    {
      what: 'an end soon',
      now: '2027-06-10T12:00:00Z',
      edit: [', until: 2027-01-31', ''],
      says: /^warning 2 expires: the policy expires in 20 days/,
    },
    {
      what: 'an end that was',
      now: '2027-07-10T00:00:00Z',
      edit: [', until: 2027-01-31', ''],
      says: /^warning 2 expires: the policy expired 2027-06-30/,
    },
    {
      what: 'a key that ends soon',
      now: '2027-01-20T00:00:00Z',
      edit: ['', ''],
      says: /^warning 8 principals\.ci\.key\.until: the key of 'ci' expires in 11 days/,
    },
    {
      what: 'a rule behind one for the same',
      edit: ['[development]', '[development, production]'],
      says: /^warning 16 rules\[1\]\.environments\[1\]: 'production' is never reached/,
    },
    {
      what: 'a rule behind a glob',
      edit: ['[production]', '["*"]'],
      says: /^warning 16 rules\[1\]\.environments\[0\]: 'development' is never reached/,
    },
    {
      what: 'production without signature',
      edit: ['[development]', '[prod-eu]'],
      says: /^warning 17 rules\[1\]\.unsigned: unsigned releases are allowed where it may matter: prod-eu/,
    },
    { what: 'everything without signature', edit: ['[development]', '["*"]'], says: /where it may matter: \*/ },
    {
      what: 'a glob for a name',
      edit: ['exact: anna@acme.test', 'glob: "*@acme.test"'],
      says: /^warning 7 principals\.anna\.keyless\.san: '\*@acme\.test' may be several parties/,
    },
    {
      what: 'a star that is no glob',
      edit: ['anna@acme.test', '"*@acme.test"'],
      says: /a '\*' in 'exact' stands for itself/,
    },
    {
      what: 'a repository by its name alone',
      edit: [', claims: {sourceRepositoryId: "42"}', ''],
      says: /^warning 6 principals\.gh\.keyless: pin the repository by its number/,
    },
    {
      what: 'an approval by who signed',
      edit: ['distinctFrom: signature, ', ''],
      says: /^warning 15 rules\[0\]\.require\.attestations\[0\]: who signed may approve alone/,
    },
    {
      what: 'an approval of anything',
      edit: ['decision: approve', 'decision: "*"'],
      says: /^warning 15 rules\[0\]\.require\.attestations\[0\]\.where\.decision: more than approvals for this/,
    },
    {
      what: 'an approval for any environment',
      edit: ['environment: $env', 'environment: "*"'],
      says: /^warning 15 rules\[0\]\.require\.attestations\[0\]\.where\.environment: more than approvals/,
    },
    { what: 'an approval of any age', edit: [', notExpired: true', ''], says: /an approval of any age would do/ },
    {
      what: 'an age that nobody proves',
      edit: ['by: [anna]', 'by: [dba], maxAge: 7d'],
      says: /attestations\[0\]\.maxAge: 'maxAge' proves little of keys \(dba\)/,
    },
    {
      what: 'a root that is not pinned',
      edit: [`, sha256: ${pin}`, ''],
      says: new RegExp(`^warning 4 roots.public.trustedRoot.builtin: pin it.*sha256: ${pin}`),
    },
    {
      what: 'a party behind two names',
      edit: [
        '  anna:',
        '  team: {keyless: {root: public, issuer: https://dex.test, san: {glob: "*@acme.test"}}}\n  anna:',
      ],
      says: /^warning 8 principals\.anna: can be the same party as 'team'; a party counts once/,
    },
  ])('warns of $what', async ({ edit: [from = '', to = ''], now, says }) => {
    expect(POLICY).toContain(from);
    const faults = await lint(POLICY.replace(from, to), now === undefined ? undefined : new Date(now));
    expect(faults.filter((fault) => says.test(fault))).toHaveLength(1);
    expect(faults.filter((fault) => fault.startsWith('error'))).toEqual([]);
  });

  it.each([
    {
      what: 'the same identity twice',
      edit: [
        '  anna:',
        '  ann: {keyless: {root: public, issuer: https://dex.test, san: {exact: anna@acme.test}}}\n  anna:',
      ],
      says: /^error 8 principals\.anna: has the same identity as 'ann'/,
    },
    {
      what: 'the same key twice',
      edit: ['keys/dba.pub', 'keys/ci.pub'],
      says: /^error 9 principals\.dba: has the same key as 'ci'/,
    },
    {
      what: 'everybody',
      edit: ['exact: anna@acme.test', 'glob: "*"'],
      says: /^error 7 principals\.anna\.keyless\.san\.glob: '\*' is everybody/,
    },
  ])('calls $what an error', async ({ edit: [from = '', to = ''], says }) => {
    expect((await lint(POLICY.replace(from, to))).filter((fault) => says.test(fault))).toHaveLength(1);
  });

  it('warns where one identity is of two roots, as of an instance that replaces another', async () => {
    const text = POLICY.replace(
      'principals:',
      `  next: {trustedRoot: {builtin: sigstore-public-good, sha256: ${pin}}}\nprincipals:`,
    );
    const added = '  anna2: {keyless: {root: next, issuer: https://dex.test, san: {exact: anna@acme.test}}}\n  anna:';
    expect(await lint(text.replace('  anna:', added))).toEqual([
      "warning 9 principals.anna: can be the same party as 'anna2'; a party counts once",
    ]);
  });

  it('gives errors and no advice for what cannot be read', async () => {
    const faults = await lint(POLICY.replace('expires:', 'expire:').replace('min:', 'mn:'));
    expect(faults).toEqual(["error 2 expire: unknown field; did you mean 'expires'?"]);
  });
});
