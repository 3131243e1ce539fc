/**
 * A schema as data: one entry per object, canonical, without OIDs, so that two databases can be compared.
 *
 * @module
 */
import { canonicalJson, digestOf, type Digest } from '@squizzle/oci-spec';

export type SchemaValue = string | number | boolean | null | readonly string[];

/** One object of the catalog: `kind` is `table`, `column`, `index`, …; `name` is unique within its kind. */
export interface SchemaObject {
  readonly kind: string;
  /** Schema-qualified; parts of a table as `schema.table.part`. */
  readonly name: string;
  readonly definition: Readonly<Record<string, SchemaValue>>;
}

/** Sorted by kind, then name, in byte order. */
export interface SchemaSnapshot {
  readonly objects: readonly SchemaObject[];
}

/** What became of an object on the way from the first schema (the recorded one) to the second (the live one). */
export interface SchemaDifference {
  readonly kind: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** `null`: the object is not there. */
  readonly left: SchemaObject['definition'] | null;
  readonly right: SchemaObject['definition'] | null;
  /** Of a changed object: what differs, by name. Empty for one that is on one side alone: its definition says all. */
  readonly properties: readonly PropertyDifference[];
}

/** `null`: the property is not there, or is null. */
export interface PropertyDifference {
  readonly property: string;
  readonly left: SchemaValue;
  readonly right: SchemaValue;
  /** Where both are lists: items of the right that the left lacks, and the reverse. Both empty: the order differs. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

export function schemaDigest(snapshot: SchemaSnapshot): Digest {
  return digestOf(new TextEncoder().encode(canonicalJson(snapshot.objects)));
}

/** As people read a schema: what others are made of comes first. Rarer kinds come last, by name. */
const KINDS: readonly string[] = [
  ['schema', 'extension', 'language', 'collation', 'type', 'foreign data wrapper', 'foreign server'],
  ['sequence', 'table', 'foreign table', 'column', 'constraint', 'index', 'statistics'],
  ['view', 'materialized view', 'rule', 'function', 'procedure', 'aggregate', 'trigger', 'event trigger', 'policy'],
].flat();

const key = (object: SchemaObject): string => `${object.kind}\u0000${object.name}`;

/** Objects that are in one snapshot alone, or defined differently: by kind as people read them, then by name. */
export function compareSnapshots(left: SchemaSnapshot, right: SchemaSnapshot): readonly SchemaDifference[] {
  const lefts = new Map(left.objects.map((object) => [key(object), object]));
  const rights = new Map(right.objects.map((object) => [key(object), object]));
  const keys = [...new Set([...lefts.keys(), ...rights.keys()])].sort();
  const differences = keys.flatMap((each) => compareObjects(lefts.get(each), rights.get(each)));
  return differences.sort((a, b) => rankOf(a.kind) - rankOf(b.kind));
}

function rankOf(kind: string): number {
  const rank = KINDS.indexOf(kind);
  return rank < 0 ? KINDS.length : rank;
}

function compareObjects(left: SchemaObject | undefined, right: SchemaObject | undefined): readonly SchemaDifference[] {
  if (left === undefined || right === undefined) {
    const object = left ?? right;
    if (object === undefined) return [];
    const { kind, name, definition } = object;
    return right === undefined
      ? [{ kind, name, change: 'removed', left: definition, right: null, properties: [] }]
      : [{ kind, name, change: 'added', left: null, right: definition, properties: [] }];
  }
  if (sameValue(left.definition, right.definition)) return [];
  const properties = compareDefinitions(left.definition, right.definition);
  const { kind, name } = left;
  return [{ kind, name, change: 'changed', left: left.definition, right: right.definition, properties }];
}

function compareDefinitions(
  left: SchemaObject['definition'],
  right: SchemaObject['definition'],
): readonly PropertyDifference[] {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return names
    .filter((name) => !sameValue(left[name], right[name]))
    .map((name) => compareProperty(name, left[name] ?? null, right[name] ?? null));
}

function compareProperty(property: string, left: SchemaValue, right: SchemaValue): PropertyDifference {
  if (!isList(left) || !isList(right)) return { property, left, right };
  const added = right.filter((item) => !left.includes(item));
  const removed = left.filter((item) => !right.includes(item));
  return { property, left, right, added, removed };
}

const isList = (value: SchemaValue): value is readonly string[] => Array.isArray(value);

const sameValue = (left: unknown, right: unknown): boolean =>
  left === undefined || right === undefined ? left === right : canonicalJson(left) === canonicalJson(right);
