/**
 * `meta.system_version`: the number of the ledger's layout. A newer one than this program knows is refused; an older one
 * is read as it is, and upgraded before anything is written.
 *
 * 1: ledger, steps, meta, current · 2: `snapshots`; events `repaired`; journal states `ran`, `skipped`
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { LedgerNames } from '../ledger-names.ts';

export const SYSTEM_VERSION = 2;

/** `null`: not a number that any version wrote. */
export function parseSystemVersion(value: string | null): number | null {
  return value !== null && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : null;
}

/**
 * @returns the version, which may be an older one.
 * @throws {SquizzleError} `LEDGER_INVALID` when this program is too old for the ledger, or it is not ours.
 */
export function requireKnownVersion(value: string | null, names: LedgerNames): number {
  const version = parseSystemVersion(value);
  if (version === null) {
    const reason = `${names.meta} holds no system_version`;
    const message = `the schema ${names.schema} is not a ledger of SQUIZZLE: ${reason}`;
    throw new SquizzleError('LEDGER_INVALID', message, { reason });
  }
  if (version <= SYSTEM_VERSION) return version;
  const reason = `system version ${version}, known up to ${SYSTEM_VERSION}`;
  const message = `the ledger ${names.schema} was made by a newer squizzle (${reason}): upgrade this one`;
  throw new SquizzleError('LEDGER_INVALID', message, { reason });
}
