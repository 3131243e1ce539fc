import { checksumOf } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { containing } from '../../test/matchers.ts';
import { parseEvents, parseJournal } from './ledger-rows.ts';

const EVENT = {
  seq: 1,
  event: 'applied',
  version: '1.0.0',
  artifact_digest: `sha256:${checksumOf('a')}`,
  checksum: checksumOf('b'),
  signer: { kind: 'key' },
  actor: 'ci',
  environment: 'production',
  client: 'squizzle 1',
  started_at: '2026-01-02T03:04:05.006Z',
  finished_at: '2026-01-02T03:04:06.000Z',
  duration_ms: 994,
  schema_digest: null,
  details: {},
  previous_hash: null,
  hash: checksumOf('c'),
};
const ENTRY = {
  started_seq: 1,
  segment: 0,
  path: 'a.sql',
  start_offset: 0,
  end_offset: 9,
  checksum: checksumOf('d'),
  state: 'started',
};

describe('ledger rows', () => {
  it('become events and entries', () => {
    expect(parseEvents(JSON.stringify([EVENT]))).toMatchObject([
      { seq: 1, signer: { kind: 'key' }, schemaDigest: null },
    ]);
    expect(parseJournal(JSON.stringify([ENTRY]))).toMatchObject([{ start: 0, end: 9, state: 'started' }]);
  });

  it.each([
    { change: { event: 'dropped' }, column: 'event' },
    { change: { version: 'one' }, column: 'version' },
    { change: { version: null }, column: 'version' },
    { change: { artifact_digest: 'sha256:no' }, column: 'artifact_digest' },
    { change: { hash: 'no' }, column: 'hash' },
    { change: { duration_ms: 1.5 }, column: 'duration_ms' },
    { change: { seq: 2 ** 60 }, column: 'seq' },
    { change: { signer: { n: 1 } }, column: 'signer' },
    { change: { details: [] }, column: 'details' },
  ])('are refused when someone changed $column to $change', ({ change, column }) => {
    const read = (): unknown => parseEvents(JSON.stringify([{ ...EVENT, ...change }]));
    expect(read).toThrow(expect.objectContaining({ code: 'LEDGER_INVALID', message: containing(column) }));
  });

  it.each([{ state: 'done' }, { start_offset: 'x' }, { checksum: '' }])('refuses journal rows with %o', (change) => {
    const read = (): unknown => parseJournal(JSON.stringify([{ ...ENTRY, ...change }]));
    expect(read).toThrow(expect.objectContaining({ code: 'LEDGER_INVALID' }));
  });
});
