/**
 * JSON with one form for each value: what logs hash and sign.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8785
 * @module
 */

/** @param value of JSON: numbers and texts are written as ECMAScript does, which is what the RFC asks for. */
export function toCanonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => toCanonicalJson(item)).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, member]) => `${JSON.stringify(name)}:${toCanonicalJson(member)}`).join(',')}}`;
}
