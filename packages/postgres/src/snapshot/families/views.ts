/**
 * Views, materialized views and rewrite rules.
 *
 * Before 16 the server wrote `t.id` where it writes `id` since: views of servers on either side do not compare equal.
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
  tableGrants,
} from './family.ts';

const LOCKING = { catalog: 'pg_rewrite', oid: 'r.oid' } as const;

export const VIEWS = family({
  kind: "CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END",
  name: "format('%I.%I', n.nspname, c.relname)",
  properties: [
    ['definition', 'pg_get_viewdef(c.oid)'],
    ['options', options('c.reloptions')],
    ['toastOptions', options('x.reloptions')],
    ['comment', comment('pg_class', 'c.oid')],
    ['grants', tableGrants('c.relacl', 'c.relowner')],
  ],
  from: `FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
LEFT JOIN pg_catalog.pg_class x ON x.oid = c.reltoastrelid
WHERE c.relkind IN ('v', 'm') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
  locking: LOCKING,
});

/** What a view's query or a composite type does not tell of its columns; most have nothing of it. */
export const VIEW_COLUMNS = family({
  kind: "'column'",
  name: "format('%I.%I.%I', n.nspname, c.relname, a.attname)",
  properties: [
    ['default', 'pg_get_expr(d.adbin, 0)'],
    ['options', options('a.attoptions')],
    ['comment', 'col_description(c.oid, a.attnum)'],
    ['grants', grants('a.attacl', 'c.relowner')],
  ],
  from: `FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('v', 'm', 'c') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}
  AND (a.attacl IS NOT NULL OR a.attoptions IS NOT NULL OR d.oid IS NOT NULL
    OR c.oid IN (${commented('pg_class')}) AND col_description(c.oid, a.attnum) IS NOT NULL)`,
});

/** `_RETURN` is the view itself. */
export const RULES = family({
  kind: "'rule'",
  name: "format('%I.%I.%I', n.nspname, c.relname, r.rulename)",
  properties: [
    ['definition', 'pg_get_ruledef(r.oid)'],
    ['disabled', flag("r.ev_enabled = 'D'")],
    ['comment', comment('pg_rewrite', 'r.oid')],
  ],
  from: `FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
  locking: LOCKING,
});
