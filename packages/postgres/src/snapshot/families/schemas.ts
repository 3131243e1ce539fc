/**
 * Schemas and extensions.
 *
 * @module
 */
import { comment, family, grants, inUserSchema, listGrants, notOfExtension } from './family.ts';

/** Of the schema's first owner, whoever has it now: initdb lets only that one grant. */
const INITIAL = listGrants(
  'SELECT x.grantee, x.privilege_type, x.is_grantable FROM aclexplode(i.initprivs) x WHERE x.grantee <> x.grantor',
);
const CURRENT = grants('n.nspacl', 'n.nspowner');

/** Rights that are as initdb left them are not told: they differ between server versions (schema `public`, 15). */
export const SCHEMAS = family({
  kind: "'schema'",
  name: 'quote_ident(n.nspname)',
  properties: [
    ['comment', comment('pg_namespace', 'n.oid')],
    [
      'grants',
      `CASE WHEN i.initprivs IS NULL THEN ${CURRENT}
        WHEN (${CURRENT})::text IS DISTINCT FROM ${INITIAL}::text THEN coalesce(${CURRENT}, '[]') END`,
    ],
  ],
  from: `FROM pg_catalog.pg_namespace n
LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = n.oid AND i.classoid = 'pg_catalog.pg_namespace'::regclass
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_namespace', 'n.oid')}`,
});

export const EXTENSIONS = family({
  kind: "'extension'",
  name: 'quote_ident(e.extname)',
  properties: [
    ['version', 'e.extversion'],
    ['schema', 'quote_ident(n.nspname)'],
  ],
  from: `FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
});
