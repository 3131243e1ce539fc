/**
 * Tables, partitions and foreign tables, their columns, and extended statistics.
 *
 * @module
 */
import {
  comment,
  definition,
  flag,
  grants,
  inUserSchema,
  notOfExtension,
  options,
  type FamilyQuery,
} from './snapshot-family.ts';

const FROM_TABLES = `
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const USER_TABLES = `c.relkind IN ('r', 'p', 'f') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`;

/** Names of parents in the order they were given; a partition has one. */
const PARENTS = `(SELECT json_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY h.inhseqno)
    FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid)`;

export const TABLES: FamilyQuery = `
SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, format('%I.%I', n.nspname, c.relname) AS name, ${definition(
  ['unlogged', flag("c.relpersistence = 'u'")],
  ['partitionKey', 'pg_get_partkeydef(c.oid)'],
  ['parents', PARENTS],
  ['partitionBound', 'pg_get_expr(c.relpartbound, c.oid)'],
  ['rowSecurity', flag('c.relrowsecurity')],
  ['forceRowSecurity', flag('c.relforcerowsecurity')],
  ['replicaIdentity', "CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END"],
  ['accessMethod', "CASE WHEN am.amname <> 'heap' THEN quote_ident(am.amname) END"],
  ['ofType', 'CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END'],
  ['options', options('c.reloptions')],
  ['server', 'quote_ident(s.srvname)'],
  ['foreignOptions', options('f.ftoptions')],
  ['comment', comment('pg_class', 'c.oid')],
  ['grants', grants('c.relacl', 'r', 'c.relowner')],
)} AS definition ${FROM_TABLES}
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
WHERE ${USER_TABLES}`;

/** From 18 on a NOT NULL is a constraint too and may await validation; its name is not told, as older servers have none. */
const NOT_NULL_PENDING = `EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated)`;

export const COLUMNS: FamilyQuery = `
SELECT 'column' AS kind, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name, ${definition(
  ['position', 'a.position'],
  ['type', 'format_type(a.atttypid, a.atttypmod)'],
  ['notNull', flag('a.attnotnull')],
  ['notNullValidated', `CASE WHEN ${NOT_NULL_PENDING} THEN false END`],
  ['default', "CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END"],
  ['generated', "CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END"],
  ['generatedKind', "CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END"],
  ['identity', "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END"],
  [
    'collation',
    "CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN format('%I.%I', cn.nspname, co.collname) END",
  ],
  ['storage', 'CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END'],
  ['compression', "nullif(to_jsonb(a) ->> 'attcompression', '')"],
  ['options', options('a.attoptions')],
  ['foreignOptions', options('a.attfdwoptions')],
  ['comment', 'col_description(c.oid, a.attnum)'],
  ['grants', `CASE WHEN a.attacl IS NOT NULL THEN ${grants('a.attacl', 'c', 'c.relowner')} END`],
)} AS definition ${FROM_TABLES}
JOIN (SELECT *, row_number() OVER (PARTITION BY attrelid ORDER BY attnum) AS position
  FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped) a ON a.attrelid = c.oid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
WHERE ${USER_TABLES}`;

export const STATISTICS: FamilyQuery = `
SELECT 'statistics' AS kind, format('%I.%I', n.nspname, s.stxname) AS name, ${definition(
  ['definition', 'pg_get_statisticsobjdef(s.oid)'],
  ['comment', comment('pg_statistic_ext', 's.oid')],
)} AS definition
FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_statistic_ext', 's.oid')}`;
