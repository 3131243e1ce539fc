import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '../testing/ledger-samples.ts';
import { emptyRelease } from '../testing/release-builder.ts';
import type { PulledArtifact } from './artifact.ts';
import { checksumOf, checksumToDigest } from './checksum.ts';
import { EMPTY_HISTORY, type History } from './history.ts';
import { sealEntry, type LedgerEvent, type LedgerEventType } from './ledger-event.ts';
import { describeStatus } from './status.ts';
import type { Version } from './version.ts';

const digestOfRelease = (version: string) => checksumToDigest(checksumOf(`artifact ${version}`));

/** Each release knows the digest of the one before. */
function artifactOf(...versions: readonly string[]): PulledArtifact {
  const releases = versions.map((version, at) => {
    const before = versions[at - 1];
    const previous = before === undefined ? null : { version: before as Version, digest: digestOfRelease(before) };
    return emptyRelease({ version: version as Version, previous });
  });
  const root = { mediaType: 'x', digest: digestOfRelease(versions.at(-1) ?? ''), size: 1 };
  return { root, releases, manifest: releases.at(-1) } as unknown as PulledArtifact;
}

function historyOf(...rows: readonly (readonly [LedgerEventType, string, string?])[]): History {
  const events: LedgerEvent[] = [];
  for (const [event, version, digestName = version] of rows) {
    const entry = ledgerEntry({
      event,
      version: version as Version,
      artifactDigest: digestOfRelease(digestName),
      details: { steps: 3 },
    });
    events.push(sealEntry(entry, events.at(-1) ?? null));
  }
  return { initialized: true, events, journal: [] };
}

const CHAIN = artifactOf('1.0.0', '1.1.0', '1.2.0');

describe('describeStatus', () => {
  it.each<{
    why: string;
    history: History;
    artifact: PulledArtifact | null;
    releases: string[];
    current: string | null;
    pending: number;
  }>([
    {
      why: 'an empty database and no artifact',
      history: EMPTY_HISTORY,
      artifact: null,
      releases: [],
      current: null,
      pending: 0,
    },
    {
      why: 'an empty database: all is pending',
      history: EMPTY_HISTORY,
      artifact: CHAIN,
      releases: ['1.0.0 pending', '1.1.0 pending', '1.2.0 pending'],
      current: null,
      pending: 3,
    },
    {
      why: 'a database in the middle',
      history: historyOf(['applied', '1.0.0'], ['applied', '1.1.0']),
      artifact: CHAIN,
      releases: ['1.0.0 applied', '1.1.0 applied', '1.2.0 pending'],
      current: '1.1.0',
      pending: 1,
    },
    {
      why: 'a database at the end',
      history: historyOf(['applied', '1.0.0'], ['applied', '1.1.0'], ['applied', '1.2.0']),
      artifact: CHAIN,
      releases: ['1.0.0 applied', '1.1.0 applied', '1.2.0 applied'],
      current: '1.2.0',
      pending: 0,
    },
    {
      why: 'nothing to compare with',
      history: historyOf(['applied', '1.0.0', 'other']),
      artifact: null,
      releases: ['1.0.0 applied'],
      current: '1.0.0',
      pending: 0,
    },
    {
      why: 'a baseline: what lies before it is not pending',
      history: historyOf(['baselined', '1.1.0']),
      artifact: CHAIN,
      releases: ['1.1.0 baselined', '1.2.0 pending'],
      current: '1.1.0',
      pending: 1,
    },
    {
      why: 'a repair, which is no release',
      history: historyOf(['applied', '1.0.0'], ['started', '1.1.0'], ['repaired', '1.0.0']),
      artifact: CHAIN,
      releases: ['1.0.0 applied', '1.1.0 unfinished', '1.2.0 pending'],
      current: '1.0.0',
      pending: 2,
    },
    {
      why: 'an artifact older than the database',
      history: historyOf(['applied', '1.0.0'], ['applied', '1.1.0']),
      artifact: artifactOf('1.0.0'),
      releases: ['1.0.0 applied', '1.1.0 applied'],
      current: '1.1.0',
      pending: 0,
    },
    {
      why: 'a run that was interrupted',
      history: historyOf(['applied', '1.0.0'], ['started', '1.1.0']),
      artifact: CHAIN,
      releases: ['1.0.0 applied', '1.1.0 unfinished', '1.2.0 pending'],
      current: '1.0.0',
      pending: 2,
    },
    {
      why: 'a release that was taken back',
      history: historyOf(['applied', '1.0.0'], ['reverted', '1.0.0']),
      artifact: CHAIN,
      releases: ['1.0.0 pending', '1.1.0 pending', '1.2.0 pending'],
      current: null,
      pending: 3,
    },
  ])('$why', ({ history, artifact, releases, current, pending }) => {
    const status = describeStatus(history, artifact);
    expect(status.releases.map(({ version, state }) => `${version} ${state}`)).toEqual(releases);
    expect(status).toMatchObject({ current, pending, diverged: false, initialized: history.initialized });
    expect(status.digest).toBe(
      current === null ? null : history.events.findLast(({ version }) => version === current)?.artifactDigest,
    );
    if (artifact === null) return;
    for (const { version, digest } of status.releases) expect(digest).toBe(digestOfRelease(version));
  });

  it.each([
    {
      why: 'a release of another digest',
      history: historyOf(['applied', '1.0.0', 'other'], ['applied', '1.1.0']),
      releases: ['1.0.0 diverged', '1.1.0 applied', '1.2.0 pending'],
    },
    {
      why: 'a release that the chain does not have',
      history: historyOf(['applied', '1.0.0'], ['applied', '1.0.5']),
      releases: ['1.0.0 applied', '1.0.5 diverged', '1.1.0 pending', '1.2.0 pending'],
    },
    {
      why: 'a baseline of another digest',
      history: historyOf(['baselined', '1.2.0', 'other']),
      releases: ['1.2.0 diverged'],
    },
  ])('diverged: $why', ({ history, releases }) => {
    const status = describeStatus(history, CHAIN);
    expect(status.releases.map(({ version, state }) => `${version} ${state}`)).toEqual(releases);
    expect(status.diverged).toBe(true);
  });

  it('tells of each release when it was applied, and of how many steps', () => {
    const { releases } = describeStatus(historyOf(['applied', '1.0.0']), CHAIN);
    expect(releases[0]).toMatchObject({ appliedAt: '2026-01-02T03:04:06.000Z', steps: 3 });
    expect(releases[1]).toMatchObject({ appliedAt: null, steps: 0 });
  });

  it('tells which run is unfinished', () => {
    expect(describeStatus(historyOf(['started', '1.0.0']), CHAIN).unfinished).toEqual({
      version: '1.0.0',
      direction: 'up',
    });
    expect(describeStatus(historyOf(['applied', '1.0.0']), CHAIN).unfinished).toBeNull();
  });
});
