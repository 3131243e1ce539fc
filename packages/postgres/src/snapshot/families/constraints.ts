/**
 * Constraints and indexes.
 *
 * @module
 */
import { enabled, family, flag, inUserSchema, notOfExtension, rareComment } from './family.ts';

const STATED = "t.tgisinternal AND t.tgenabled <> 'O'";

/**
 * `app.orders INSERT disabled`: triggers that keep the constraint, or what partitions have of it, and do not fire as usual,
 * as after ALTER TABLE … DISABLE TRIGGER ALL. Looked for only where there are any.
 */
const TRIGGERS = `CASE WHEN k.oid IN (
    WITH RECURSIVE kept (oid) AS (
      SELECT t.tgconstraint FROM pg_catalog.pg_trigger t WHERE ${STATED}
      UNION SELECT p.conparentid FROM kept JOIN pg_catalog.pg_constraint p ON p.oid = kept.oid)
    SELECT oid FROM kept) THEN (
    WITH RECURSIVE part (oid) AS (
      SELECT k.oid UNION SELECT p.oid FROM part JOIN pg_catalog.pg_constraint p ON p.conparentid = part.oid)
    SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
      SELECT DISTINCT format('%I.%I %s %s', tn.nspname, tc.relname,
        CASE WHEN t.tgtype & 4 > 0 THEN 'INSERT' WHEN t.tgtype & 8 > 0 THEN 'DELETE' ELSE 'UPDATE' END, ${enabled('t.tgenabled')}) AS entry
      FROM part JOIN pg_catalog.pg_trigger t ON t.tgconstraint = part.oid
      JOIN pg_catalog.pg_class tc ON tc.oid = t.tgrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
      WHERE ${STATED}) stated) END`;

/**
 * Left out: NOT NULL (a constraint only from 18 on, told with the column), constraint triggers (told as triggers), and
 * what a partition has from its parent, which servers name each in its own way.
 */
export const CONSTRAINTS = family({
  kind: "'constraint'",
  name: "format('%I.%I.%I', n.nspname, c.relname, k.conname)",
  properties: [
    ['definition', 'pg_get_constraintdef(k.oid)'],
    ['validated', 'k.convalidated'],
    ['triggers', TRIGGERS],
    ['comment', rareComment('pg_constraint', 'k.oid')],
  ],
  from: `FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype NOT IN ('n', 't') AND k.conparentid = 0 AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
});

export const INDEXES = family({
  kind: "'index'",
  name: "format('%I.%I.%I', n.nspname, t.relname, c.relname)",
  properties: [
    ['definition', 'pg_get_indexdef(i.indexrelid)'],
    ['unique', 'i.indisunique'],
    ['valid', 'i.indisvalid AND i.indisready'],
    ['clustered', flag('i.indisclustered')],
    ['replicaIdentity', flag('i.indisreplident')],
    ['comment', rareComment('pg_class', 'c.oid')],
  ],
  from: `FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p', 'm') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 't.oid')}`,
});
