/**
 * The order of a snapshot: by kind, then name, in the order of their bytes in UTF-8.
 *
 * That is the order of JavaScript's own comparison too, except where a surrogate half meets U+E000 to U+FFFF: only
 * where there is such a character are bytes compared.
 *
 * @module
 */
import type { SchemaObject } from '@squizzle/core';

const HALF = /[\ud800-\udfff]/;

export function sortObjects(objects: readonly SchemaObject[]): readonly SchemaObject[] {
  const keyed = objects.map((object) => ({ object, key: `${object.kind}\0${object.name}` }));
  const sorted = keyed.some(({ key }) => HALF.test(key)) ? byBytes(keyed) : keyed.sort(byKey);
  return sorted.map(({ object }) => object);
}

interface Keyed {
  readonly object: SchemaObject;
  readonly key: string;
}

function byKey(a: Keyed, b: Keyed): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

function byBytes(keyed: readonly Keyed[]): readonly Keyed[] {
  const encoded = keyed.map((each) => ({ each, bytes: Buffer.from(each.key) }));
  return encoded.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ each }) => each);
}
