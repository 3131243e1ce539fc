/**
 * What protects and shows the ledger: the function and the trigger that refuse changes, and the view `current`.
 *
 * @module
 */
import type { LedgerNames } from '../ledger-names.ts';
import { LEDGER_COLUMNS } from './layout.ts';

export const TRIGGER = 'append_only';
/** As `pg_trigger.tgtype` has it: BEFORE (2) DELETE (8) OR UPDATE (16) OR TRUNCATE (32), for each statement. */
export const TRIGGER_TYPE = 2 + 8 + 16 + 32;

/** As `pg_proc.prosrc` keeps it: what stands between the quotes, unchanged. */
export const REFUSE_CHANGE_BODY = `
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_OP USING ERRCODE = 'object_not_in_prerequisite_state';
END
`;

/** Of the view, in order, with their types. */
export const CURRENT_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['version', 'text'],
  ['artifact_digest', 'text'],
  ['checksum', 'text'],
  ['signer', 'jsonb'],
  ['actor', 'text'],
  ['environment', 'text'],
  ['client', 'text'],
  ['applied_at', 'timestamp with time zone'],
  ['schema_digest', 'text'],
];

/** `CREATE` where nothing of that name may be there, `CREATE OR REPLACE` to mend what is. */
export type Creation = 'CREATE' | 'CREATE OR REPLACE';

export function createFunction(names: LedgerNames, create: Creation): string {
  return `${create} FUNCTION ${names.refuseChange}() RETURNS trigger LANGUAGE plpgsql AS $function$${REFUSE_CHANGE_BODY}$function$;`;
}

/** A statement trigger fires for TRUNCATE too, and though no row is concerned. */
export function createTrigger(names: LedgerNames): string {
  return `CREATE TRIGGER ${TRIGGER} BEFORE UPDATE OR DELETE OR TRUNCATE ON ${names.ledger}
  FOR EACH STATEMENT EXECUTE FUNCTION ${names.refuseChange}();`;
}

/**
 * The release on top of the stack that 'applied' and 'baselined' push and 'reverted' pops. Columns are named one by one,
 * so that one that an owner added to the table is no part of the view, whenever that is made.
 */
export function createCurrent(names: LedgerNames, create: Creation): string {
  const columns = LEDGER_COLUMNS.map(({ name }) => name).join(', ');
  return `${create} VIEW ${names.current} AS
  WITH stack AS (
    SELECT ${columns}, sum(CASE WHEN event = 'reverted' THEN -1 ELSE 1 END) OVER (ORDER BY seq) AS depth
    FROM ${names.ledger} l WHERE event IN ('applied', 'baselined', 'reverted')
  ), lowest AS (
    SELECT ${columns}, depth, min(depth) OVER (ORDER BY seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later FROM stack
  )
  SELECT version, artifact_digest, checksum, signer, actor, environment, client, finished_at AS applied_at, schema_digest
  FROM lowest WHERE event <> 'reverted' AND later >= depth ORDER BY seq DESC LIMIT 1;`;
}
