/**
 * Which statements may wait long for a lock.
 *
 * Some wait for transactions that are older than they are and keep nobody else waiting meanwhile: with a short limit
 * they would never get behind a long reader. Everything that needs an exclusive lock holds up all who come after it, so
 * it must give up soon; VACUUM FULL, CLUSTER and REINDEX without CONCURRENTLY are such, though they run alone too.
 *
 * @module
 */
import type { Script } from '../../contracts/database-driver.ts';
import type { StatementEffect } from '../../contracts/sql-analyzer.ts';

const PATIENT_LOCK_TIMEOUT_MS = 600_000;
const PATIENT: ReadonlySet<StatementEffect['kind']> = new Set(['create-index', 'drop-index', 'detach-partition']);

/** A word in a comment is taken for one of the statement: that errs on the side of giving up soon. */
const VACUUM = /^VACUUM\b(?![\s\S]*\bFULL\b)/i;
const REINDEX_CONCURRENTLY = /^REINDEX\b[^;]*?\bCONCURRENTLY\b/i;

/** @param askedMs the limit for all statements of the run. A limit that the file asks for itself stands. */
export function withPatience(script: Script, { kind }: StatementEffect, askedMs: number): Script {
  const { sql } = script;
  const isPatient =
    PATIENT.has(kind) || (kind === 'rerunnable' && (VACUUM.test(sql) || REINDEX_CONCURRENTLY.test(sql)));
  if (!isPatient) return script;
  return { ...script, settings: { lockTimeoutMs: Math.max(PATIENT_LOCK_TIMEOUT_MS, askedMs), ...script.settings } };
}
