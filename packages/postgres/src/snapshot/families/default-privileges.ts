/**
 * Default privileges: the rights that objects get when they are made.
 *
 * Whose objects they are for is left out, as owners differ between environments; where several roles have given
 * defaults for the same objects, what they gave is told together.
 *
 * @module
 */
import { family, inUserSchema, listGrants } from './family.ts';

const OBJECTS = `CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
    WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END`;

/** Empty: everything was taken from everybody, as with REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC. */
const ENTRIES = `SELECT y.grantee, y.privilege_type, y.is_grantable
    FROM pg_catalog.pg_default_acl x CROSS JOIN LATERAL aclexplode(x.defaclacl) y
    WHERE x.defaclnamespace = d.defaclnamespace AND x.defaclobjtype = d.defaclobjtype AND y.grantee <> x.defaclrole`;
const GRANTS = `coalesce(${listGrants(ENTRIES, 'd.defaclobjtype')}, '[]')`;

export const DEFAULT_PRIVILEGES = family({
  kind: "'default privileges'",
  name: `${OBJECTS} || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '')`,
  properties: [['grants', GRANTS]],
  from: `FROM (SELECT DISTINCT defaclnamespace, defaclobjtype FROM pg_catalog.pg_default_acl) d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
WHERE n.oid IS NULL OR (${inUserSchema('n')})`,
});
