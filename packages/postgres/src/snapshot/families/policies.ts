/**
 * Row-level security policies.
 *
 * @module
 */
import { comment, family, inUserSchema, notOfExtension } from './family.ts';

const ROLES = `(SELECT json_agg(role ORDER BY role COLLATE "C") FROM (
    SELECT coalesce(quote_ident(r.rolname), 'PUBLIC') AS role FROM unnest(p.polroles) o LEFT JOIN pg_catalog.pg_roles r ON r.oid = o) roles)`;

export const POLICIES = family({
  kind: "'policy'",
  name: "format('%I.%I.%I', n.nspname, c.relname, p.polname)",
  properties: [
    [
      'command',
      "CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END",
    ],
    ['restrictive', 'CASE WHEN NOT p.polpermissive THEN true END'],
    ['roles', ROLES],
    ['using', 'pg_get_expr(p.polqual, p.polrelid)'],
    ['check', 'pg_get_expr(p.polwithcheck, p.polrelid)'],
    ['comment', comment('pg_policy', 'p.oid')],
  ],
  from: `FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
  locking: { catalog: 'pg_policy', oid: 'p.oid' },
});
