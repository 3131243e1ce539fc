/**
 * Tells for what lock a session waits, and for whom, while it waits: the session itself cannot, so a second connection
 * looks. It is opened when a statement first takes long, and a failure of it is nobody's.
 *
 * @module
 */
import type { LockConflict } from '@squizzle/core';
import type { PgConnection } from '../../connection/pg-connection.ts';
import type { SqlConnection } from '../../connection/sql-connection.ts';
import { findConflict } from './find-conflict.ts';

/** Well below the usual `lock_timeout`; fast statements never get there. */
const [SHORTEST_MS, LOOK_AFTER_MS] = [50, 300] as const;

/** @param lockTimeoutMs a short one must not be over before anybody has looked; 0 is no limit. */
export function lookAfter(lockTimeoutMs: number | undefined): number {
  if (lockTimeoutMs === undefined || lockTimeoutMs === 0) return LOOK_AFTER_MS;
  return Math.max(SHORTEST_MS, Math.min(LOOK_AFTER_MS, lockTimeoutMs / 2));
}
/** A statement that runs for hours is looked at now and then. */
const LONGEST_PAUSE_MS = 1_000;

export interface BlockedWatchOptions {
  readonly connection: SqlConnection;
  /** The backend that runs its statements. */
  readonly pid: string;
  readonly onBlocked: (conflict: LockConflict) => void;
  /** Makes the second connection; aborting ends the attempt. */
  openSecond(signal: AbortSignal): Promise<PgConnection>;
  readonly lookAfterMs?: number | undefined;
}

export interface BlockedWatch {
  /** The connection, watched. */
  readonly connection: SqlConnection;
  end(): Promise<void>;
}

export function watchBlocked(options: BlockedWatchOptions): BlockedWatch {
  const { connection, lookAfterMs = LOOK_AFTER_MS } = options;
  const lookout = createLookout(options);
  let [running, period] = [0, 0];
  let timer: NodeJS.Timeout | undefined;
  const arm = (pauseMs: number, armedIn: number): void => {
    timer = setTimeout(() => void look(pauseMs, armedIn), pauseMs);
  };
  const look = async (pauseMs: number, armedIn: number): Promise<void> => {
    const goesOn = await lookout.look(armedIn, () => period === armedIn && running > 0);
    if (goesOn) arm(Math.min(pauseMs * 2, LONGEST_PAUSE_MS), armedIn);
  };
  const watched = async <T>(answer: () => Promise<T>): Promise<T> => {
    running += 1;
    if (running === 1 && lookout.isUsable()) arm(lookAfterMs, (period += 1));
    try {
      return await answer();
    } finally {
      running -= 1;
      if (running === 0) clearTimeout(timer);
    }
  };
  return {
    connection: {
      query: (sql, values) => watched(() => connection.query(sql, values)),
      table: (sql) => watched(() => connection.table(sql)),
      send: (text) => watched(() => connection.send(text)),
      close: () => connection.close(),
    },
    end: () => {
      clearTimeout(timer);
      return lookout.end();
    },
  };
}

/** A wait is told once, however its holders change; waiting again for the same lock and the same holders is no news. */
function createNews(): (conflict: LockConflict | null, period: number) => boolean {
  let [waitedFor, told] = ['', ''];
  return (conflict, period) => {
    const before = waitedFor;
    waitedFor = conflict === null ? '' : `${conflict.target} ${conflict.mode} ${period}`;
    if (conflict === null || waitedFor === before) return false;
    const { target, mode, holders } = conflict;
    const found = JSON.stringify([target, mode, holders.map(({ pid, since }) => [pid, since])]);
    const isNew = found !== told;
    told = found;
    return isNew;
  };
}

interface Lookout {
  isUsable(): boolean;
  /**
   * @param period in which the session has had something to do without a pause.
   * @returns whether to look again. Never rejects.
   */
  look(period: number, isStillRunning: () => boolean): Promise<boolean>;
  end(): Promise<void>;
}

function createLookout({ openSecond, pid, onBlocked }: BlockedWatchOptions): Lookout {
  const over = new AbortController();
  const isNew = createNews();
  let second: Promise<PgConnection> | null = null;
  return {
    isUsable: () => !over.signal.aborted,
    look: async (period, isStillRunning) => {
      try {
        second ??= openSecond(over.signal);
        const conflict = await findConflict(await second, pid);
        if (over.signal.aborted || !isStillRunning()) return false;
        if (isNew(conflict, period) && conflict !== null) onBlocked(conflict);
        return true;
      } catch {
        over.abort(); // who watches must not disturb what is watched
        return false;
      }
    },
    end: async () => {
      over.abort();
      const connection = await second?.catch(() => null);
      if (connection?.busy() === true) connection.abandon();
      await connection?.close();
    },
  };
}
