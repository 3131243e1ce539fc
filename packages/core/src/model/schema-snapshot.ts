/**
 * A schema as data: one entry per object, canonical, without OIDs, so that two databases can be compared.
 *
 * @module
 */
import { canonicalJson, digestOf, type Digest } from '@squizzle/oci-spec';

/** One object of the catalog: `kind` is `table`, `column`, `index`, …; `name` is unique within its kind. */
export interface SchemaObject {
  readonly kind: string;
  /** Schema-qualified; parts of a table as `schema.table.part`. */
  readonly name: string;
  readonly definition: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** Sorted by kind, then name, in byte order. */
export interface SchemaSnapshot {
  readonly objects: readonly SchemaObject[];
}

export interface SchemaDifference {
  readonly kind: string;
  readonly name: string;
  /** `null`: the object is not there. */
  readonly left: SchemaObject['definition'] | null;
  readonly right: SchemaObject['definition'] | null;
}

export function schemaDigest(snapshot: SchemaSnapshot): Digest {
  return digestOf(new TextEncoder().encode(canonicalJson(snapshot.objects)));
}

const key = (object: SchemaObject): string => `${object.kind}\u0000${object.name}`;

/** Objects that are in one snapshot alone, or defined differently. */
export function compareSnapshots(left: SchemaSnapshot, right: SchemaSnapshot): readonly SchemaDifference[] {
  const lefts = new Map(left.objects.map((object) => [key(object), object]));
  const rights = new Map(right.objects.map((object) => [key(object), object]));
  const keys = [...new Set([...lefts.keys(), ...rights.keys()])].sort();
  return keys.flatMap((each) => {
    const [a, b] = [lefts.get(each), rights.get(each)];
    if (a !== undefined && b !== undefined && canonicalJson(a.definition) === canonicalJson(b.definition)) return [];
    const { kind, name } = (a ?? b) as SchemaObject;
    return [{ kind, name, left: a?.definition ?? null, right: b?.definition ?? null }];
  });
}
