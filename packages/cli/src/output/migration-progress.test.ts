import type { LockConflict, MigrationEvent, Version } from '@squizzle/core';
import { expect, it } from 'vitest';
import { createMigrationProgress } from './migration-progress.ts';
import type { Output } from './output.ts';

const version = '1.2.0' as Version;
const holder = {
  pid: 123,
  applicationName: 'app',
  state: 'idle in transaction',
  since: '2026-11-21T04:16:05.000Z',
  command: 'UPDATE',
};
const unknown = { pid: 7, applicationName: '', state: null, since: null, command: null };
const conflictWith = (holders: LockConflict['holders']): LockConflict => {
  return { target: 'public.orders', mode: 'AccessExclusiveLock', waitedMs: 1_000, holders };
};
const blocked = (holders: LockConflict['holders']): MigrationEvent => {
  return { type: 'lock-blocked', version, conflict: conflictWith(holders) };
};
const retrying = (sqlState: string, conflict: LockConflict | null = null): MigrationEvent => {
  return { type: 'retrying', version, attempt: 1, waitMs: 250, sqlState, conflict };
};
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as const;

function toldOf(event: MigrationEvent): string {
  const told: string[] = [];
  const say = (text: string): number => told.push(text);
  const output = { progress: say, milestone: say, warn: (text: string) => say(`warning: ${text}`) };
  createMigrationProgress(output as unknown as Output)(event);
  return told.join('\n');
}

it.each([
  {
    event: blocked([holder]),
    says: '1.2.0: waiting for AccessExclusiveLock on public.orders, held by pid 123 (app, idle in transaction since 2026-11-21 04:16:05Z, UPDATE)',
    why: 'who is in the way, and since when',
  },
  {
    event: blocked([unknown, holder, holder, holder, holder]),
    says: expect.stringMatching(/held by pid 7, pid 123 \(.*\), pid 123 \(.*\), 2 more$/) as string,
    why: 'only what the role may see, and not hundreds',
  },
  {
    event: blocked([]),
    says: '1.2.0: waiting for AccessExclusiveLock on public.orders',
    why: 'they are gone already',
  },
  {
    event: retrying('55P03'),
    says: '1.2.0: a lock could not be had in time (SQLSTATE 55P03); try 2 in 250 ms',
    why: 'lock_timeout',
  },
  {
    event: retrying('55P03', conflictWith([unknown])),
    says: '1.2.0: a lock could not be had in time (SQLSTATE 55P03) when waiting for AccessExclusiveLock on public.orders, held by pid 7; try 2 in 250 ms',
    why: 'who was in the way',
  },
  {
    event: retrying('40P01'),
    says: '1.2.0: the server broke a deadlock (SQLSTATE 40P01); try 2 in 250 ms',
    why: 'another reason',
  },
  {
    event: { type: 'schema-differs', version, declared: digest('a'), found: digest('b') } as MigrationEvent,
    says: expect.stringMatching(/^warning: .* found sha256:b{12}, declared sha256:a{12};/) as string,
    why: 'a warning, no failure',
  },
  {
    event: { type: 'schema-drifted', version, recorded: digest('a'), found: digest('b') } as MigrationEvent,
    says: expect.stringMatching(
      /^warning: the schema is no longer the one that was recorded at 1\.2\.0: recorded sha256:a{12}, found sha256:b{12};/,
    ) as string,
    why: 'what was changed by hand is not taken up without a word',
  },
  {
    event: { type: 'ledger-edited', seq: 3 } as MigrationEvent,
    says: expect.stringMatching(/^warning: the ledger was changed .* at event 3; 'squizzle doctor'/) as string,
    why: 'an edit of the ledger does not go unnoticed, and blocks nobody',
  },
  {
    event: { type: 'schema-unrecorded', version } as MigrationEvent,
    says: expect.stringMatching(/^warning: the schema after 1\.2\.0 was not recorded/) as string,
    why: 'a warning, no failure',
  },
])('$event.type: $why', ({ event, says }) => {
  expect(toldOf(event)).toEqual(says);
});
