/** Predicates but provenance: what each says, and what none of them takes. */
import { checksumOf, parseVersion, type Checksum, type Version } from '@squizzle/core';
import { digestOf, parseTag, type Tag } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { applyReceipt } from './apply-receipt.ts';
import { approval } from './approval.ts';
import { rehearsalReport } from './rehearsal-report.ts';
import { ociPurl, releaseBinding } from './release-binding.ts';
import { testResult } from './test-result.ts';

const digest = digestOf(Buffer.from('artifact'));
const version = parseVersion('1.2.0') as Version;
const tag = parseTag('v1.2.0') as Tag;
const ledgerHead: Checksum = checksumOf('ledger');
const [startedAt, finishedAt] = ['2026-06-01T12:00:00Z', '2026-06-01T12:00:01.5Z'] as const;

const APPROVAL = {
  environment: 'production',
  decision: 'approve',
  reason: 'reviewed',
  expires: '2026-07-01T02:00:00+02:00',
  decidedAt: '2026-06-01T02:00:00+02:00',
} as const;
const RECEIPT = {
  environment: 'production',
  database: digest,
  release: version,
  digest,
  ledgerHead,
  startedAt,
  finishedAt,
  policyDigest: null,
};
const REHEARSAL = {
  from: null,
  to: version,
  server: '18.1',
  schemaDigest: digest,
  rollback: { missing: null, differences: [] },
  again: [],
};

describe('releaseBinding', () => {
  it('names the release by its purl and its version', () => {
    expect(releaseBinding({ digest, version, tag, repository: 'ghcr.io/acme/db' })).toEqual({
      purl: `pkg:oci/db@${digest.replace(':', '%3A')}?repository_url=ghcr.io/acme/db&tag=v1.2.0`,
      version: '1.2.0',
    });
  });

  it.each([
    { repository: 'db', purl: 'tag=v1.2.0', why: 'a plain name lies in no registry' },
    { repository: 'localhost:5000/db', purl: 'repository_url=localhost%3A5000/db&tag=v1.2.0', why: 'a port' },
  ])('purl of $repository: $why', ({ repository, purl }) => {
    expect(ociPurl({ digest, tag, repository })).toBe(`pkg:oci/db@${digest.replace(':', '%3A')}?${purl}`);
  });

  it.each(['', 'ghcr.io/', 'ghcr.io/DB', 'ghcr.io/a?b'])('refuses the repository %j', (repository) => {
    expect(() => ociPurl({ digest, tag, repository })).toThrow(RangeError);
  });
});

describe('approval', () => {
  it('says since when and until when, in UTC', () => {
    const times = { expires: '2026-07-01T00:00:00Z', decidedAt: '2026-06-01T00:00:00Z' };
    expect(approval(APPROVAL)).toEqual({ ...APPROVAL, ...times });
  });
});

describe('approval, saying no', () => {
  it('may stand for good', () => {
    const { expires, ...rest } = APPROVAL;
    const decidedAt = '2026-06-01T00:00:00Z';
    expect(approval({ ...rest, decision: 'reject' })).toEqual({ ...rest, decision: 'reject', decidedAt });
    expect(approval({ ...rest, decision: 'reject', expires })).toMatchObject({ expires: '2026-07-01T00:00:00Z' });
  });
});

describe('applyReceipt', () => {
  it('says what was applied, and what the ledger ended with', () => {
    expect(applyReceipt(RECEIPT)).toEqual({ ...RECEIPT, finishedAt: '2026-06-01T12:00:01.500Z' });
  });
});

describe('rehearsalReport', () => {
  it.each([
    {
      differences: {},
      expected: { sound: true, rollback: { missing: null, differences: 0 }, again: { differences: 0 } },
      why: 'nothing differs',
    },
    {
      differences: { rollback: { missing: '1.sql', differences: null }, again: null },
      expected: { sound: true, rollback: { missing: '1.sql', differences: null }, again: { differences: null } },
      why: 'a release without a way back can be sound',
    },
    {
      differences: { again: [{} as never] },
      expected: { sound: false, again: { differences: 1 } },
      why: 'it led elsewhere the second time',
    },
  ])('sound: $expected.sound, $why', ({ differences, expected }) => {
    const report = rehearsalReport({ rehearsal: { ...REHEARSAL, ...differences }, startedAt, finishedAt });
    expect(report).toMatchObject({ from: null, to: '1.2.0', server: '18.1', schemaDigest: digest, ...expected });
  });
});

describe('testResult', () => {
  it('lists the tests', () => {
    const configuration = [{ name: 'ci.yml', digest: { gitBlob: 'abc' } }];
    expect(testResult({ result: 'WARNED', configuration, warnedTests: ['slow'], url: 'https://ci.test/1' })).toEqual({
      result: 'WARNED',
      configuration,
      url: 'https://ci.test/1',
      passedTests: [],
      warnedTests: ['slow'],
      failedTests: [],
    });
  });
});

describe('what is refused', () => {
  it.each([
    { what: 'an approval without reason', make: () => approval({ ...APPROVAL, reason: ' ' }) },
    { what: 'an approval of a day', make: () => approval({ ...APPROVAL, decidedAt: '2026-06-01' }) },
    { what: 'an approval for no environment', make: () => approval({ ...APPROVAL, environment: '' }) },
    { what: 'an approval until a day', make: () => approval({ ...APPROVAL, expires: '2026-07-01' }) },
    {
      what: 'an approval until a time of no zone',
      make: () => approval({ ...APPROVAL, expires: '2026-07-01T00:00:00' }),
    },
    {
      what: 'an approval until a day that is not',
      make: () => approval({ ...APPROVAL, expires: '2026-02-30T00:00:00Z' }),
    },
    {
      what: 'an approval that was over when it was made',
      make: () => approval({ ...APPROVAL, decidedAt: '2026-07-01T00:00:00Z' }),
    },
    {
      what: 'a receipt that ends before it begins',
      make: () => applyReceipt({ ...RECEIPT, finishedAt: '2026-06-01T11:59:59Z' }),
    },
    {
      what: 'a rehearsal on no server',
      make: () => rehearsalReport({ rehearsal: { ...REHEARSAL, server: '' }, startedAt, finishedAt }),
    },
    {
      what: 'a passed run with failed tests',
      make: () => testResult({ result: 'PASSED', configuration: [], failedTests: ['a'] }),
    },
    {
      what: 'a passed run with warnings',
      make: () => testResult({ result: 'PASSED', configuration: [], warnedTests: ['a'] }),
    },
    { what: 'a test without name', make: () => testResult({ result: 'FAILED', configuration: [], failedTests: [''] }) },
    { what: 'a configuration of nothing', make: () => testResult({ result: 'PASSED', configuration: [{}] }) },
    {
      what: 'a package of no identity',
      make: () => releaseBinding({ digest, version, tag, repository: 'db', releaseId: '' }),
    },
  ])('$what', ({ make }) => {
    expect(make).toThrow(RangeError);
  });
});
