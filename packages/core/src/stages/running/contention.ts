/**
 * What is known of the race for locks that a run is in: who was in the way, and how often it was tried.
 *
 * @module
 */
import type { LockConflict } from '../../contracts/database-driver.ts';
import type { Version } from '../../model/version.ts';

export interface Contention {
  /** The release that runs. */
  version(): Version;
  enter(version: Version): void;
  /** A piece of work begins that may be tried several times. What stood in the way of the one before does not count. */
  begin(): void;
  /** Tries since {@link begin}. */
  tries(): number;
  countTry(): void;
  /** The last that was told since {@link begin}. A driver tells one conflict once, however often a statement runs into it. */
  conflict(): LockConflict | null;
  note(conflict: LockConflict): void;
}

export function createContention(first: Version): Contention {
  let version = first;
  let tries = 0;
  let conflict: LockConflict | null = null;
  return {
    version: () => version,
    enter: (next) => {
      version = next;
      conflict = null;
    },
    begin: () => {
      tries = 0;
      conflict = null;
    },
    tries: () => tries,
    countTry: () => {
      tries++;
    },
    conflict: () => conflict,
    note: (next) => {
      conflict = next;
    },
  };
}

/** Who was in the way, and the SQL to look at them and to end them. */
export function describeConflict({ target, mode, holders }: LockConflict): readonly string[] {
  const wanted = `${mode} on ${target}`;
  if (holders.length === 0) return [`in the way of ${wanted}: somebody who was gone when looked for`];
  const pids = holders.map(({ pid }) => pid).join(', ');
  return [
    `in the way of ${wanted} when last seen: ${holders.map(describeHolder).join('; ')}`,
    `look: SELECT * FROM pg_stat_activity WHERE pid IN (${pids}); to end one: SELECT pg_terminate_backend(${holders[0]?.pid})`,
  ];
}

function describeHolder({ pid, applicationName, state, since, command }: LockConflict['holders'][number]): string {
  const known = [
    applicationName === '' ? 'unnamed' : applicationName,
    state,
    since === null ? null : `in a transaction since ${since}`,
    command === null ? null : `last ${command}`,
  ];
  return `pid ${pid} (${known.filter((each) => each !== null).join(', ')})`;
}
