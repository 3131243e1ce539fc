/**
 * A chain of three releases, and what ledgers say of it, for the tests of plans.
 *
 * @module
 */
import { artifactDigestOf, type VerifiedArtifact } from '../model/artifact.ts';
import type { History } from '../model/history.ts';
import { sealEntry, type LedgerEntry, type LedgerEvent } from '../model/ledger-event.ts';
import { version } from './shop.ts';

export const options = { environment: 'development' };
export const table = (name: string): string => `CREATE TABLE ${name} (i int);`;
export const down = (name: string): string => `DROP TABLE ${name};`;

export const CHAIN = {
  '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/1.down.sql': down('a') },
  '1.1.0': { 'migrations/2.sql': table('b'), 'migrations/2.down.sql': down('b') },
  '1.2.0': { 'migrations/3.sql': table('c'), 'migrations/3.down.sql': down('c') },
};

/** The ledger of a database that went through these events of the artifact's releases. */
export function history(
  artifact: VerifiedArtifact,
  ...events: readonly (readonly [LedgerEntry['event'], string, Partial<LedgerEntry>?])[]
): History {
  const sealed: LedgerEvent[] = [];
  for (const [event, text, overrides] of events) {
    const entry = {
      event,
      version: version(text),
      artifactDigest: artifactDigestOf(artifact, version(text)) ?? artifact.root.digest,
      checksum: artifact.releases.find((release) => release.version === text)?.checksum ?? artifact.manifest.checksum,
      signer: null,
      actor: 'anna',
      environment: 'development',
      client: 'test',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:01.000Z',
      durationMs: 1000,
      schemaDigest: null,
      details: {},
      ...overrides,
    };
    sealed.push(sealEntry(entry, sealed.at(-1) ?? null));
  }
  return { initialized: true, events: sealed, journal: [] };
}
