/**
 * What the catalog says about the ledger's parts, read in one statement with no more than the right to connect.
 *
 * @module
 */
import type { Row, SqlConnection } from '../connection/sql-connection.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { TRIGGER } from '../ledger/system/guard.ts';

export interface LedgerFacts {
  /** Quoted only where it must be, for people. */
  readonly schema: string;
  /** `server_version_num` without the minor version: 18. */
  readonly serverMajor: number;
  /** By name. */
  readonly relations: Readonly<Record<string, RelationFacts>>;
  readonly trigger: TriggerFacts | null;
  readonly function: FunctionFacts | null;
}

export interface RelationFacts {
  /** As `pg_class.relkind`: `r`, `v`, … */
  readonly kind: string;
  /** Name and type, in order. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly primaryKey: readonly string[] | null;
  /** Of a view, with the ledger's table written as `ledger`. */
  readonly definition: string | null;
}

export interface TriggerFacts {
  /** As `pg_trigger.tgenabled`. */
  readonly enabled: string;
  readonly type: number;
  readonly callsOurs: boolean;
  /** It has a WHEN, or names columns. */
  readonly limited: boolean;
}

export interface FunctionFacts {
  readonly body: string;
  readonly language: string;
  readonly returnsTrigger: boolean;
}

/** Needs an empty search path, so that the server qualifies names. @returns `null` where no table of a ledger is. */
export async function readLedgerFacts(connection: SqlConnection, names: LedgerNames): Promise<LedgerFacts | null> {
  const [row] = await connection.query(FACTS, [names.name]);
  const facts = toFacts(row ?? {});
  return ['ledger', 'steps', 'meta'].some((table) => facts.relations[table] !== undefined) ? facts : null;
}

function toFacts(row: Row): LedgerFacts {
  return {
    schema: row['schema'] ?? '',
    serverMajor: Math.floor(Number(row['server'] ?? 0) / 10_000),
    relations: JSON.parse(row['relations'] ?? '{}') as LedgerFacts['relations'],
    trigger: JSON.parse(row['trigger'] ?? 'null') as TriggerFacts | null,
    function: JSON.parse(row['function'] ?? 'null') as FunctionFacts | null,
  };
}

const COLUMNS = `coalesce((SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')`;

const PRIMARY_KEY = `(SELECT json_agg(a.attname ORDER BY k.place)
    FROM pg_catalog.pg_constraint p CROSS JOIN LATERAL unnest(p.conkey) WITH ORDINALITY k (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = p.conrelid AND a.attnum = k.attnum
    WHERE p.conrelid = c.oid AND p.contype = 'p')`;

const FACTS = `
WITH namespace AS (SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname = $1),
  relation AS (SELECT c.* FROM pg_catalog.pg_class c JOIN namespace n ON n.oid = c.relnamespace
    WHERE c.relname IN ('ledger', 'steps', 'meta', 'snapshots', 'current')),
  refuse AS (SELECT p.* FROM pg_catalog.pg_proc p JOIN namespace n ON n.oid = p.pronamespace
    WHERE p.proname = 'refuse_change' AND p.pronargs = 0)
SELECT quote_ident($1) AS schema, current_setting('server_version_num') AS server,
  (SELECT json_object_agg(c.relname, json_build_object(
    'kind', c.relkind, 'columns', ${COLUMNS}, 'primaryKey', ${PRIMARY_KEY},
    'definition', CASE WHEN c.relkind = 'v' THEN replace(pg_get_viewdef(c.oid), format('%I.ledger', $1), 'ledger') END))
  FROM relation c) AS relations,
  (SELECT json_build_object('enabled', t.tgenabled, 'type', t.tgtype, 'callsOurs', t.tgfoid IN (SELECT oid FROM refuse),
    'limited', t.tgqual IS NOT NULL OR t.tgattr::text <> '')
  FROM pg_catalog.pg_trigger t JOIN relation c ON c.oid = t.tgrelid
  WHERE c.relname = 'ledger' AND t.tgname = '${TRIGGER}' AND NOT t.tgisinternal) AS trigger,
  (SELECT json_build_object('body', p.prosrc, 'language', l.lanname, 'returnsTrigger', p.prorettype = 'pg_catalog.trigger'::regtype)
  FROM refuse p JOIN pg_catalog.pg_language l ON l.oid = p.prolang) AS function`;
