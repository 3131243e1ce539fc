/**
 * The ledger's tables: `ledger` (append-only events), `steps` (journal of what does not fit one transaction), `meta`
 * and the view `current`. Created under the migration lock, in one transaction, on first use.
 *
 * `meta.system_version` numbers this layout. A newer one is refused; an older one would be upgraded here.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { quoteLiteral } from '../identifier.ts';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { toLedgerError } from './ledger-errors.ts';
import type { LedgerNames } from './ledger-names.ts';

export const SYSTEM_VERSION = 1;

/** Creates what is missing; leaves alone what is there. */
export async function ensureLedger(connection: SqlConnection, names: LedgerNames, description: string): Promise<void> {
  try {
    const [found] = await connection.query(
      'SELECT to_regnamespace($1) IS NOT NULL AS schema, to_regclass($2) IS NOT NULL AS meta',
      [names.schema, names.meta],
    );
    if (found?.['meta'] === 't') return await checkSystemVersion(connection, names);
    await connection.send(ledgerDdl(names, found?.['schema'] !== 't'));
  } catch (error) {
    throw toLedgerError(error, names, description, 'create the ledger');
  }
}

async function checkSystemVersion(connection: SqlConnection, names: LedgerNames): Promise<void> {
  const [row] = await connection.query(`SELECT value FROM ${names.meta} WHERE key = 'system_version'`);
  requireKnownVersion(row?.['value'] ?? null, names);
}

/** @throws {SquizzleError} `LEDGER_INVALID` when this program is too old for the ledger, or it is not ours. */
export function requireKnownVersion(value: string | null, names: LedgerNames): void {
  if (value === null || !/^\d+$/.test(value)) {
    const reason = `${names.meta} holds no system_version`;
    throw new SquizzleError('LEDGER_INVALID', `the schema ${names.schema} is not a ledger of SQUIZZLE: ${reason}`, {
      reason,
    });
  }
  if (Number(value) <= SYSTEM_VERSION) return;
  const reason = `system version ${value}, known up to ${SYSTEM_VERSION}`;
  const message = `the ledger ${names.schema} was made by a newer squizzle (${reason}): upgrade this one`;
  throw new SquizzleError('LEDGER_INVALID', message, { reason });
}

/** One text, so one transaction. */
function ledgerDdl(names: LedgerNames, createSchema: boolean): string {
  const comment = "'SQUIZZLE: releases applied to this database. Append-only; see docs/ledger.md'";
  return [
    createSchema ? `CREATE SCHEMA ${names.schema};\nCOMMENT ON SCHEMA ${names.schema} IS ${comment};` : '',
    tables(names),
    guard(names),
    currentView(names),
    `INSERT INTO ${names.meta} (key, value) VALUES ('system_version', ${quoteLiteral(String(SYSTEM_VERSION))});`,
  ].join('\n');
}

function tables(names: LedgerNames): string {
  return `
CREATE TABLE ${names.ledger} (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  event text NOT NULL CHECK (event IN ('started', 'applied', 'reverted', 'baselined', 'failed')),
  version text NOT NULL,
  artifact_digest text NOT NULL,
  checksum text NOT NULL,
  signer jsonb,
  actor text NOT NULL,
  environment text NOT NULL,
  client text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  schema_digest text,
  details jsonb NOT NULL,
  previous_hash text,
  hash text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE ${names.steps} (
  started_seq bigint NOT NULL REFERENCES ${names.ledger} (seq),
  segment integer NOT NULL,
  path text NOT NULL,
  start_offset bigint,
  end_offset bigint,
  checksum text NOT NULL,
  state text NOT NULL CHECK (state IN ('started', 'finished')),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (started_seq, segment)
);
CREATE TABLE ${names.meta} (
  key text PRIMARY KEY,
  value text NOT NULL
);`;
}

/** A statement trigger fires for TRUNCATE too, and though no row is concerned. */
function guard(names: LedgerNames): string {
  return `
CREATE FUNCTION ${names.refuseChange}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_OP USING ERRCODE = 'object_not_in_prerequisite_state';
END
$function$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${names.ledger}
  FOR EACH STATEMENT EXECUTE FUNCTION ${names.refuseChange}();`;
}

/** The release on top of the stack that 'applied' and 'baselined' push and 'reverted' pops. */
function currentView(names: LedgerNames): string {
  return `
CREATE VIEW ${names.current} AS
  WITH stack AS (
    SELECT l.*, sum(CASE WHEN event = 'reverted' THEN -1 ELSE 1 END) OVER (ORDER BY seq) AS depth
    FROM ${names.ledger} l WHERE event IN ('applied', 'baselined', 'reverted')
  ), lowest AS (
    SELECT stack.*, min(depth) OVER (ORDER BY seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later FROM stack
  )
  SELECT version, artifact_digest, checksum, signer, actor, environment, client, finished_at AS applied_at, schema_digest
  FROM lowest WHERE event <> 'reverted' AND later >= depth ORDER BY seq DESC LIMIT 1;`;
}
