/**
 * The ledger's names, quoted for SQL. The schema's name is the user's; the rest is fixed and documented.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { quoteIdentifier } from '../identifier.ts';

export const DEFAULT_LEDGER_SCHEMA = 'squizzle';
/** PostgreSQL cuts longer names without a word. */
const MAX_NAME_BYTES = 63;

export interface LedgerNames {
  /** As it is, for comparing. */
  readonly name: string;
  /** The rest is quoted and schema-qualified. */
  readonly schema: string;
  readonly ledger: string;
  readonly steps: string;
  readonly meta: string;
  readonly snapshots: string;
  readonly current: string;
  readonly refuseChange: string;
}

/** @throws {SquizzleError} `CONFIG_INVALID` for a name that cannot be a schema of its own. */
export function toLedgerNames(name: string): LedgerNames {
  const reserved = name === 'public' || name === 'information_schema' || name.startsWith('pg_');
  if (name === '' || reserved || name.includes('\0') || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    const message = `"${name}" cannot hold the ledger: it needs a schema of its own, named with 1 to 63 bytes, not public, information_schema or pg_…`;
    throw new SquizzleError('CONFIG_INVALID', message, { file: 'squizzle.yaml', key: 'ledger' });
  }
  const schema = quoteIdentifier(name);
  return {
    name,
    schema,
    ledger: `${schema}.ledger`,
    steps: `${schema}.steps`,
    meta: `${schema}.meta`,
    snapshots: `${schema}.snapshots`,
    current: `${schema}.current`,
    refuseChange: `${schema}.refuse_change`,
  };
}
