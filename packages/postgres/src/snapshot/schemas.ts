/**
 * Schemas and extensions.
 *
 * @module
 */
import { comment, definition, grants, inUserSchema, notOfExtension, type FamilyQuery } from './snapshot-family.ts';

/** Rights that are as initdb left them are not told: they differ between server versions (schema `public`, 15). */
export const SCHEMAS: FamilyQuery = `
SELECT 'schema' AS kind, quote_ident(n.nspname) AS name, ${definition(
  ['comment', comment('pg_namespace', 'n.oid')],
  [
    'grants',
    `CASE WHEN i.initprivs IS NULL THEN ${grants('n.nspacl', 'n', 'n.nspowner')}
      WHEN n.nspacl IS DISTINCT FROM i.initprivs THEN coalesce(${grants('n.nspacl', 'n', 'n.nspowner')}, '[]') END`,
  ],
)} AS definition
FROM pg_catalog.pg_namespace n
LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = n.oid AND i.classoid = 'pg_catalog.pg_namespace'::regclass
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_namespace', 'n.oid')}`;

export const EXTENSIONS: FamilyQuery = `
SELECT 'extension' AS kind, quote_ident(e.extname) AS name, ${definition(
  ['version', 'e.extversion'],
  ['schema', 'quote_ident(n.nspname)'],
)} AS definition
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`;
