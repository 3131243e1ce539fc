import { describe, expect, it } from 'vitest';
import type { PulledArtifact } from '../model/artifact.ts';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import type { LedgerEntry } from '../model/ledger-event.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import { sealedLedger } from '../testing/ledger-samples.ts';
import { emptyRelease } from '../testing/release-builder.ts';
import { version } from '../testing/shop.ts';
import {
  declaredSchemas,
  detectRelease,
  recordedSchemas,
  rehearsedSchemas,
  type SchemaCandidate,
} from './detect-release.ts';

const digestOf = (text: string) => checksumToDigest(checksumOf(text));
const tables = (...names: readonly string[]): SchemaSnapshot => ({
  objects: names.map((name) => ({ kind: 'table', name: `public.${name}`, definition: {} })),
});

function candidate(text: string, snapshot: SchemaSnapshot, source: SchemaCandidate['source'] = 'rehearsed') {
  const known = source === 'rehearsed' ? snapshot : null;
  return { version: version(text), digest: schemaDigest(snapshot), source, snapshot: known };
}

describe('detectRelease', () => {
  const LIVE = tables('a', 'b');
  const versionsOf = (candidates: readonly SchemaCandidate[]) => [...new Set(candidates.map((each) => each.version))];

  it.each<{ why: string; candidates: readonly SchemaCandidate[]; found: string }>([
    {
      why: 'the one that has the schema',
      candidates: [candidate('1.0.0', tables('a')), candidate('1.1.0', LIVE), candidate('1.2.0', tables('c'))],
      found: '1.1.0 rehearsed',
    },
    {
      why: 'the first given, of those that say the same of one release',
      candidates: [candidate('1.0.0', LIVE, 'declared'), candidate('1.0.0', LIVE)],
      found: '1.0.0 declared',
    },
    {
      why: 'one that somebody knows otherwise, where another candidate agrees',
      candidates: [candidate('1.0.0', tables(), 'declared'), candidate('1.0.0', LIVE)],
      found: '1.0.0 rehearsed',
    },
  ])('finds $why', ({ candidates, found }) => {
    const { version: text, source } = detectRelease(LIVE, versionsOf(candidates), candidates);
    expect(`${text} ${source}`).toBe(found);
  });

  it.each<{
    why: string;
    candidates: readonly SchemaCandidate[];
    more: readonly string[];
    fitting: readonly string[];
    says: RegExp;
  }>([
    {
      why: 'several lead to it, as of releases that change data alone',
      candidates: [candidate('1.10.0', LIVE), candidate('1.9.0', LIVE), candidate('1.0.0', tables())],
      more: [],
      fitting: ['1.9.0', '1.10.0'],
      says: /^1\.9\.0 and 1\.10\.0 lead to this schema.*'squizzle baseline <version>'/,
    },
    {
      why: 'a newer one may lead to it, too',
      candidates: [candidate('1.0.0', LIVE, 'declared')],
      more: ['1.1.0'],
      fitting: ['1.0.0'],
      says: /^1\.0\.0 leads to this schema, but where 1\.1\.0 leads is not known, and it may/,
    },
    {
      why: 'older ones may lead to it, too',
      candidates: [candidate('1.2.0', LIVE, 'declared')],
      more: ['1.0.0', '1.1.0'],
      fitting: ['1.2.0'],
      says: /^1\.2\.0 leads to this schema, but where 1\.0\.0 and 1\.1\.0 lead is not known, and they may/,
    },
  ])('guesses nothing where $why', ({ candidates, more, fitting, says }) => {
    const versions = [...versionsOf(candidates), ...more.map(version)];
    const expected = {
      code: 'SCHEMA_UNKNOWN',
      details: expect.objectContaining({ fitting, unknown: more }) as unknown,
      message: expect.stringMatching(says) as unknown,
    };
    expect(() => detectRelease(LIVE, versions, candidates)).toThrow(expect.objectContaining(expected));
  });

  it('names ten of very many', () => {
    const candidates = Array.from({ length: 12 }, (_, minor) => candidate(`1.${minor}.0`, LIVE));
    expect(() => detectRelease(LIVE, versionsOf(candidates), candidates)).toThrow(/1\.9\.0 and 2 more lead/);
  });

  it.each<{ why: string; candidates: readonly SchemaCandidate[]; compared: unknown[]; says: RegExp }>([
    { why: 'nothing is known', candidates: [], compared: [], says: /--declare-schema.*--scratch/ },
    {
      why: 'only digests are known',
      candidates: [candidate('1.0.0', tables('x'), 'declared')],
      compared: [{ version: '1.0.0', differences: null }],
      says: /none of 1 release .*--scratch/,
    },
    {
      why: 'the nearest is one object away',
      candidates: [
        candidate('1.0.0', tables('x'), 'declared'),
        candidate('1.0.0', tables()),
        candidate('1.1.0', tables('a')),
        candidate('1.2.0', tables('a', 'c', 'd')),
      ],
      compared: [
        { version: '1.2.0', differences: 3 },
        { version: '1.1.0', differences: 1 },
        { version: '1.0.0', differences: 2 },
      ],
      says: /none of 3 releases .* nearest is 1\.1\.0, from which 1 object differs/,
    },
  ])('is at a loss when $why, and says how near it came', ({ candidates, compared, says }) => {
    const details = { schemaDigest: schemaDigest(LIVE), compared, fitting: [], unknown: [] };
    const expected = { code: 'SCHEMA_UNKNOWN', details, message: expect.stringMatching(says) as unknown };
    expect(() => detectRelease(LIVE, versionsOf(candidates), candidates)).toThrow(expect.objectContaining(expected));
  });
});

describe('candidates', () => {
  const [A, B] = [digestOf('schema a'), digestOf('schema b')];
  const releases = [
    emptyRelease({ version: version('1.0.0'), schemaDigest: A }),
    emptyRelease({
      version: version('1.1.0'),
      previous: { version: version('1.0.0'), digest: digestOf('artifact 1.0.0') },
    }),
  ];
  const root = { mediaType: 'x', digest: digestOf('artifact 1.1.0'), size: 1 };
  const artifact = { root, releases, manifest: releases[1] } as unknown as PulledArtifact;

  it('are what builds declared', () => {
    expect(declaredSchemas(artifact)).toEqual([{ version: '1.0.0', digest: A, source: 'declared', snapshot: null }]);
  });

  it('are what was seen on a scratch database', () => {
    const seen = tables('a');
    const digest = schemaDigest(seen);
    expect(rehearsedSchemas(new Map([[version('1.0.0'), seen]]))).toEqual([
      { version: '1.0.0', digest, source: 'rehearsed', snapshot: seen },
    ]);
  });

  const first: Partial<LedgerEntry> = { artifactDigest: digestOf('artifact 1.0.0'), schemaDigest: A };
  it.each<{ why: string; entries: readonly Partial<LedgerEntry>[]; found: readonly string[] }>([
    { why: 'an applied release', entries: [first], found: ['1.0.0'] },
    {
      why: 'a baseline, and what came after',
      entries: [
        { ...first, event: 'baselined' },
        { version: version('1.1.0'), artifactDigest: digestOf('artifact 1.1.0'), schemaDigest: B },
      ],
      found: ['1.0.0', '1.1.0'],
    },
    { why: 'none that recorded no schema', entries: [{ ...first, schemaDigest: null }], found: [] },
    { why: 'none of another digest', entries: [{ ...first, artifactDigest: digestOf('another') }], found: [] },
    { why: 'none that the chain lacks', entries: [{ ...first, version: version('3.0.0') }], found: [] },
    {
      why: 'none from where its schema had drifted',
      entries: [
        first,
        {
          version: version('1.1.0'),
          artifactDigest: digestOf('artifact 1.1.0'),
          schemaDigest: B,
          details: { driftedFrom: A },
        },
      ],
      found: ['1.0.0'],
    },
    { why: 'none of a way back', entries: [{ ...first, event: 'reverted' }], found: [] },
  ])('are what another database recorded: $why', ({ entries, found }) => {
    const candidates = recordedSchemas({ initialized: true, events: sealedLedger(...entries), journal: [] }, artifact);
    expect(candidates.map((each) => each.version)).toEqual(found);
    for (const { source, snapshot } of candidates) expect([source, snapshot]).toEqual(['recorded', null]);
  });
});
