/**
 * What the server is, for comparing with a release's requirements.
 *
 * @module
 */
import type { ServerFacts } from '@squizzle/core';
import type { SqlConnection } from './connection/sql-connection.ts';

const FACTS = `
SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
  current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint
    + current_setting('max_prepared_transactions')::bigint) AS locks,
  (pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean) AS read_only,
  (SELECT json_agg(name ORDER BY name)::text
   FROM (SELECT name::text FROM pg_available_extensions UNION SELECT extname::text FROM pg_extension) e) AS extensions`;

export async function readServerFacts(connection: SqlConnection): Promise<ServerFacts> {
  const [row] = await connection.query(FACTS);
  return {
    version: row?.['version'] ?? '',
    versionNumber: Number(row?.['number'] ?? 0),
    extensions: JSON.parse(row?.['extensions'] ?? '[]') as readonly string[],
    readOnly: row?.['read_only'] === 't',
    lockTableSize: Number(row?.['locks'] ?? 0),
  };
}
