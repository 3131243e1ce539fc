/**
 * Sequences and types: enums, domains, composites, ranges.
 *
 * @module
 */
import { comment, family, flag, grants, inUserSchema, notOfExtension, routineName } from './family.ts';

/** `schema.table.column`, for a sequence that belongs to one: `serial` (a) or identity (i). */
const OWNED_BY = `(SELECT format('%I.%I.%I', tn.nspname, t.relname, a.attname) FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.deptype IN ('a', 'i'))`;

/** Where a sequence stands is data. Numbers are told as text: they may pass what JSON numbers hold. */
export const SEQUENCES = family({
  kind: "'sequence'",
  name: "format('%I.%I', n.nspname, c.relname)",
  properties: [
    ['type', 'format_type(s.seqtypid, NULL)'],
    ['start', 's.seqstart::text'],
    ['increment', 's.seqincrement::text'],
    ['min', 's.seqmin::text'],
    ['max', 's.seqmax::text'],
    ['cache', 's.seqcache::text'],
    ['cycle', flag('s.seqcycle')],
    ['unlogged', flag("c.relpersistence = 'u'")],
    ['ownedBy', OWNED_BY],
    ['comment', comment('pg_class', 'c.oid')],
    ['grants', grants('c.relacl', 'c.relowner')],
  ],
  from: `FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
});

const LABELS = `(SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)`;
const DOMAIN_CHECKS = `(SELECT json_agg(format('%I %s', k.conname, pg_get_constraintdef(k.oid)) ORDER BY k.conname COLLATE "C")
    FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')`;
const ATTRIBUTES = `(SELECT json_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || CASE
      WHEN a.attcollation <> 0 AND a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
      ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)`;
/** Of a domain written anew: the text that is kept is as the one who made it saw names and times. */
const DEFAULT = `CASE WHEN t.typdefaultbin IS NULL THEN t.typdefault ELSE pg_get_expr(t.typdefaultbin, 0) END`;

/** Left out: array types, row types of tables, and multiranges, which come with another type. */
export const TYPES = family({
  kind: "'type'",
  name: "format('%I.%I', n.nspname, t.typname)",
  properties: [
    [
      'typeKind',
      "CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' WHEN 'r' THEN 'range' ELSE 'base' END",
    ],
    ['labels', LABELS],
    ['base', "CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END"],
    ['notNull', flag('t.typnotnull')],
    ['default', DEFAULT],
    [
      'collation',
      "CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END",
    ],
    ['checks', DOMAIN_CHECKS],
    ['attributes', "CASE WHEN t.typtype = 'c' THEN " + ATTRIBUTES + ' END'],
    ['subtype', 'format_type(r.rngsubtype, NULL)'],
    ['subtypeCollation', 'CASE WHEN r.rngcollation <> 0 THEN r.rngcollation::regcollation::text END'],
    ['canonical', routineName('r.rngcanonical')],
    ['difference', routineName('r.rngsubdiff')],
    ['comment', comment('pg_type', 't.oid')],
    ['grants', grants('t.typacl', 't.typowner', 'USAGE')],
  ],
  from: `FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND (t.typrelid = 0 OR c.relkind = 'c')
  AND t.typinput <> 'pg_catalog.array_in'::regproc
  AND ${inUserSchema('n')} AND ${notOfExtension('pg_type', 't.oid')}`,
});
