/**
 * Draws what an apply or rollback tells while it runs.
 *
 * @module
 */
import type { LockConflict, LockHolder, LockOptions, MigrationEvent } from '@squizzle/core';
import { formatDuration } from '../duration.ts';
import { plural, shortDigest, shortTime } from './words.ts';
import type { Output } from './output.ts';

export function createMigrationProgress(output: Output): (event: MigrationEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'lock-waiting':
        output.progress(describeWait(event.holder));
        return;
      case 'release-started':
        output.progress(describeStart(event));
        return;
      case 'segment-finished':
        output.progress(`${event.version}: part ${event.segment} of ${event.segments} is done`);
        return;
      case 'lock-blocked':
        output.progress(`${event.version}: ${describeConflict(event.conflict)}`);
        return;
      case 'retrying':
        output.progress(`${event.version}: ${describeRetry(event)}`);
        return;
      case 'schema-differs':
        output.warn(
          `the schema after ${event.version} is not the one that the release declares: found ${shortDigest(event.found)}, declared ${shortDigest(event.declared)}; 'squizzle compare' with another environment shows where`,
        );
        return;
      case 'schema-drifted':
        output.warn(
          `the schema is no longer the one that was recorded at ${event.version}: recorded ${shortDigest(event.recorded)}, found ${shortDigest(event.found)}; the run goes on with it as it is, and the ledger keeps both digests`,
        );
        return;
      case 'ledger-edited':
        output.warn(
          `the ledger was changed by other hands: its chain of hashes breaks at event ${event.seq}; 'squizzle doctor' says more`,
        );
        return;
      case 'schema-unrecorded':
        output.warn(
          `the schema after ${event.version} was not recorded, since another transaction holds a lock on a part of it, or the server refused to tell: 'squizzle drift' has nothing to compare with until the next release, or 'squizzle doctor --repair', records it`,
        );
        return;
      case 'notice':
        output.milestone(`${event.severity}: ${event.message}`);
        return;
      case 'release-finished': {
        const { version, direction, steps, durationMs } = event.release;
        const done = direction === 'up' ? 'applied' : 'rolled back';
        output.milestone(`${done} ${version} (${plural(steps, 'file')}, ${formatDuration(durationMs)})`);
      }
    }
  };
}

/** For what takes the migration lock and is no run of releases: a baseline, a repair. */
export function createLockProgress(output: Output): Pick<LockOptions, 'onWaiting' | 'onBlocked' | 'onNotice'> {
  return {
    onWaiting: (holder) => output.progress(describeWait(holder)),
    onBlocked: (conflict) => output.progress(describeConflict(conflict)),
    onNotice: ({ severity, message }) => output.milestone(`${severity}: ${message}`),
  };
}

function describeWait(holder: string | null): string {
  return `waiting for another migration to end${holder === null ? '' : `: ${holder}`}`;
}

function describeStart(event: Extract<MigrationEvent, { type: 'release-started' }>): string {
  const doing = event.direction === 'up' ? 'applying' : 'rolling back';
  return `${event.resumed ? `going on with ${doing}` : doing} ${event.version} (${plural(event.steps, 'file')})`;
}

/** What the engine tries again. */
const REASONS: Readonly<Record<string, string>> = {
  '55P03': 'a lock could not be had in time',
  '40P01': 'the server broke a deadlock',
  '40001': 'it was in conflict with another transaction',
};

function describeRetry({ sqlState, conflict, attempt, waitMs }: Extract<MigrationEvent, { type: 'retrying' }>): string {
  const waited = conflict === null ? '' : ` when ${describeConflict(conflict)}`;
  const reason = REASONS[sqlState] ?? 'it lost a race';
  return `${reason} (SQLSTATE ${sqlState})${waited}; try ${attempt + 1} in ${formatDuration(waitMs)}`;
}

/** More are counted: a busy table has hundreds. */
const SHOWN_HOLDERS = 3;

/** `waiting for AccessExclusiveLock on public.orders, held by pid 123 (app, idle in transaction since …, UPDATE)` */
function describeConflict({ mode, target, holders }: LockConflict): string {
  const shown = holders.slice(0, SHOWN_HOLDERS).map(describeHolder);
  const more = holders.length > shown.length ? [`${holders.length - shown.length} more`] : [];
  const by = shown.length === 0 ? '' : `, held by ${[...shown, ...more].join(', ')}`;
  return `waiting for ${mode} on ${target}${by}`;
}

function describeHolder({ pid, applicationName, state, since, command }: LockHolder): string {
  const began = since === null ? '' : ` since ${shortTime(since)}`;
  const doing = state === null ? began.trim() : `${state}${began}`;
  const known = [applicationName, doing, command ?? ''].filter((each) => each !== '');
  return `pid ${pid}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
}
