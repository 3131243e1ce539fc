/**
 * The ledger's events: append-only, numbered from 1, each sealed with a hash over itself and its predecessor.
 *
 * @module
 */
import { canonicalJson, type Digest } from '@squizzle/oci-spec';
import { checksumOf, type Checksum } from './checksum.ts';
import type { Version } from './version.ts';

/**
 * `started`, `applied`, `reverted`, `failed`: what a run did · `baselined`: recorded without running · `repaired`: `doctor`
 * mended something, `version` being the release the database was at. `failed` and `repaired` leave releases as they are.
 */
export type LedgerEventType = 'started' | 'applied' | 'reverted' | 'baselined' | 'failed' | 'repaired';

/** What happened, before it has a place in the chain. Times are RFC 3339 in UTC with milliseconds. */
export interface LedgerEntry {
  readonly event: LedgerEventType;
  readonly version: Version;
  readonly artifactDigest: Digest;
  /** The release's layer. */
  readonly checksum: Checksum;
  /** Who signed, as the policy named them; `null` where the policy allows unsigned releases. */
  readonly signer: Readonly<Record<string, string>> | null;
  readonly actor: string;
  readonly environment: string;
  /** Program and run: `squizzle 0.1.0 (run 3f9a…)`. */
  readonly client: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly schemaDigest: Digest | null;
  readonly details: LedgerDetails;
}

/** Values are JSON; keys are part of the documented output. */
export type LedgerDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface LedgerEvent extends LedgerEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly previousHash: Checksum | null;
  readonly hash: Checksum;
}

/** Gives an entry its place after `previous` and its hash. */
export function sealEntry(entry: LedgerEntry, previous: LedgerEvent | null): LedgerEvent {
  const placed = { ...entry, seq: (previous?.seq ?? 0) + 1, previousHash: previous?.hash ?? null };
  return { ...placed, hash: hashEvent(placed) };
}

/** SHA-256 over the canonical JSON of every field but `hash`, `previousHash` among them. */
export function hashEvent(event: Omit<LedgerEvent, 'hash'>): Checksum {
  const { seq, previousHash, version, artifactDigest, checksum, signer, actor, environment, client } = event;
  const { startedAt, finishedAt, durationMs, schemaDigest, details } = event;
  const sealed = { seq, event: event.event, version, artifactDigest, checksum, signer, actor, environment, client };
  return checksumOf(
    canonicalJson({ ...sealed, startedAt, finishedAt, durationMs, schemaDigest, details, previousHash }),
  );
}

/** The first event whose place or hash is wrong, or `undefined` when the chain is whole. */
export function findBrokenEvent(events: readonly LedgerEvent[]): LedgerEvent | undefined {
  return events.find((event, index) => {
    const before = events[index - 1];
    const follows = event.seq === index + 1 && event.previousHash === (before?.hash ?? null);
    return !follows || event.hash !== hashEvent(event);
  });
}
