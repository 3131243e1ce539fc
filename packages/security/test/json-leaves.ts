/**
 * Places in a JSON document, for tests that change one of them.
 *
 * @module
 */
export type JsonPath = readonly (string | number)[];

/** Each place that is neither object nor array. */
export function leavesOf(value: unknown, path: JsonPath = []): readonly JsonPath[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, item]) => leavesOf(item, [...path, name]));
}

export function valueAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);
}

/** A copy with another value there; `undefined`: without it. */
export function withValueAt(value: unknown, path: JsonPath, replacement: unknown): unknown {
  const copy: unknown = structuredClone(value);
  const last = path.at(-1);
  if (last === undefined) return replacement;
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  if (replacement === undefined) delete parent[last];
  else parent[last] = replacement;
  return copy;
}

export function describePath(path: JsonPath): string {
  return path.map((step) => (typeof step === 'number' ? '[]' : `.${step}`)).join('');
}

export function repeated<T>(count: number, item: T): readonly T[] {
  return Array.from({ length: count }, () => item);
}
