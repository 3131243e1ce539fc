import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '../testing/ledger-samples.ts';
import { checksumOf, checksumToDigest } from './checksum.ts';
import { findBrokenEvent, hashEvent, sealEntry, type LedgerEntry, type LedgerEvent } from './ledger-event.ts';

function seal(entries: readonly LedgerEntry[]): readonly LedgerEvent[] {
  const events: LedgerEvent[] = [];
  for (const entry of entries) events.push(sealEntry(entry, events.at(-1) ?? null));
  return events;
}

const THREE = seal(['a', 'b', 'c'].map((actor) => ledgerEntry({ actor })));

describe('sealEntry', () => {
  it('numbers from 1 and binds each event to the one before', () => {
    expect(THREE.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(THREE.map(({ previousHash }) => previousHash)).toEqual([null, THREE[0]?.hash, THREE[1]?.hash]);
    expect(THREE.map(({ hash }) => hash)).toEqual(THREE.map((event) => hashEvent(event)));
  });

  it('hashes the same, whatever the order in which keys were given', () => {
    const entry = ledgerEntry({ details: { b: 1, a: [] }, signer: { y: '1', x: '2' } });
    const other = Object.fromEntries(Object.entries(entry).toReversed()) as unknown as LedgerEntry;
    expect(sealEntry({ ...other, details: { a: [], b: 1 } }, null).hash).toBe(sealEntry(entry, null).hash);
  });
});

/** Another value for each field an editor of the ledger could change. */
const EDITS: { readonly [K in keyof LedgerEvent]: LedgerEvent[K] } = {
  seq: 9,
  event: 'reverted',
  version: '9.9.9' as LedgerEvent['version'],
  artifactDigest: checksumToDigest(checksumOf('other')),
  checksum: checksumOf('other'),
  signer: { issuer: 'other' },
  actor: 'other',
  environment: 'other',
  client: 'other',
  startedAt: '2020-01-01T00:00:00.000Z',
  finishedAt: '2020-01-01T00:00:00.000Z',
  durationMs: 1,
  schemaDigest: checksumToDigest(checksumOf('other')),
  details: { steps: 9 },
  previousHash: checksumOf('other'),
  hash: checksumOf('other'),
};

describe('findBrokenEvent', () => {
  it.each([
    { events: [], why: 'an empty ledger' },
    { events: THREE.slice(0, 1), why: 'one event' },
    { events: THREE, why: 'several' },
  ])('finds nothing in $why', ({ events }) => expect(findBrokenEvent(events)).toBeUndefined());

  it.each(Object.entries(EDITS).map(([field, value]) => ({ field, value })))(
    'finds an edit of $field',
    ({ field, value }) => {
      const edited = THREE.map((event, at) => (at === 1 ? { ...event, [field]: value } : event));
      expect(findBrokenEvent(edited)?.actor).toBe(edited[1]?.actor);
    },
  );

  it('finds an edit that gave the event a new hash: the next one knows the old', () => {
    const edited = THREE.map((event, at) => (at === 1 ? resealed({ ...event, actor: 'other' }) : event));
    expect(findBrokenEvent(edited)).toBe(THREE[2]);
  });

  it.each([
    { events: THREE.slice(1), seq: 2, why: 'the first is gone' },
    { events: [THREE[0], THREE[2]], seq: 3, why: 'one in the middle is gone' },
    { events: [THREE[0], THREE[2], THREE[1]], seq: 3, why: 'two changed places' },
    { events: [...THREE, THREE[2]], seq: 3, why: 'one stands there twice' },
  ])('finds that $why', ({ events, seq }) => {
    expect(findBrokenEvent(events as readonly LedgerEvent[])?.seq).toBe(seq);
  });

  it('finds any one edit in any chain, at its place', () => {
    const entries = fc.array(fc.record({ actor: fc.string(), durationMs: fc.nat() }).map(ledgerEntry), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(entries, fc.nat(), fc.string(), (list, index, text) => {
        const events = seal(list);
        expect(findBrokenEvent(events)).toBeUndefined();
        const at = index % events.length;
        fc.pre(events[at]?.actor !== text);
        const edited = events.map((event, each) => (each === at ? { ...event, actor: text } : event));
        expect(findBrokenEvent(edited)).toBe(edited[at]);
      }),
    );
  });
});

function resealed(event: LedgerEvent): LedgerEvent {
  const { hash: _hash, ...rest } = event;
  return { ...rest, hash: hashEvent(rest) };
}
