/**
 * Foreign data: wrappers, servers, and who is mapped to whom.
 *
 * Of a user mapping only that it is there is told: its options hold passwords, and whether even their names can be read
 * depends on who asks. Of other options the value is told only where the name is known to hold no secret, in the wrappers
 * that come with PostgreSQL and those that follow them: any other may be one.
 *
 * @module
 */
import { comment, family, functionName, grants, notOfExtension } from './family.ts';

const OPEN_NAMES = `host hostaddr port dbname database schema schema_name table table_name column_name sslmode debug
  fetch_size batch_size use_remote_estimate updatable truncatable async_capable analyze_sampling fdw_startup_cost fdw_tuple_cost
  extensions keep_connections parallel_commit parallel_abort connect_timeout application_name
  import_default import_collate import_generated import_not_null
  filename format header delimiter quote escape null encoding force_not_null force_null on_error reject_limit log_verbosity`;
const OPEN = `'^(${OPEN_NAMES.split(/\s+/).join('|')})$'`;
/** A URL with a user, or words like those of a connection string. */
const SECRET = "'://[^/]*@|(pass|passwd|password|pwd|secret|token|key)\\s*='";

/** `host=db.internal`, sorted; `password` alone for what may be a secret. */
export const foreignOptions = (array: string): string => `CASE WHEN ${array} IS NOT NULL THEN (
    SELECT json_agg(CASE WHEN o.option_name ~* ${OPEN} AND o.option_value !~* ${SECRET}
      THEN format('%s=%s', o.option_name, o.option_value) ELSE o.option_name END ORDER BY o.option_name COLLATE "C")
    FROM pg_options_to_table(${array}) o) END`;

export const FOREIGN_DATA_WRAPPERS = family({
  kind: "'foreign data wrapper'",
  name: 'quote_ident(w.fdwname)',
  properties: [
    ['handler', functionName('w.fdwhandler')],
    ['validator', functionName('w.fdwvalidator')],
    ['options', foreignOptions('w.fdwoptions')],
    ['comment', comment('pg_foreign_data_wrapper', 'w.oid')],
    ['grants', grants('w.fdwacl', 'w.fdwowner')],
  ],
  from: `FROM pg_catalog.pg_foreign_data_wrapper w WHERE ${notOfExtension('pg_foreign_data_wrapper', 'w.oid')}`,
});

export const FOREIGN_SERVERS = family({
  kind: "'foreign server'",
  name: 'quote_ident(s.srvname)',
  properties: [
    ['wrapper', 'quote_ident(w.fdwname)'],
    ['type', 's.srvtype'],
    ['version', 's.srvversion'],
    ['options', foreignOptions('s.srvoptions')],
    ['comment', comment('pg_foreign_server', 's.oid')],
    ['grants', grants('s.srvacl', 's.srvowner')],
  ],
  from: `FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE ${notOfExtension('pg_foreign_server', 's.oid')}`,
});

export const USER_MAPPINGS = family({
  kind: "'user mapping'",
  name: "format('%s SERVER %I', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END, m.srvname)",
  properties: [],
  from: 'FROM pg_catalog.pg_user_mappings m',
});
