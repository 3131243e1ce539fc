/**
 * Whether the view `current` says what it said when it was made.
 *
 * The server keeps no text of a view but writes one anew, and versions write it differently: with or without the names
 * of tables before columns (16), with more or fewer parentheses. Those are left out of the comparison; what remains was
 * the same from 13 to 18. What a later version writes is not known, so it is not judged.
 *
 * @module
 */
import { LEDGER_COLUMNS } from '../ledger/system/layout.ts';

/** Of those the text was compared with. */
const LAST_KNOWN_MAJOR = 18;

/** @param definition what `pg_get_viewdef` wrote, the ledger's table being written as `ledger`. */
export function isCurrentDefinition(definition: string, serverMajor: number): boolean {
  return serverMajor > LAST_KNOWN_MAJOR || toPlain(definition) === toPlain(expected());
}

function toPlain(definition: string): string {
  return definition.replaceAll(/\b(?:l|stack|lowest)\./g, '').replaceAll(/[\s()]/g, '');
}

/** The server spells out what `*` stood for, what `IN` means, and types. */
function expected(): string {
  const columns = LEDGER_COLUMNS.map(({ name }) => name).join(', ');
  return `WITH stack AS (
    SELECT ${columns}, sum(CASE WHEN event = 'reverted'::text THEN '-1'::integer ELSE 1 END) OVER (ORDER BY seq) AS depth
    FROM ledger l WHERE event = ANY (ARRAY['applied'::text, 'baselined'::text, 'reverted'::text])
  ), lowest AS (
    SELECT ${columns}, depth, min(depth) OVER (ORDER BY seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later FROM stack
  )
  SELECT version, artifact_digest, checksum, signer, actor, environment, client, finished_at AS applied_at, schema_digest
  FROM lowest WHERE event <> 'reverted'::text AND later >= depth ORDER BY seq DESC LIMIT 1;`;
}
