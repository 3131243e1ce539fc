import { expect, it } from 'vitest';
import { isCurrentDefinition } from './current-definition.ts';

const COLUMNS = (table: string): string =>
  ['seq', 'event', 'version', 'artifact_digest', 'checksum', 'signer', 'actor', 'environment', 'client', 'started_at']
    .concat(['finished_at', 'duration_ms', 'schema_digest', 'details', 'previous_hash', 'hash', 'recorded_at'])
    .map((column) => `${table}.${column}`)
    .join(',\n            ');

/** What servers write, `of` being what stands before the columns of the outer query: `lowest.` before version 16. */
const written = (of: string): string => ` WITH stack AS (
         SELECT ${COLUMNS('l')},
            sum(
                CASE
                    WHEN (l.event = 'reverted'::text) THEN '-1'::integer
                    ELSE 1
                END) OVER (ORDER BY l.seq) AS depth
           FROM ledger l
          WHERE (l.event = ANY (ARRAY['applied'::text, 'baselined'::text, 'reverted'::text]))
        ), lowest AS (
         SELECT ${COLUMNS('stack')},
            stack.depth,
            min(stack.depth) OVER (ORDER BY stack.seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later
           FROM stack
        )
 SELECT ${of}version,
    ${of}artifact_digest,
    ${of}checksum,
    ${of}signer,
    ${of}actor,
    ${of}environment,
    ${of}client,
    ${of}finished_at AS applied_at,
    ${of}schema_digest
   FROM lowest
  WHERE ((${of}event <> 'reverted'::text) AND (${of}later >= ${of}depth))
  ORDER BY ${of}seq DESC
 LIMIT 1;`;

it.each([
  { text: written('lowest.'), major: 13, same: true, why: 'as 13 to 15 write it' },
  { text: written(''), major: 18, same: true, why: 'as 16 to 18 write it' },
  { text: written('').replace('LIMIT 1', 'LIMIT 2'), major: 18, same: false, why: 'another limit' },
  { text: written('').replace('>=', '>'), major: 14, same: false, why: 'another condition' },
  { text: " SELECT '1.0.0'::text AS version;", major: 16, same: false, why: 'another view' },
  { text: 'SELECT whatever', major: 19, same: true, why: 'what 19 writes is not known' },
])('takes the view for ours: $same, $why', ({ text, major, same }) => {
  expect(isCurrentDefinition(text, major)).toBe(same);
});
