/**
 * What is added to the ledger later belongs to whom the table `ledger` belongs, whoever adds it, and who may read or write
 * that table may read or write what is added.
 *
 * @module
 */
import type { SqlConnection } from '../../connection/sql-connection.ts';
import type { LedgerNames } from '../ledger-names.ts';

export interface LedgerUser {
  /** Quoted as GRANT needs it, or PUBLIC. */
  readonly grantee: string;
  readonly writes: boolean;
}

export interface LedgerUsers {
  /** Whom new parts are to be given to, quoted; `null` where they are made by him, or cannot be given. */
  readonly owner: string | null;
  /** Who has rights, and the owner where new parts cannot be given to him. */
  readonly users: readonly LedgerUser[];
}

const USERS = `SELECT coalesce(quote_ident(r.rolname), 'PUBLIC') AS grantee, bool_or(a.privilege_type = 'INSERT') AS writes
FROM pg_catalog.pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass($1) AND a.grantee <> c.relowner AND a.privilege_type IN ('SELECT', 'INSERT') GROUP BY 1 ORDER BY 1`;

/** As ALTER … OWNER TO asks it: to be able to become him, and that he may make things in the schema. Superusers always may. */
const OWNER = `SELECT quote_ident(o.rolname) AS owner, o.rolname = current_user AS self, u.rolsuper
  OR pg_has_role(o.oid, CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
  AND has_schema_privilege(o.oid, c.relnamespace, 'CREATE') AS givable
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles o ON o.oid = c.relowner, pg_catalog.pg_roles u
WHERE c.oid = to_regclass($1) AND u.rolname = current_user`;

export async function findLedgerUsers(connection: SqlConnection, names: LedgerNames): Promise<LedgerUsers> {
  const [rows, [found]] = await Promise.all([
    connection.query(USERS, [names.ledger]),
    connection.query(OWNER, [names.ledger]),
  ]);
  const users = rows.map((row) => ({ grantee: row['grantee'] ?? '', writes: row['writes'] === 't' }));
  const owner = found?.['owner'] ?? null;
  if (owner === null || found?.['self'] === 't') return { owner: null, users };
  if (found?.['givable'] === 't') return { owner, users };
  return { owner: null, users: [...users, { grantee: owner, writes: true }] };
}

/** @param part kind and name: `VIEW "squizzle".current`. */
export function giveTo({ owner }: LedgerUsers, part: string): readonly string[] {
  return owner === null ? [] : [`ALTER ${part} OWNER TO ${owner};`];
}

/** @param relation quoted and qualified. */
export function grantReading(relation: string, { users }: LedgerUsers): readonly string[] {
  return users.map(({ grantee }) => `GRANT SELECT ON ${relation} TO ${grantee};`);
}

export function grantWriting(relation: string, { users }: LedgerUsers): readonly string[] {
  return users
    .filter(({ writes }) => writes)
    .map(({ grantee }) => `GRANT INSERT, UPDATE, DELETE ON ${relation} TO ${grantee};`);
}
