/**
 * One text for one value: JSON in the form of RFC 8785, so that what we write has one digest everywhere.
 *
 * Members sorted by UTF-16 code units, no whitespace, numbers and strings as ECMAScript writes them. What JSON cannot
 * say is a bug of the caller and throws; `JSON.stringify` would drop or change it in silence, and with it the digest.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8785
 * @module
 */
import { extendPath } from './json-field.ts';
import { LIMITS } from './limits.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The value as canonical JSON. `-0` is written `0`, as the RFC has it.
 *
 * @throws {TypeError} for `undefined` (also as a member or an item), bigint, function, symbol, NaN, the infinities, a
 *   lone surrogate, an object that is neither plain nor an array, and nesting beyond 64 (so also for a cycle).
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0);
}

/** `canonicalJson` in UTF-8. */
export function canonicalJsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

function write(value: unknown, path: string, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value, path);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== 'object') throw unwritable(path, describe(value));
  if (depth === LIMITS.jsonDepth) throw unwritable(path, `nesting beyond ${LIMITS.jsonDepth}`);
  return Array.isArray(value) ? writeArray(value, path, depth + 1) : writeObject(value, path, depth + 1);
}

function writeString(text: string, path: string): string {
  if (LONE_SURROGATE.test(text)) throw unwritable(path, 'a lone surrogate');
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], path: string, depth: number): string {
  // Array.from makes holes undefined, which `map` would skip.
  const texts = Array.from(items, (item, at) => write(item, extendPath(path, at), depth));
  return `[${texts.join(',')}]`;
}

function writeObject(object: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw unwritable(path, 'an object that is not plain');
  const members = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = members.map(([name, value]) => {
    const at = extendPath(path, name);
    return `${writeString(name, at)}:${write(value, at, depth)}`;
  });
  return `{${texts.join(',')}}`;
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}

function unwritable(path: string, found: string): TypeError {
  return new TypeError(`canonical JSON cannot say ${found} (at ${path})`);
}
