/**
 * Whether repairs of indexes are all that lies between two schemas.
 *
 * @module
 */
import type { Repair } from '../model/diagnosis.ts';
import { compareSnapshots, type SchemaDifference, type SchemaSnapshot } from '../model/schema-snapshot.ts';

export type IndexRepair = Extract<Repair, { readonly index: string }>;

/** An index that was built anew may differ in being valid; a remnant that was dropped may be gone. */
export function differInIndexesAlone(
  before: SchemaSnapshot,
  after: SchemaSnapshot,
  repairs: readonly IndexRepair[],
): boolean {
  return compareSnapshots(before, after).every((each) => repairs.some((repair) => isDoneBy(repair, each)));
}

function isDoneBy({ kind, index }: IndexRepair, { kind: object, name, change, properties }: SchemaDifference): boolean {
  if (object !== 'index' || !isNamed(name, index)) return false;
  if (kind === 'drop-index') return change === 'removed';
  return change === 'changed' && properties.every(({ property }) => property === 'valid');
}

/** A quoted identifier, or a plain one, and what comes after its dot. */
const QUALIFIED = /^("(?:[^"]|"")*"|[^".]+)\.(.+)$/s;

/** Schemas name an index with its table, `public.orders.orders_at`; a repair names it as SQL does, `public.orders_at`. */
function isNamed(name: string, index: string): boolean {
  const [, schema = '', bare = ''] = QUALIFIED.exec(index) ?? [];
  return name.startsWith(`${schema}.`) && name.endsWith(`.${bare}`);
}
