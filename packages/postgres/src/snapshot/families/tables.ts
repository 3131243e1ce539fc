/**
 * Tables, partitions and foreign tables, their columns, and extended statistics.
 *
 * @module
 */
import {
  comment,
  commented,
  family,
  flag,
  grants,
  inUserSchema,
  notOfExtension,
  options,
  rareComment,
  tableGrants,
} from './family.ts';
import { foreignOptions } from './foreign-data.ts';

const FROM_TABLES = `FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const USER_TABLES = `c.relkind IN ('r', 'p', 'f') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`;

/** Names of parents in the order they were given; a partition has one. */
const PARENTS = `CASE WHEN c.oid IN (SELECT inhrelid FROM pg_catalog.pg_inherits) THEN (
    SELECT json_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY h.inhseqno)
    FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) END`;

/** An expression that names no column is written without its table, which need not be opened for it. */
export const TABLES = family({
  kind: "CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END",
  name: "format('%I.%I', n.nspname, c.relname)",
  properties: [
    ['unlogged', flag("c.relpersistence = 'u'")],
    ['partitionKey', "CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END"],
    ['parents', PARENTS],
    ['partitionBound', 'pg_get_expr(c.relpartbound, 0)'],
    ['rowSecurity', flag('c.relrowsecurity')],
    ['forceRowSecurity', flag('c.relforcerowsecurity')],
    ['replicaIdentity', "CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END"],
    ['accessMethod', "CASE WHEN am.amname <> 'heap' THEN quote_ident(am.amname) END"],
    ['ofType', 'CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END'],
    ['options', options('c.reloptions')],
    ['toastOptions', options('x.reloptions')],
    ['server', 'quote_ident(s.srvname)'],
    ['foreignOptions', foreignOptions('f.ftoptions')],
    ['comment', rareComment('pg_class', 'c.oid')],
    ['grants', tableGrants('c.relacl', 'c.relowner')],
  ],
  from: `${FROM_TABLES}
LEFT JOIN pg_catalog.pg_class x ON x.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
WHERE ${USER_TABLES}`,
});

/** From 18 on a NOT NULL is a constraint too and may await validation; its name is not told, as older servers have none. */
const NOT_NULL_PENDING = `(c.oid, a.attnum) IN (
    SELECT k.conrelid, k.conkey[1] FROM pg_catalog.pg_constraint k WHERE k.contype = 'n' AND NOT k.convalidated)`;

/** `attcompression` came with PostgreSQL 14; where the catalog has none, the name means the column beside it. */
const ATTRIBUTES = `CROSS JOIN (SELECT ''::"char" AS attcompression) absent
CROSS JOIN LATERAL (
  SELECT attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attgenerated, attidentity, attcollation, attstorage,
    attcompression, attoptions, attfdwoptions, attacl
  FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a`;

const COLLATION = `CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN (
    SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_catalog.pg_collation co
    JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END`;

export const COLUMNS = family({
  kind: "'column'",
  name: "format('%I.%I.%I', n.nspname, c.relname, a.attname)",
  properties: [
    ['position', 'row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)'],
    ['type', 'format_type(a.atttypid, a.atttypmod)'],
    ['notNull', flag('a.attnotnull')],
    ['notNullValidated', `CASE WHEN ${NOT_NULL_PENDING} THEN false END`],
    ['default', "CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, 0) END"],
    ['generated', "CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END"],
    ['generatedKind', "CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END"],
    ['identity', "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END"],
    ['collation', COLLATION],
    ['storage', 'CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END'],
    ['compression', "CASE WHEN a.attcompression <> '' THEN a.attcompression END"],
    ['options', options('a.attoptions')],
    ['foreignOptions', foreignOptions('a.attfdwoptions')],
    ['comment', `CASE WHEN c.oid IN (${commented('pg_class')}) THEN col_description(c.oid, a.attnum) END`],
    ['grants', grants('a.attacl', 'c.relowner')],
  ],
  from: `${FROM_TABLES}
${ATTRIBUTES}
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE ${USER_TABLES}`,
});

export const STATISTICS = family({
  kind: "'statistics'",
  name: "format('%I.%I', n.nspname, s.stxname)",
  properties: [
    ['definition', 'pg_get_statisticsobjdef(s.oid)'],
    ['comment', comment('pg_statistic_ext', 's.oid')],
  ],
  from: `FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_statistic_ext', 's.oid')}`,
});
