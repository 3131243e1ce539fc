/**
 * What stopped half way in the catalog: indexes that are not valid, partitions half detached.
 *
 * @module
 */
import type { FindingRepair, InvalidIndex } from '../../model/diagnosis.ts';
import type { Facts } from './facts.ts';
import { fault, note, orSound, type ToldFinding } from './told-finding.ts';

export function checkIndexes({ examination }: Facts): readonly ToldFinding[] {
  return orSound(examination().invalidIndexes.map(tellIndex), 'every index is valid');
}

function tellIndex({ index, table, isRemnant, isBeingBuilt, isUnique }: InvalidIndex): ToldFinding {
  if (isBeingBuilt) return note(`index ${index} on ${table} is being built`);
  if (isRemnant) {
    return broken(
      `index ${index} on ${table} was left by a REINDEX CONCURRENTLY that did not come to its end: it costs every write and serves no query`,
      `DROP INDEX CONCURRENTLY ${index}`,
      { kind: 'drop-index', index },
    );
  }
  const unique = isUnique ? ', and that values are unique is not certain' : '';
  return broken(
    `index ${index} on ${table} is not valid: it costs every write and serves no query${unique}`,
    `REINDEX INDEX CONCURRENTLY ${index}`,
    { kind: 'rebuild-index', index },
  );
}

const broken = (message: string, statement: string, repair: FindingRepair): ToldFinding =>
  fault(message, `${statement}; 'squizzle doctor --repair' does it`, repair);

export function checkDetaches({ examination }: Facts): readonly ToldFinding[] {
  const found = examination().pendingDetaches.map(({ table, partition }) =>
    fault(
      `partition ${partition} is half detached from ${table}: queries of ${table} pass over it`,
      `finish it: ALTER TABLE ${table} DETACH PARTITION ${partition} FINALIZE`,
    ),
  );
  return orSound(found, 'no partition is half detached');
}
