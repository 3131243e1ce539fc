/**
 * Views, materialized views and rewrite rules.
 *
 * Before 16 the server wrote `t.id` where it writes `id` since: views of servers on either side do not compare equal.
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

export const VIEWS: FamilyQuery = `
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind, format('%I.%I', n.nspname, c.relname) AS name, ${definition(
  ['definition', 'pg_get_viewdef(c.oid)'],
  ['options', options('c.reloptions')],
  ['comment', comment('pg_class', 'c.oid')],
  ['grants', grants('c.relacl', 'r', 'c.relowner')],
)} AS definition
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`;

/** `_RETURN` is the view itself. */
export const RULES: FamilyQuery = `
SELECT 'rule' AS kind, format('%I.%I.%I', n.nspname, c.relname, r.rulename) AS name, ${definition(
  ['definition', 'pg_get_ruledef(r.oid)'],
  ['disabled', flag("r.ev_enabled = 'D'")],
  ['comment', comment('pg_rewrite', 'r.oid')],
)} AS definition
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`;
