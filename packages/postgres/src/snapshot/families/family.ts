/**
 * One family of catalog objects: a query that gives each one's kind, name and properties. The pieces of SQL that
 * several families need stand here.
 *
 * Queries hold for PostgreSQL 13 to 18. `$1` stands for the ledger's schema, as a literal: answers are read by place,
 * which takes no parameters. What is only asked in some cases stands in a CASE, so that thousands of plain objects pay
 * nothing for it.
 *
 * @module
 */

export interface Family {
  readonly sql: string;
  /** Of the third column and those after it. The first two are `kind` and `name`. */
  readonly properties: readonly string[];
  readonly locking: Locking | null;
}

/** To write a query out, the server locks, in the weakest mode, what it reads, until the (sub)transaction ends. */
export interface Locking {
  /** Whose rows hold the queries, as `pg_depend.classid` has it. */
  readonly catalog: 'pg_rewrite' | 'pg_proc' | 'pg_policy';
  /** SQL of the OID of the row, by which the family can be read in parts. */
  readonly oid: string;
}

export interface FamilyParts {
  /** SQL; unique together with the name. */
  readonly kind: string;
  readonly name: string;
  /** Left out of an object where it is NULL, so that a server that knows more says the same when that does not hold. */
  readonly properties: readonly (readonly [property: string, sql: string])[];
  /** FROM, and WHERE, to which another condition can be added with AND. */
  readonly from: string;
  readonly locking?: Locking | null;
}

export function family({ kind, name, properties, from, locking = null }: FamilyParts): Family {
  const columns = [kind, name, ...properties.map(([, sql]) => sql)].join(',\n  ');
  return { sql: `SELECT ${columns}\n${from}`, properties: properties.map(([property]) => property), locking };
}

/** Schemas that are the user's. `alias` is a row of pg_namespace. */
export const inUserSchema = (alias: string): string =>
  `${alias}.nspname !~ '^pg_' AND ${alias}.nspname <> 'information_schema' AND ${alias}.nspname <> $1`;

/** Of what lies in no schema: not made by initdb (`FirstNormalObjectId`). */
export const madeByUser = (oid: string): string => `${oid} >= 16384`;

/** What CREATE EXTENSION made belongs to the extension's version. */
export const notOfExtension = (catalog: string, oid: string): string =>
  `${oid} NOT IN (SELECT x.objid FROM pg_catalog.pg_depend x
    WHERE x.refclassid = 'pg_catalog.pg_extension'::regclass AND x.classid = 'pg_catalog.${catalog}'::regclass AND x.deptype = 'e')`;

/** What another object brought, and takes with it: the constructors and casts of a range type. */
export const notInternal = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend i
    WHERE i.classid = 'pg_catalog.${catalog}'::regclass AND i.objid = ${oid} AND i.deptype = 'i')`;

/**
 * Rights as sorted texts, `app SELECT`, `app INSERT WITH GRANT OPTION`. The owner's own rights and the grantor are
 * left out, as owners differ between environments; what PUBLIC has until anything is granted or revoked is spelled out.
 */
export const grants = (acl: string, owner: string, ofPublic?: string): string => `CASE WHEN ${acl} IS NOT NULL THEN
  ${listGrants(explode(acl, owner))} ${ofPublic === undefined ? '' : `ELSE json_build_array('PUBLIC ${ofPublic}')`} END`;

/** The same for tables and views, of which all rights are told as `ALL`: from 17 on there is one more, MAINTAIN. */
export const tableGrants = (acl: string, owner: string): string =>
  `CASE WHEN ${acl} IS NOT NULL THEN ${listGrants(explode(acl, owner), "'r'")} END`;

/** The owner's entries left out. */
const explode = (acl: string, owner: string): string =>
  `SELECT x.grantee, x.privilege_type, x.is_grantable FROM aclexplode(${acl}) x WHERE x.grantee <> ${owner}`;

/**
 * NULL where nothing is granted. What several have granted is told once.
 *
 * @param entries a query for rows as those of `aclexplode`.
 * @param objects what they are for, SQL, as `acldefault` takes it: for tables, whoever has each right has `ALL`.
 */
export const listGrants = (entries: string, objects = "''"): string => `(
  SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
    SELECT DISTINCT format('%s %s%s', coalesce(r.rolname, 'PUBLIC'),
      CASE WHEN ${objects} = 'r' AND a.rights = (${ALL_OF_TABLES}) AND (a.whole OR NOT a.is_grantable) THEN 'ALL' ELSE a.privilege_type END,
      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS entry
    FROM (
      SELECT e.grantee, e.privilege_type, bool_or(e.is_grantable) AS is_grantable,
        count(*) OVER of_grantee AS rights, bool_and(bool_or(e.is_grantable)) OVER of_grantee AS whole
      FROM (${entries}) e GROUP BY e.grantee, e.privilege_type WINDOW of_grantee AS (PARTITION BY e.grantee)) a
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee) granted)`;

/** What the owner of a table has, whoever that is. */
const ALL_OF_TABLES = "SELECT count(*) FROM aclexplode(acldefault('r', 10::oid))";

export const comment = (catalog: string, oid: string): string => `obj_description(${oid}, '${catalog}')`;

/** The same for families of thousands of objects, of which few have one. */
export const rareComment = (catalog: string, oid: string): string =>
  `CASE WHEN ${oid} IN (${commented(catalog)}) THEN ${comment(catalog, oid)} END`;

/** OIDs of what has a comment, itself or on a part of it. */
export const commented = (catalog: string): string =>
  `SELECT objoid FROM pg_catalog.pg_description WHERE classoid = 'pg_catalog.${catalog}'::regclass`;

/** Storage parameters, sorted. */
export const options = (array: string): string =>
  `CASE WHEN ${array} IS NOT NULL THEN (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(${array}) o) END`;

/** `true` or nothing. */
export const flag = (condition: string): string => `CASE WHEN ${condition} THEN true END`;

/** Whether a trigger fires; nothing where that is as usual. `column` is as `pg_trigger.tgenabled`. */
export const enabled = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END`;

/** A function by its name, a routine by its name and arguments; nothing where there is none. */
export const functionName = (oid: string): string => `CASE WHEN ${oid} <> 0 THEN ${oid}::regproc::text END`;
export const routineName = (oid: string): string => `CASE WHEN ${oid} <> 0 THEN ${oid}::regprocedure::text END`;
