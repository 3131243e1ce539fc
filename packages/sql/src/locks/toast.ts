/**
 * Whether a table gets a TOAST table, which is two more relations: itself and its index.
 *
 * As `needs_toast_table` decides it: one column of a type that can grow without bound is enough; those with a bound
 * count by their bytes. A type that is not known here is taken for one that grows.
 *
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/catalog/toasting.c
 * @module
 */
import type { Node, TypeName } from 'libpg-query';
import { stringsOf } from '../syntax-tree.ts';

/** A quarter of a page; rows below it are never moved out. */
const THRESHOLD_BYTES = 2_000;
const FIXED_BYTES = 16;
const UTF8_BYTES = 4;
const FIXED = new Set(
  (
    'bool char int2 int4 int8 smallint integer bigint float4 float8 date time timetz timestamp timestamptz interval uuid oid money ' +
    'point lseg box circle macaddr macaddr8 name tid xid xid8 cid pg_lsn regclass regproc regtype regrole ' +
    'serial serial2 serial4 serial8 smallserial bigserial'
  ).split(' '),
);

/** @param types of all columns; @param enums types of this file that are no wider than a number. */
export function needsToast(types: readonly (TypeName | undefined)[], enums: ReadonlySet<string>): boolean {
  const bytes = types.map((type) => maxBytes(type, enums));
  return bytes.reduce((sum, each) => sum + each, 0) > THRESHOLD_BYTES;
}

/** `Infinity` where there is no bound. */
export function maxBytes(type: TypeName | undefined, enums: ReadonlySet<string>): number {
  if (type === undefined || type.arrayBounds !== undefined) return Number.POSITIVE_INFINITY;
  const names = stringsOf(type.names);
  if (enums.has(names.join('.'))) return FIXED_BYTES;
  const [name = '', schema = 'pg_catalog'] = names.toReversed();
  if (schema !== 'pg_catalog') return Number.POSITIVE_INFINITY;
  if (FIXED.has(name)) return FIXED_BYTES;
  const length = lengthOf(type.typmods);
  if (length === undefined) return Number.POSITIVE_INFINITY;
  if (name === 'varchar' || name === 'bpchar') return length * UTF8_BYTES;
  return name === 'numeric' || name === 'bit' || name === 'varbit' ? length : Number.POSITIVE_INFINITY;
}

/** The first number in parentheses: of characters, digits or bits. */
function lengthOf(modifiers: readonly Node[] | undefined): number | undefined {
  const first = modifiers?.[0];
  return first !== undefined && 'A_Const' in first ? first.A_Const.ival?.ival : undefined;
}
