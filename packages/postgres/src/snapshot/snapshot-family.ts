/**
 * One family of catalog objects: a query that gives `kind`, `name` and `definition` (JSON text), `$1` being the
 * ledger's schema. The pieces of SQL that several families need stand here.
 *
 * Queries hold for PostgreSQL 13 to 18. A column that is not in all of them is read through `to_jsonb(row)`.
 *
 * @module
 */

export type FamilyQuery = string;

/** Schemas that are the user's. `alias` is a row of pg_namespace. */
export const inUserSchema = (alias: string): string =>
  `${alias}.nspname !~ '^pg_' AND ${alias}.nspname <> 'information_schema' AND ${alias}.nspname <> $1`;

/** What CREATE EXTENSION made belongs to the extension's version. */
export const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.${catalog}'::regclass AND x.objid = ${oid} AND x.deptype = 'e')`;

/**
 * Rights as sorted texts, `app SELECT`, `app INSERT WITH GRANT OPTION`. The owner's own rights and the grantor are
 * left out, as owners differ between environments; defaults that were never written down are spelled out (PUBLIC EXECUTE).
 */
export const grants = (acl: string, objectType: string, owner: string): string => `(
  SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
    SELECT format('%s %s%s', coalesce(r.rolname, 'PUBLIC'), a.privilege_type, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS entry
    FROM aclexplode(coalesce(${acl}, acldefault('${objectType}', ${owner}))) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> ${owner}) granted)`;

export const comment = (catalog: string, oid: string): string => `obj_description(${oid}, '${catalog}')`;

/** Storage parameters, sorted. */
export const options = (array: string): string => `(SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(${array}) o)`;

/** Leaves out what is not there, so that a server that knows more facts says the same when they do not hold. */
export const definition = (...pairs: readonly (readonly [key: string, sql: string])[]): string =>
  `json_strip_nulls(json_build_object(${pairs.map(([key, sql]) => `'${key}', ${sql}`).join(', ')}))::text`;

/** `true` or nothing. */
export const flag = (condition: string): string => `CASE WHEN ${condition} THEN true END`;
