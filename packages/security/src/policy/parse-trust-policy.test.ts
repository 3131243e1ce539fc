import { isSquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { faultsOf, hsm, pin, POLICY, readSample as read } from '../../test/policy-sample.ts';

const other = 'ab'.repeat(32);

describe('parseTrustPolicy', () => {
  it('reads every section and resolves every name', async () => {
    const policy = await read(POLICY);
    expect(policy.expires).toEqual(new Date('2027-06-30T00:00:00Z'));
    expect([...policy.roots.keys()]).toEqual(['none', 'public', 'plain']);
    expect(policy.principals.get('gh')).toMatchObject({
      root: { name: 'public', thresholds: { logEntries: 1, timestamps: 1, scts: 1 } },
      signer: { kind: 'keyless', claims: { sourceRepositoryId: '42' } },
    });
    expect(policy.principals.get('ci')).toMatchObject({
      root: { name: 'none', trustedRoot: null, thresholds: { logEntries: 0, timestamps: 0, scts: 0 } },
      // a day is trusted from its first moment to its last
      signer: { kind: 'key', from: new Date('2026-01-01T00:00:00Z'), until: new Date('2027-01-31T23:59:59.999Z') },
    });
    expect(policy.rules).toEqual([
      {
        environments: ['production', 'prod-*'],
        demand: {
          kind: 'signed',
          signature: { anyOf: ['gh', 'ci'], min: 2 },
          attestations: [
            {
              type: 'https://slsa.dev/provenance/v1',
              by: ['gh'],
              min: 1,
              distinctFromSignature: false,
              where: [
                { path: 'buildDefinition.buildType', equals: 'https://*' },
                { path: 'passed', equals: true },
                { path: 'runs', equals: 3 },
              ],
              notExpired: false,
              maxAgeMs: 7 * 86_400_000,
            },
            {
              type: 'https://squizzle.dev/attestations/approval/v1',
              by: ['hsm'],
              min: 1,
              distinctFromSignature: true,
              where: [
                { path: 'environment', equals: '$env' },
                { path: 'decision', equals: 'approve', implied: true },
              ],
              notExpired: true,
              maxAgeMs: null,
            },
          ],
          antiRollback: { increasing: true, chain: true },
        },
      },
      { environments: ['test'], demand: { kind: 'unsigned', reason: 'laptops' } },
    ]);
    expect(policy.limits).toEqual({ bundleBytes: 65_536, referrers: 32, logEntries: 4 });
  });

  it.each([
    {
      what: 'an unknown field',
      edit: ['expires:', 'expire:'],
      says: "2:1: expire: unknown field; did you mean 'expires'?",
    },
    {
      what: 'an unknown field within',
      edit: ['issuer:', 'isuer:'],
      says: "10:7: principals.gh.keyless.isuer: unknown field; did you mean 'issuer'?",
    },
    {
      what: 'a missing field',
      edit: ['      issuer: https://token.actions.githubusercontent.com\n', ''],
      says: "8:5: principals.gh.keyless: 'issuer' is missing; it is required",
    },
    {
      what: 'another version',
      edit: ['trust/v1', 'trust/v2'],
      says: "1:1: apiVersion: there is no version 'squizzle.dev/trust/v2'; did you mean 'squizzle.dev/trust/v1'?",
    },
    {
      what: 'what is no date',
      edit: ['2027-06-30T00:00:00Z', 'soon'],
      says: "2:1: expires: expected a day as 2027-06-30, or a time as 2027-06-30T12:00:00Z (RFC 3339), found 'soon'",
    },
    { what: 'a day that no month has', edit: ['until: 2027-01-31', 'until: 2027-02-30'], says: 'expected a day' },
    {
      what: 'a time without zone',
      edit: ['2027-06-30T00:00:00Z', '2027-06-30T00:00:00'],
      says: '2:1: expires: expected a day',
    },
    {
      what: 'an end before the beginning',
      edit: ['until: 2027-01-31', 'until: 2025-12-31'],
      says: "principals.ci.key.until: 'until' lies before 'from'",
    },
    {
      what: 'an unknown root',
      edit: ['root: public', 'root: publik'],
      says: "9:7: principals.gh.keyless.root: there is no root 'publik'; did you mean 'public'?",
    },
    {
      what: 'an identity without root',
      edit: ['root: public', 'root: plain'],
      says: "root 'plain' has no trustedRoot",
    },
    {
      what: 'an identity whose time nobody proves',
      edit: [`${pin}}}`, `${pin}}, require: {timestamps: 0}}`],
      says: "root 'public' requires no timestamps",
    },
    {
      what: 'a requirement of no root',
      edit: ['plain: {}', 'plain: {require: {logEntries: 1}}'],
      says: 'roots.plain.require: nothing can be required without a trustedRoot',
    },
    {
      what: "a root called 'none' that is one",
      edit: ['public: {trustedRoot', 'none: {trustedRoot'],
      says: "roots.none: 'none' means no root",
    },
    {
      what: 'an unknown builtin',
      edit: ['sigstore-public-good', 'sigstore-public-god'],
      says: "there is no built-in root 'sigstore-public-god'; did you mean 'sigstore-public-good'?",
    },
    {
      what: 'a root from nowhere',
      edit: [`builtin: sigstore-public-good, `, ''],
      says: "expected exactly one of 'builtin' and 'file'",
    },
    {
      what: 'a root from a file without pin',
      edit: [`{builtin: sigstore-public-good, sha256: ${pin}}`, '{file: root.json}'],
      says: "'sha256' is missing: a root from a file is pinned",
    },
    {
      what: 'a pin that is none',
      edit: [`sha256: ${pin}`, 'sha256: abc'],
      says: 'expected a SHA-256: 64 lowercase hex digits',
    },
    {
      what: 'a principal of both kinds',
      edit: ['  ci: {key:', '  ci: {keyless: {}, key:'],
      says: "13:3: principals.ci: expected exactly one of 'keyless' and 'key'",
    },
    {
      what: 'a name and a glob',
      edit: ['san: {exact', 'san: {glob: a, exact'],
      says: "expected exactly one of 'exact' and 'glob'",
    },
    {
      what: 'everybody, as a name',
      edit: [
        'san: {exact: "https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main"}',
        'san: {glob: "**"}',
      ],
      says: "principals.gh.keyless.san.glob: '**' is everybody whom the issuer knows",
    },
    {
      what: 'everybody of every host',
      edit: [
        'san: {exact: "https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main"}',
        'san: {glob: "https://**/*"}',
      ],
      says: 'is everybody whom the issuer knows',
    },
    {
      what: 'every mail address',
      edit: [
        'san: {exact: "https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main"}',
        'san: {glob: "*@*"}',
      ],
      says: 'is everybody whom the issuer knows',
    },
    {
      what: 'an unknown claim',
      edit: ['sourceRepositoryId', 'sourceRepositoryID'],
      says: "unknown field; did you mean 'sourceRepositoryId'?",
    },
    { what: 'a claim that is a number', edit: ['"42"', '42'], says: "expected a text, found '42'; put it in quotes" },
    {
      what: 'a key that is not there',
      edit: ['keys/ci.pub', 'keys/gone.pub'],
      says: "principals.ci.key.pem: cannot read keys/gone.pub (ENOENT); it is looked for in the policy's folder",
    },
    {
      what: 'a key by an absolute path',
      edit: ['keys/ci.pub', '/etc/keys/ci.pub'],
      says: "expected a path relative to the policy's folder, found '/etc/keys/ci.pub'",
    },
    {
      what: 'a key by a drive',
      edit: ['keys/ci.pub', "'C:\\ci.pub'"],
      says: "expected a path relative to the policy's folder",
    },
    {
      what: 'a key in place',
      edit: ['keys/ci.pub', '"-----BEGIN PUBLIC KEY-----"'],
      says: 'expected the path of a file, not what it holds',
    },
    {
      what: 'another key than the pinned one',
      edit: [hsm.fingerprint, other],
      says: `keys/hsm.pub is another key than the one pinned: its SHA-256 is ${hsm.fingerprint}`,
    },
    {
      what: 'the same key twice',
      edit: ['keys/ci.pub', 'keys/hsm.pub'],
      says: "principals.hsm: has the same key as 'ci': one party would count as two",
    },
    {
      what: 'an unknown principal',
      edit: ['anyOf: [gh, ci]', 'anyOf: [gh, cj]'],
      says: "rules[0].require.signature.anyOf[1]: there is no principal 'cj'; did you mean 'ci'?",
    },
    {
      what: 'a principal twice',
      edit: ['anyOf: [gh, ci]', 'anyOf: [gh, gh]'],
      says: "'gh' is named twice: each principal counts once",
    },
    {
      what: 'a threshold beyond the principals',
      edit: ['min: 2', 'min: 3'],
      says: '3 distinct principals are asked for, and 2 named: this can never be met',
    },
    { what: 'a threshold of nobody', edit: ['min: 2', 'min: 0'], says: 'expected a whole number from 1 to 100' },
    { what: 'nobody to sign', edit: ['anyOf: [gh, ci], min: 2', 'anyOf: []'], says: 'expected at least one principal' },
    {
      what: 'no signature',
      edit: ['      signature: {anyOf: [gh, ci], min: 2}\n', ''],
      says: "rules[0].require: 'signature' is missing; it is required",
    },
    {
      what: 'an unknown variable',
      edit: ['$env', '$environment'],
      says: 'where.environment: expected after a $ one of env, version, digest; write $$ for a $',
    },
    {
      what: 'a path with an empty name',
      edit: ['buildDefinition.buildType', 'buildDefinition..buildType'],
      says: "expected names with '.' between them",
    },
    {
      what: 'a value to compare that is a mapping',
      edit: ['passed: true', 'passed: {a: b}'],
      says: 'expected a text, a number, true or false, found a mapping',
    },
    {
      what: 'a span without unit',
      edit: ['maxAge: 7d', 'maxAge: 7'],
      says: "maxAge: expected a text, found '7'; put it in quotes",
    },
    {
      what: 'what is no span',
      edit: ['maxAge: 7d', 'maxAge: 7 days'],
      says: "expected a span with its unit, as 90min, 12h, 7d or 4w, found '7 days'",
    },
    {
      what: 'distinctness from something else',
      edit: ['distinctFrom: signature', 'distinctFrom: approval'],
      says: "distinctFrom: expected 'signature', found 'approval'",
    },
    {
      what: 'other anti-rollback',
      edit: ['versions: increasing', 'versions: decreasing'],
      says: "expected 'increasing', found 'decreasing'",
    },
    {
      what: 'both demands',
      edit: ['unsigned: {allowed', 'require: {signature: {anyOf: [ci]}}\n    unsigned: {allowed'],
      says: "rules[1]: expected exactly one of 'require' and 'unsigned'",
    },
    { what: 'no reason', edit: ['reason: " laptops "', 'reason: " "'], says: 'expected a text that is not empty' },
    {
      what: 'unsigned, but not',
      edit: ['allowed: true', 'allowed: false'],
      says: 'expected true: to deny, leave the rule out',
    },
    {
      what: 'unsigned as a text',
      edit: ['allowed: true', "allowed: 'true'"],
      says: "expected true or false, found 'true'",
    },
    {
      what: 'anti-rollback without signature',
      edit: ['    unsigned:', '    antiRollback: {chain: required}\n    unsigned:'],
      says: 'nothing protects an unsigned release',
    },
    {
      what: 'no environment',
      edit: ['environments: [test]', 'environments: []'],
      says: 'expected at least one environment',
    },
    {
      what: 'an environment that is a pattern of another kind',
      edit: ['"prod-*"', '"prod-[0-9]"'],
      says: "expected the name of an environment, '*' in it for any characters, found 'prod-[0-9]'",
    },
    {
      what: 'a limit beyond all',
      edit: ['bundleBytes: 65536', 'bundleBytes: 99999999'],
      says: 'expected a whole number from 1 to 16777216',
    },
    {
      what: 'a list for a mapping',
      edit: ['limits: {bundleBytes: 65536, tlogEntries: 4}', 'limits: [1]'],
      says: 'limits: expected a mapping of keys to values, found a list',
    },
    {
      what: 'an alias',
      edit: ['  plain: {}', '  plain: &a {}\n  again: *a'],
      says: '6:10: aliases are refused; write it out',
    },
    { what: 'a merge key', edit: ['  plain: {}', '  <<: {}'], says: 'roots.<<: expected a name of letters' },
    {
      what: 'a tag',
      edit: ['min: 2', 'min: !!binary 2'],
      says: '18:50: tags are refused, as tag:yaml.org,2002:binary',
    },
    { what: 'a second document', edit: ['limits:', '---\nlimits:'], says: 'Source contains multiple documents' },
  ])('refuses $what', async ({ edit: [from = '', to = ''], says }) => {
    expect(POLICY).toContain(from);
    expect(await faultsOf(POLICY.replace(from, to))).toContain(says);
  });

  it('tells all faults at once, in the order of the file', async () => {
    const text = POLICY.replace('expires:', 'expire:')
      .replace('root: public', 'root: x1y2z3')
      .replace('min: 2', 'min: 9');
    const outcome = await read(text).catch((cause: unknown) => cause);
    expect(isSquizzleError(outcome, 'POLICY_INVALID')).toBe(true);
    expect((outcome as Error).message.split('\n')).toEqual([
      '3 faults:',
      expect.stringMatching(/^squizzle\.trust\.yaml:2:1: expire: /),
      expect.stringMatching(/^squizzle\.trust\.yaml:9:7: principals\.gh\.keyless\.root: /),
      expect.stringMatching(/^squizzle\.trust\.yaml:18:36: rules\[0\]\.require\.signature\.min: /),
    ]);
    expect(outcome).toMatchObject({ details: { file: 'squizzle.trust.yaml', key: 'expire' } });
  });

  it.each([
    { what: 'an empty file', text: '', says: 'expected a mapping of keys to values, found nothing' },
    { what: 'a list', text: '- a', says: 'expected a mapping of keys to values, found a list' },
    { what: 'no rules', text: 'apiVersion: squizzle.dev/trust/v1', says: "'rules' is missing; it is required" },
  ])('refuses $what', async ({ text, says }) => {
    expect(await faultsOf(text)).toContain(says);
  });

  it('refuses a root that is not the pinned one by its own code', async () => {
    await expect(read(POLICY.replace(pin, other))).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' });
    await expect(read(POLICY.replace(pin, other).replace('min: 2', 'min: 9'))).rejects.toMatchObject({
      code: 'POLICY_INVALID',
    });
  });
});
