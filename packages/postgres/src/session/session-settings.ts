/**
 * Settings of a migration session, and how they come back after a text changed them.
 *
 * @module
 */
import type { LockOptions, ScriptSettings } from '@squizzle/core';
import { DEFAULT_APPLICATION_NAME } from '../connection/opener.ts';
import { quoteLiteral } from '../identifier.ts';
import { failedWith, ServerFailure, type SqlConnection } from '../connection/sql-connection.ts';

export interface SessionSettings {
  readonly applicationName: string;
  readonly lockTimeoutMs: number;
  /** `null`: what the server has for the role. */
  readonly statementTimeoutMs: number | null;
}

const DEFAULT_LOCK_TIMEOUT_MS = 3_000;

export function toSessionSettings(options: LockOptions): SessionSettings {
  return {
    applicationName: options.applicationName ?? DEFAULT_APPLICATION_NAME,
    lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
    statementTimeoutMs: options.statementTimeoutMs ?? null,
  };
}

/** Undoes a change of role, search path or anything else a text has SET, inside a transaction or outside. */
export interface SessionRestorer {
  readonly apply: string;
  readonly restoreAll: string;
  /** For whoever is served by this backend next. */
  readonly leave: string;
  /** Before a text that asks for limits of its own; {@link restoreAll} ends them. `null`: it asks for none. */
  limits(wanted: ScriptSettings | undefined, scope: 'LOCAL' | 'SESSION'): string | null;
}

export function createRestorer(settings: SessionSettings, extra: string): SessionRestorer {
  const apply = [
    `SET application_name = ${quoteLiteral(settings.applicationName)}`,
    setLimit('lock_timeout', settings.lockTimeoutMs, 'SESSION'),
    setLimit('statement_timeout', settings.statementTimeoutMs, 'SESSION'),
    extra,
  ]
    .filter((statement) => statement !== '')
    .join('; ');
  return {
    apply,
    restoreAll: `RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; ${apply}`,
    leave: 'RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL',
    limits: (wanted, scope) => {
      const { lockTimeoutMs, statementTimeoutMs } = wanted ?? {};
      const limits = [
        ...(lockTimeoutMs === undefined ? [] : [setLimit('lock_timeout', lockTimeoutMs, scope)]),
        ...(statementTimeoutMs === undefined ? [] : [setLimit('statement_timeout', statementTimeoutMs, scope)]),
      ];
      return limits.length === 0 ? null : limits.join('; ');
    },
  };
}

function setLimit(name: string, ms: number | null, scope: 'LOCAL' | 'SESSION'): string {
  return `SET ${scope} ${name} TO ${ms ?? 'DEFAULT'}`;
}

const CHECK_CLIENT = "SET client_connection_check_interval = '1s'";
/** Before PostgreSQL 14; elsewhere than on Linux, macOS, illumos and the BSDs. */
const [UNKNOWN_SETTING, INVALID_VALUE] = ['42704', '22023'] as const;

/**
 * Asks the server to end what it runs for a client that is gone, so that a run killed hard frees its locks.
 *
 * @returns the statement to repeat after RESET ALL, or '' where the server has no such thing.
 */
export async function watchForLostClient(connection: SqlConnection): Promise<string> {
  try {
    await connection.send(CHECK_CLIENT);
    return CHECK_CLIENT;
  } catch (error) {
    if (failedWith(error, UNKNOWN_SETTING, INVALID_VALUE)) return '';
    throw error instanceof ServerFailure ? new RangeError(error.message, { cause: error }) : error;
  }
}
