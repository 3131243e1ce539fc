/**
 * Logical replication: publications with what they publish, and subscriptions without where they connect to, as a
 * connection string holds a password.
 *
 * @module
 */
import { comment, family, flag, notOfExtension } from './family.ts';

const OPERATIONS = `(SELECT json_agg(o.name ORDER BY o.name COLLATE "C")
    FROM (VALUES ('delete', p.pubdelete), ('insert', p.pubinsert), ('truncate', p.pubtruncate), ('update', p.pubupdate)) o (name, published)
    WHERE o.published)`;

/**
 * `app.orders (id, total) WHERE (total > 0)`. Columns and conditions came with PostgreSQL 15; where the catalog has none,
 * the names mean those of the row beside it.
 */
const TABLES = `(SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
    SELECT format('%I.%I', tn.nspname, t.relname)
      || coalesce((SELECT format(' (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)
        HAVING count(*) > 0), '')
      || coalesce(' WHERE ' || pg_get_expr(r.prqual, r.prrelid), '') AS entry
    FROM (SELECT NULL::pg_catalog.pg_node_tree AS prqual, NULL::pg_catalog.int2vector AS prattrs) absent
    CROSS JOIN LATERAL (SELECT prrelid, prqual, prattrs FROM pg_catalog.pg_publication_rel WHERE prpubid = p.oid) r
    JOIN pg_catalog.pg_class t ON t.oid = r.prrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace) published)`;

/** `pg_publication_namespace` came with PostgreSQL 15: what it says is asked of `pg_depend`, which is always there. */
const SCHEMAS = `(SELECT json_agg(quote_ident(s.nspname) ORDER BY s.nspname COLLATE "C")
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_depend e ON e.classid = d.classid AND e.objid = d.objid AND e.refclassid = 'pg_catalog.pg_namespace'::regclass
    JOIN pg_catalog.pg_namespace s ON s.oid = e.refobjid
    WHERE d.classid = to_regclass('pg_catalog.pg_publication_namespace')
      AND d.refclassid = 'pg_catalog.pg_publication'::regclass AND d.refobjid = p.oid)`;

export const PUBLICATIONS = family({
  kind: "'publication'",
  name: 'quote_ident(p.pubname)',
  properties: [
    ['operations', OPERATIONS],
    ['allTables', flag('p.puballtables')],
    ['tables', TABLES],
    ['schemas', SCHEMAS],
    ['viaRoot', flag('p.pubviaroot')],
    ['generatedColumns', "CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END"],
    ['comment', comment('pg_publication', 'p.oid')],
  ],
  from: `FROM pg_catalog.pg_publication p WHERE ${notOfExtension('pg_publication', 'p.oid')}`,
});

/** Columns that everybody may read in 13 to 18. */
export const SUBSCRIPTIONS = family({
  kind: "'subscription'",
  name: 'quote_ident(s.subname)',
  properties: [
    ['publications', '(SELECT json_agg(quote_ident(p) ORDER BY p COLLATE "C") FROM unnest(s.subpublications) p)'],
    ['slot', 's.subslotname'],
    ['disabled', flag('NOT s.subenabled')],
  ],
  from: `FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())`,
});
